import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineModel } from "../../../lib/engine/engineModel.js";
import { freshParameters } from "../../../lib/engine/freshBlock.js";
import type { GrowthView } from "../../../lib/engine/growthProtocol.js";
import type { View, Want } from "../../../lib/engine/protocol.js";
import { render } from "../../../lib/engine/render.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../lib/experiment/experiment.js";
import { sharesOf } from "../../../lib/measure/contributionShares.js";
import { drive } from "../../../lib/networks/run.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { useWasm } from "../measure/maps.js";
import { SMALL } from "../weights/site.js";
import { SMALL_STYLEGAN1, seededModel, viewsOf } from "../../models.js";

type Of<Kind extends GrowthView["kind"]> = Extract<GrowthView, { kind: Kind }>;

let grown: EngineModel;
let skip: EngineModel;
beforeAll(async () => {
  await useWasm();
  grown = seededModel("stylegan1", SMALL_STYLEGAN1, "growth", "stylegan1");
  skip = seededModel("stylegan2", SMALL, "growth", "stylegan2");
});
afterAll(() => [grown, skip].forEach((model) => model.dispose()));

async function view<Kind extends GrowthView["kind"]>(
  model: EngineModel,
  want: Want,
  change: Partial<Experiment> = {},
): Promise<Of<Kind>> {
  const [found] = await viewsOf(model, [want], change);
  return found as Of<Kind>;
}

const freshAt = (seed: number, resolution = 16) =>
  ({ kind: "branches", fresh: { resolution, seed } }) as const;

/** Largest difference of two pictures in grey levels. */
function apart(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe("the branches want", () => {
  it.each([0, 0.25, 0.7, 1.5, 2])("shows at lod %f the picture that the network makes", async (lod) => {
    const seen = await viewsOf(grown, [{ kind: "branches" }, { kind: "picture" }], { lod });
    const branches = seen.find((one) => one.kind === "branches") as Of<"branches">;
    const picture = seen.find((one) => one.kind === "picture") as Extract<View, { kind: "picture" }>;
    expect(branches.resolution).toBe(32 / 2 ** Math.floor(lod));
    expect(branches.fraction).toBeCloseTo(lod % 1);
    const repeat = 32 / branches.resolution;
    for (const [x, y] of [
      [3, 5],
      [31, 0],
      [16, 17],
    ] as const)
      // prettier-ignore
      for (let c = 0; c < 3; c++) {
        const place = Math.floor(y / repeat) * branches.resolution + Math.floor(x / repeat);
        expect(branches.blend.pixels[4 * place + c]).toBe(picture.pixels[4 * (32 * y + x) + c]);
      }
  });

  it("blends by the fraction of the level of detail, from the one branch to the other", async () => {
    const at = (lod: number) => view<"branches">(grown, { kind: "branches" }, { lod });
    const [whole, half, almost] = [await at(1), await at(1.5), await at(1.9999)];
    expect(whole.blend.pixels).toEqual(whole.high.pixels);
    expect(apart(almost.blend.pixels, almost.low!.pixels)).toBeLessThanOrEqual(1);
    expect(half.high.pixels).toEqual(whole.high.pixels);
    const middle = half.high.pixels.map((value, i) => (value + half.low!.pixels[i]!) / 2);
    // values beyond black and white are blended before they are cut off
    const inside = middle.filter((_, i) =>
      [half.high, half.low!].every(({ pixels: p }) => p[i]! > 0 && p[i]! < 255),
    );
    const shown = half.blend.pixels.filter((_, i) => [half.high, half.low!].every(({ pixels: p }) => p[i]! > 0 && p[i]! < 255)); // prettier-ignore
    expect(inside.length).toBeGreaterThan(100);
    expect(apart(shown, inside)).toBeLessThanOrEqual(1);
    expect(half.change! / half.difference!.rms).toBeCloseTo(0.5, 5);
    expect(whole.change! / whole.difference!.rms).toBeCloseTo(1, 5);
  });

  it("has one branch only at the lowest resolution", async () => {
    const lowest = await view<"branches">(grown, { kind: "branches" }, { lod: 3 });
    expect([lowest.resolution, lowest.low, lowest.difference, lowest.change]).toEqual([4, null, null, null]);
  });

  it("shows a fresh block on top of the trained layers as a network with those weights does", async () => {
    const fresh = await view<"branches">(grown, freshAt(7), { lod: 1.25 });
    const again = await view<"branches">(grown, freshAt(7), { lod: 1.25 });
    const other = await view<"branches">(grown, freshAt(8), { lod: 1.25 });
    const trained = await view<"branches">(grown, { kind: "branches" }, { lod: 1.25 });
    expect(fresh.low!.pixels).toEqual(trained.low!.pixels);
    expect(again.high.pixels).toEqual(fresh.high.pixels);
    expect(apart(other.high.pixels, fresh.high.pixels)).toBeGreaterThan(20);
    expect(apart(trained.high.pixels, fresh.high.pixels)).toBeGreaterThan(20);
    const before = await view<"branches">(grown, freshAt(7), { lod: 2 });
    expect([before.fraction, before.change]).toEqual([1, 0]);
    expect(before.blend.pixels).toEqual(fresh.low!.pixels);

    const parameters = new Map(initialise("stylegan1", SMALL_STYLEGAN1, "growth"));
    for (const [name, parameter] of freshParameters(SMALL_STYLEGAN1, 16, 7)) parameters.set(name, parameter);
    const { StyleGAN1 } = await import("../../../lib/networks/stylegan1.js");
    const whole = new StyleGAN1(SMALL_STYLEGAN1, parameters);
    const ws = grown.latents.wPlus({ ...DEFAULT_EXPERIMENT, psi: 1 });
    const noise = { mode: "none" } as const;
    // the trained layers had their noise: hand their features over
    const taps: Record<string, Tensor4D> = {};
    drive(grown.network.synthesis(ws, { lod: 2, previews: true }), {
      onStep: ({ name, tensor }) => void (taps[name] = tf.keep(tensor.clone())),
    })!.dispose();
    const from = { name: "output1", x: taps["layer3"]!, img: taps["output1"]! };
    const picture = drive(whole.synthesis(ws, { noise, lod: 1, from }))!;
    const values = picture.dataSync();
    const expected = Math.min(255, Math.max(0, Math.floor(values[0]! * 127.5 + 128)));
    expect(fresh.high.pixels[0]).toBe(expected);
    tf.dispose([picture, ws, Object.values(taps)]);
    whole.dispose();
  });

  it("starts biases and noise strengths of a fresh block at zero, and draws the rest", () => {
    const fresh = freshParameters(SMALL_STYLEGAN1, 16, 1);
    expect([...fresh.keys()].every((name) => /synthesis\.(layer[45]|output2)\./.test(name))).toBe(true);
    for (const [name, { data }] of fresh) {
      const zero = data.every((value) => value === 0);
      expect(zero, name).toBe(/\.bias$|apply_noise\.weight$/.test(name));
    }
  });
});

describe("the levels want", () => {
  it("measures what each picture adds to the one below", async () => {
    const { levels } = await view<"levels">(grown, { kind: "levels" });
    expect(levels.map(({ resolution }) => resolution)).toEqual([8, 16, 32]);
    for (const { resolution, added } of levels) {
      const lod = Math.log2(32 / resolution);
      const branches = await view<"branches">(grown, { kind: "branches" }, { lod });
      expect(added).toBeCloseTo(branches.difference!.rms, 6);
    }
  });
});

describe("the skip want", () => {
  it("adds a resolution's RGB to the enlarged picture so far", async () => {
    const { before, added, after, resolution } = await view<"skip">(skip, { kind: "skip", resolution: 16 });
    expect([resolution, before!.width, after.width]).toEqual([16, 16, 16]);
    const value = (byte: number) => (byte - 128) / 127.5;
    let checked = 0;
    for (let i = 0; i < after.pixels.length; i++) {
      const bytes = [before!.pixels[i]!, added.pixels[i]!, after.pixels[i]!] as const;
      if (i % 4 === 3 || bytes.some((byte) => byte === 0 || byte === 255)) continue;
      const [b, a, sum] = bytes.map(value) as [number, number, number];
      expect(Math.abs(b + a / added.gain - sum)).toBeLessThan(0.02 + 0.01 / added.gain);
      checked++;
    }
    expect(checked).toBeGreaterThan(100);
  });

  it("has nothing before the lowest resolution", async () => {
    expect((await view<"skip">(skip, { kind: "skip", resolution: 4 })).before).toBeNull();
  });
});

describe("the contributions want", () => {
  it("finds parts that add up to the picture, and whose shares of its variance add up to 1", async () => {
    const seen = await Promise.all(
      [0, 1, 2].map(async (x) => {
        const { moments } = await view<"contributions">(
          skip,
          { kind: "contributions" },
          { latent: { x, y: 0 } },
        );
        return moments;
      }),
    );
    for (const { residual, parts } of seen) {
      expect(parts.map(({ resolution }) => resolution)).toEqual([4, 8, 16, 32]);
      expect(residual).toBeLessThan(1e-4);
    }
    const shares = sharesOf(seen);
    expect(shares.reduce((sum, { ofVariance }) => sum + ofVariance, 0)).toBeCloseTo(1, 4);
    expect(shares.reduce((sum, { ofStd }) => sum + ofStd, 0)).toBeCloseTo(1, 6);
  });
});

describe("the upsampling want", () => {
  it("takes the step apart that the network takes between two resolutions", async () => {
    for (const channel of [0, 1, 2]) {
      const want = { kind: "upsampling", tap: "b8.img", channel, filter: [1, 3, 3, 1] } as const;
      const { steps } = await view<"upsampling">(skip, want);
      const { before } = await view<"skip">(skip, { kind: "skip", resolution: 16 });
      steps.output.values.forEach((value, i) => {
        const byte = Math.min(255, Math.max(0, Math.floor(value * 127.5 + 128)));
        expect(Math.abs(before!.pixels[4 * i + channel]! - byte)).toBeLessThanOrEqual(1);
      });
    }
  });
});

describe("a want of several taps", () => {
  it("leaves no tensor behind, completed or not", async () => {
    const wants: Want[] = [{ kind: "skip", resolution: 16 }, { kind: "contributions" }];
    for (const psi of [1, 0.9, 0.8, 0.7]) await viewsOf(skip, wants, { psi }, 0); // pushes out what was kept
    const before = tf.memory().numTensors;
    await viewsOf(skip, wants, { psi: 0.5 }, 0);
    expect(tf.memory().numTensors).toBe(before);
    const failing: Want[] = [...wants, { kind: "channel", tap: "b32.conv1", channel: 0 }];
    const stop = new AbortController();
    await expect(
      render(skip, { ...DEFAULT_EXPERIMENT, model: "stylegan2", psi: 0.4 }, failing, {
        send() {},
        progress: (step) => step.kind === "layer" && step.tap === "b16.torgb" && stop.abort(),
        signal: stop.signal,
        settle: async () => {},
        budget: 0,
      }),
    ).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);

    for (const psi of [1, 0.9, 0.8, 0.7]) await viewsOf(grown, [{ kind: "levels" }], { psi }, 0);
    const settled = tf.memory().numTensors;
    await viewsOf(grown, [freshAt(2), { kind: "branches" }], { lod: 1.5 }, 0);
    await viewsOf(grown, [{ kind: "levels" }], {}, 0);
    expect(tf.memory().numTensors).toBe(settled);
  });

  const refused: [string, () => EngineModel, Want, Partial<Experiment>, RegExp][] = [
    ["branches of a StyleGAN2", () => skip, { kind: "branches" }, {}, /stylegan2 has no level of detail/],
    ["levels at another level of detail", () => grown, { kind: "levels" }, { lod: 1 }, /level of detail 0 only, not at 1/],
    ["a fresh block below the lowest", () => grown, freshAt(1, 4), { lod: 3 }, /no block of 4 × 4 that grows/],
    ["a fresh block at another level of detail", () => grown, freshAt(1), { lod: 2.1 }, /2.1 does not fade 16 × 16 in; choose one from 1 to 2/],
    ["a skip of StyleGAN1", () => grown, { kind: "skip", resolution: 8 }, {}, /choose a StyleGAN2 with skips/],
    ["a resolution that there is not", () => skip, { kind: "skip", resolution: 64 }, {}, /no layer named "b64.torgb"/],
    ["a channel that there is not", () => skip, { kind: "upsampling", tap: "b4.img", channel: 3, filter: [1, 1] }, {}, /3 channels; there is no channel 3/],
  ]; // prettier-ignore

  it.each(refused)("refuses %s with a sentence", async (_, model, want, change, sentence) => {
    await expect(viewsOf(model(), [want], change)).rejects.toThrow(sentence);
  });
});
