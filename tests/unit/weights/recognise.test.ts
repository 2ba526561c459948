import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readCheckpoint } from "../../../lib/checkpoint/read.js";
import { Shell } from "../../../lib/checkpoint/pickle/values.js";
import { WeightsError } from "../../../lib/weights/error.js";
import { findGenerator } from "../../../lib/weights/recognise.js";
import { isDesignedBuffer, isNoiseBuffer, parameterShapes } from "../../../lib/weights/shapes.js";
import { loadCase, withPrefix } from "../../golden.js";
import { expectSameBits } from "../checkpoint/sameBits.js";

const FIXTURES = new URL("./fixtures/", import.meta.url);

/** A checkpoint kept beside this test, whose generator golden cases hold under other names. */
async function readFixture(name: string) {
  return readCheckpoint(new Uint8Array(await readFile(new URL(name, FIXTURES))));
}

async function find(name: string, file = 0) {
  const { dir, case: golden } = await loadCase(name);
  const bytes = new Uint8Array(await readFile(join(dir, golden.files[file]!.file)));
  return findGenerator(await readCheckpoint(bytes));
}

/** The case's file, and the case and prefix that hold the generator under its official names. */
const SAME: readonly [string, string, string, Partial<{ file: number }>?][] = [
  ["ckpt-genforce-sg1-pth", "ckpt-genforce-sg1-pth", "generator_smooth/"],
  ["ckpt-rosinality-sg2-pt", "ckpt-sg2ada-pkl", "G_ema/"],
  ["ckpt-sg2ada-pkl", "ckpt-sg2ada-pkl", "G_ema/"],
  ["ckpt-sg2ada-pkl-cond", "ckpt-sg2ada-pkl-cond", "G_ema/"],
  ["ckpt-sg3-r-pkl", "ckpt-sg3-r-pkl", "G_ema/"],
  ["ckpt-tf-ada-cond-pkl", "ckpt-tf-ada-cond-pkl", "G_ema/"],
  ["ckpt-tf-sg1-pkl", "ckpt-tf-sg1-pkl", "Gs/"],
  ["ckpt-tf-sg2-pkl", "ckpt-tf-sg2-pkl", "G_ema/"],
  ["ckpt-tiny-good", "ckpt-tiny-good", "G_ema/", { file: 0 }],
  ["ckpt-tiny-good", "ckpt-tiny-good", "G_ema/", { file: 1 }],
];

describe("findGenerator", () => {
  for (const [name, reference, prefix, { file = 0 } = {}] of SAME) {
    it(`gives the official weights of ${name}, file ${file}, bit for bit`, async () => {
      const found = await find(name, file);
      const expected = withPrefix((await loadCase(reference)).weights, prefix);
      expect(found.averaged).toBe(true);
      for (const [weight, parameter] of expected) {
        const lazy = found.parameters.get(weight);
        if (!lazy) expect(isDesignedBuffer(weight), weight).toBe(true);
        else expectSameBits({ shape: lazy.shape, data: await lazy.read() }, parameter, weight);
      }
    });
  }

  it.each([
    ["ckpt-sg2ada-pkl", "img_resolution", 2 ** 30, /resolution 1073741824 is no power of two/],
    ["ckpt-sg2ada-pkl", "img_resolution", "32", /resolution/],
    ["ckpt-sg2ada-pkl", "mapping_kwargs", new Map([["num_layers", 1e9]]), /num_layers is 1000000000/],
    ["ckpt-sg3-r-pkl", "num_layers", 1e9, /num_layers is 1000000000/],
    ["ckpt-sg3-r-pkl", "filter_size", 1e6, /filter_size is 1000000/],
    ["ckpt-sg3-r-pkl", "img_resolution", 48, /resolution 48 is no power of two/],
  ])("refuses %s with a forged %s at once", async (name, argument, value, sentence) => {
    const { dir, case: golden } = await loadCase(name);
    const bytes = new Uint8Array(await readFile(join(dir, golden.files[0]!.file)));
    const checkpoint = await readCheckpoint(bytes);
    const generator = (checkpoint.root as Map<string, Shell>).get("G_ema")!;
    const given = (generator.state as Map<string, Map<string, unknown> | Shell>).get("_init_kwargs")!;
    ((given instanceof Shell ? given.state : given) as Map<string, unknown>).set(argument, value);
    const finding = findGenerator(checkpoint);
    await expect(finding).rejects.toThrow(sentence);
    await expect(finding).rejects.toBeInstanceOf(WeightsError);
  });

  it("gives the official weights of a genforce StyleGAN2, bit for bit", async () => {
    const { parameters, title } = await findGenerator(await readFixture("genforce-sg2.pth"));
    expect(title).toBe("genforce StyleGAN2");
    for (const [name, expected] of withPrefix((await loadCase("ckpt-sg2ada-pkl")).weights, "G_ema/")) {
      const lazy = parameters.get(name);
      if (!lazy) expect(isDesignedBuffer(name), name).toBe(true);
      else expectSameBits({ shape: lazy.shape, data: await lazy.read() }, expected, name);
    }
  });

  for (const [name, key] of [
    ["ckpt-genforce-sg1-pth", "generator"],
    ["ckpt-sg2ada-pkl", "G"],
    ["ckpt-sg2ada-pkl-cond", "G"],
    ["ckpt-tf-ada-cond-pkl", "G"],
    ["ckpt-tf-sg1-pkl", "generator"],
    ["ckpt-tf-sg2-pkl", "G"],
    ["ckpt-sg3-r-pkl", "G"],
  ] as const) {
    it(`infers the config of ${name}`, async () => {
      const { case: golden } = await loadCase(name);
      const { config } = await find(name);
      expect(config).toMatchObject(golden.config[key]);
    });
  }

  for (const name of ["sg1-generator-channel-noise", "sg1-generator-no-const", "sg1-generator-per-layer-w"]) {
    it(`infers the config of ${name} from names and shapes alone`, async () => {
      await expectInferred(name, "stylegan1");
    });
  }

  for (const name of ["sg2-generator-options", "sg2-generator-resnet", "sg2-generator-no-noise"]) {
    it(`infers the config of ${name} from names and shapes alone`, async () => {
      await expectInferred(name, "stylegan2");
    });
  }

  for (const name of ["sg3-generator-r", "sg3-generator-t-cond"]) {
    it(`infers the config of ${name} from names and shapes alone`, async () => {
      await expectInferred(name, "stylegan3");
    });
  }

  it("folds rosinality's scales into StyleGAN1's weights, and says what remains different", async () => {
    const checkpoint = await readFixture("rosinality-sg1.model");
    const { config, parameters } = await findGenerator(checkpoint);
    expect(config).toMatchObject({ resolution: 1024, implementation: "rosinality", mapping_lr_mul: 1 });
    const value = async (name: string, i: number) => (await parameters.get(name)!.read())[i]!;
    const raw = (name: string) => checkpoint.arrays.get(name)!.read();
    const style = await raw("generator.progression.1.adain2.style.linear.bias");
    expect(await value("synthesis.layer3.style.bias", 0)).toBeCloseTo(style[0]! - 1, 6);
    expect(await value("synthesis.layer3.style.bias", 16)).toBe(style[16]);
    const noise = (await raw("generator.progression.4.noise1.weight_orig"))[3]!;
    expect(await value("synthesis.layer8.apply_noise.weight", 3)).toBeCloseTo(noise * Math.sqrt(2 / 8), 6);
    // [in, out, k, k] with the mean of four shifts, where genforce has [out, in, k, k] and their sum.
    const fused = await raw("generator.progression.5.conv1.0.weight");
    const [o, i, k] = [2, 5, 7];
    expect(await value("synthesis.layer10.weight", (o * 8 + i) * 9 + k)).toBe(
      fused[(i * 4 + o) * 9 + k]! / 4,
    );
  });

  it("names what it found when there is no generator", async () => {
    await expect(find("ckpt-numpy-quirks")).rejects.toThrow(
      'no StyleGAN generator in the file: its first arrays are "c"',
    );
  });
});

async function expectInferred(name: string, family: "stylegan1" | "stylegan2" | "stylegan3"): Promise<void> {
  const { weights } = await loadCase(name);
  const arrays = new Map(
    [...weights].map(([key, { shape, data }]) => [
      `G_ema.${key}`,
      { name: key, shape, dtype: "F32" as const, read: async () => data },
    ]),
  );
  const found = await findGenerator({ format: "safetensors", size: 0, arrays, root: new Map() });
  expect(found.family).toBe(family);
  const shapes = parameterShapes(family, found.config as never);
  expect(Object.fromEntries(shapes)).toEqual(
    Object.fromEntries([...weights].map(([key, { shape }]) => [key, [...shape]])),
  );
  expect([...found.parameters.keys()].some(isNoiseBuffer)).toBe(
    family !== "stylegan3" && !name.endsWith("no-noise"),
  );
}
