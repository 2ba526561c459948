import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readSafetensors } from "../../../lib/checkpoint/safetensors.js";
import { bytesSource } from "../../../lib/checkpoint/source.js";
import { writeSafetensors } from "../../../lib/checkpoint/writeSafetensors.js";
import { main } from "../../../lib/cli/convert.js";
import { openModel } from "../../../lib/weights/model.js";
import { GOLDEN, loadCase, withPrefix } from "../../golden.js";
import { expectSameBits } from "../checkpoint/sameBits.js";

let dir: string;
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), "convert-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the command; gives its exit status and its lines on standard error. */
async function run(...args: string[]) {
  const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const lines = vi.spyOn(console, "log").mockImplementation(() => undefined);
  try {
    return { status: await main(args), errors: errors.mock.calls.map(([line]) => String(line)) };
  } finally {
    errors.mockRestore();
    lines.mockRestore();
  }
}

/** A fetch that serves a folder. */
const folder = (path: string) => async (url: string) =>
  new Response(await readFile(join(path, new URL(url).pathname.slice(1))));

describe("npm run convert", () => {
  for (const [name, file, prefix] of [
    ["ckpt-sg2ada-pkl", "network-snapshot-000123.pkl", "G_ema/"],
    ["ckpt-tf-sg1-pkl", "network-snapshot-011111.pkl", "Gs/"],
    ["ckpt-sg3-r-pkl", "network-snapshot-000456.pkl", "G_ema/"],
  ] as const) {
    it(`writes ${name} as f32 shards that openModel reads back bit for bit`, async () => {
      const out = join(dir, name);
      const { status } = await run(
        join(GOLDEN, name, file),
        out,
        "--dtype",
        "f32",
        "--id",
        "model",
        "--title",
        "T",
      );
      expect(status).toBe(0);
      const model = await openModel("http://book.test/manifest.json", { fetch: folder(out), cache: null });
      expect(model.manifest).toMatchObject({ id: "model", title: "T", dtype: "f32" });
      const expected = withPrefix((await loadCase(name)).weights, prefix);
      const read = await model.parametersFor(model.resolution);
      expect(read.size).toBeGreaterThan(50);
      for (const [key, parameter] of read) expectSameBits(parameter, expected.get(key)!, key);
    });
  }

  it("writes q8 shards of a quarter of the size, with the mapping network first", async () => {
    const file = join(GOLDEN, "ckpt-sg2ada-pkl", "network-snapshot-000123.pkl");
    const out = join(dir, "q8");
    expect((await run(file, out, "--dtype", "q8")).status).toBe(0);
    const manifest = JSON.parse(await readFile(join(out, "manifest.json"), "utf8"));
    expect(manifest.tensors[0].name).toMatch(/^mapping\./);
    const shard = await readFile(join(out, manifest.shards[0].file));
    const { arrays } = await readSafetensors(bytesSource(new Uint8Array(shard)));
    expect(arrays.get("synthesis.b8.conv0.weight")!.dtype).toBe("I8");
    expect(arrays.get("synthesis.b8.conv0.weight.scale")!.shape).toEqual([16]);
  });

  it("refuses what it cannot convert with one line, and writes nothing", async () => {
    const values = async (change: (data: Float32Array) => void, shape?: number[]) => {
      const weights = withPrefix((await loadCase("ckpt-sg2ada-pkl")).weights, "G_ema/");
      const tensors = [...weights].map(([name, tensor]) => {
        const changed = name === "synthesis.b8.conv0.weight";
        if (changed) change(tensor.data);
        const bytes = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
        return { name, dtype: "F32" as const, shape: changed && shape ? shape : tensor.shape, bytes };
      });
      const path = join(dir, "bad.safetensors");
      await writeFile(path, writeSafetensors(tensors));
      return path;
    };
    const nan = await values((data) => (data[3] = NaN));
    const cases: [string[], RegExp][] = [
      [[nan], /"synthesis.b8.conv0.weight" holds NaN at index 3/],
      [[join(GOLDEN, "ckpt-numpy-quirks", "numpy-p4.pkl")], /no StyleGAN generator in the file/],
      [[join(GOLDEN, "bad-pickle-code", "stack-global.pkl")], /asks for os.system/],
      [[join(dir, "absent.pkl")], /cannot be opened \(ENOENT\)/],
      [[nan, "--dtype", "f8"], /--dtype f8 is none of/],
      [[nan, "--colour", "red"], /Unknown option '--colour'/],
    ];
    for (const [[path, ...flags], message] of cases) {
      const out = join(dir, "refused");
      const { status, errors } = await run(path!, out, ...flags);
      expect(status, String(message)).toBe(1);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(message);
      expect(errors[0]).not.toContain("\n");
      expect(await readdir(out).catch(() => [])).toEqual([]);
    }
    const misshapen = await values(() => undefined, [16, 16, 9, 1]);
    expect((await run(misshapen, join(dir, "refused"))).errors[0]).toMatch(
      /"synthesis.b8.conv0.weight" has shape \[16,16,9,1\], expected \[16,16,3,3\]/,
    );
    expect((await run()).errors[0]).toMatch(/^convert: usage: npm run convert/);
  });
});
