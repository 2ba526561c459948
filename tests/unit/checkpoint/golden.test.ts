import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../../lib/checkpoint/checkpoint.js";
import { readCheckpoint } from "../../../lib/checkpoint/read.js";
import { caseNames, loadCase, withPrefix } from "../../golden.js";
import { expectSameBits } from "./sameBits.js";

/** Where a golden weight's array may be in its file. */
function arrayOf(checkpoint: Checkpoint, name: string) {
  const dotted = name.replace("/", ".");
  const places = [name, dotted, `g_running.${name}`, `models.${dotted}`];
  return places.map((place) => checkpoint.arrays.get(place)).find((array) => array);
}

describe("readCheckpoint", () => {
  for (const name of caseNames(/^ckpt-(?!tf|numpy|torch|tiny)/)) {
    it(`finds every weight of ${name}, bit for bit, from bytes and from a Blob`, async () => {
      const { dir, case: golden, weights } = await loadCase(name);
      const bytes = await readFile(join(dir, golden.files[0]!.file));
      for (const source of [new Uint8Array(bytes), new Blob([bytes])]) {
        const checkpoint = await readCheckpoint(source);
        for (const [weight, expected] of weights) {
          const array = arrayOf(checkpoint, weight);
          expect(array, weight).toBeDefined();
          expectSameBits({ shape: array!.shape, data: await array!.read() }, expected, weight);
        }
      }
    });
  }

  for (const [name, kind] of [
    ["ckpt-numpy-quirks", "arrays"],
    ["ckpt-torch-quirks", "tensors"],
  ] as const) {
    it(`reads every element type, order, stride and protocol of ${name}`, async () => {
      const { dir, case: golden, tensors } = await loadCase(name);
      for (const { file } of golden.files) {
        const checkpoint = await readCheckpoint(new Uint8Array(await readFile(join(dir, file))));
        for (const [array, expected] of withPrefix(tensors, `${kind}/`)) {
          const found = checkpoint.arrays.get(kind === "tensors" ? `tensors.${array}` : array);
          expect(found, `${file} ${array}`).toBeDefined();
          expectSameBits({ shape: found!.shape, data: await found!.read() }, expected, `${file} ${array}`);
        }
      }
    });
  }

  it("keeps the plain values of a torch file as data", async () => {
    const { dir, case: golden } = await loadCase("ckpt-torch-quirks");
    for (const { file } of golden.files) {
      const { root } = await readCheckpoint(new Uint8Array(await readFile(join(dir, file))));
      const plain = (root as Map<string, Map<string, unknown>>).get("plain")!;
      expect(plain.get("big"), file).toBe(1099511627776);
      expect(plain.get("float")).toBe(0.1);
      expect(plain.get("str")).toBe("n\u00e4me");
      expect(plain.get("set")).toEqual(new Set([1, 2]));
      expect(plain.get("list")).toEqual([1, [2]]);
      expect([...(plain.get("ordered") as Map<string, number>)]).toEqual([
        ["b", 1],
        ["a", 2],
      ]);
      expect((plain.get("proto_like") as Map<string, number>).get("__proto__")).toBe(1);
    }
    expect(({} as Record<string, unknown>).toString).toBe(Object.prototype.toString);
  });

  it("reports progress up to the file's size, and stops when told to", async () => {
    const { dir, case: golden } = await loadCase("ckpt-sg2ada-pkl");
    const blob = new Blob([await readFile(join(dir, golden.files[0]!.file))]);
    const seen: number[] = [];
    await readCheckpoint(blob, { onProgress: ({ loaded }) => seen.push(loaded) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(blob.size);
    const controller = new AbortController();
    controller.abort(new Error("reader left"));
    await expect(readCheckpoint(blob, { signal: controller.signal })).rejects.toThrow("reader left");
  });

  it("skips the bytes of arrays until they are asked for", async () => {
    const { dir, case: golden } = await loadCase("ckpt-genforce-sg1-pth");
    const bytes = new Uint8Array(await readFile(join(dir, golden.files[0]!.file)));
    let read = 0;
    const source = {
      size: bytes.length,
      async read(offset: number, length: number) {
        read += length;
        return bytes.subarray(offset, offset + length);
      },
    };
    await readCheckpoint(source);
    expect(read).toBeLessThan(0.6 * bytes.length);
  });
});
