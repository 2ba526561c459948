import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../../lib/checkpoint/error.js";
import { readCheckpoint } from "../../../lib/checkpoint/read.js";
import { findGenerator } from "../../../lib/weights/recognise.js";
import { caseNames, loadCase, withPrefix } from "../../golden.js";
import { expectSameBits } from "./sameBits.js";

/** Two seconds on an idle machine; a busy one may take some times as long, a hang takes for ever. */
const SECONDS = 20;
const BYTES = 200e6;

/** Reads a file and all its arrays; gives the error, if one is thrown. */
async function attempt(bytes: Uint8Array) {
  const before = process.memoryUsage();
  const start = performance.now();
  let error: unknown;
  try {
    const checkpoint = await readCheckpoint(new Blob([bytes as Uint8Array<ArrayBuffer>]));
    for (const array of checkpoint.arrays.values()) await array.read();
  } catch (thrown) {
    error = thrown;
  }
  const seconds = (performance.now() - start) / 1000;
  const after = process.memoryUsage();
  const grown = after.heapTotal + after.arrayBuffers - before.heapTotal - before.arrayBuffers;
  return { error, seconds, grown };
}

for (const name of caseNames(/^bad-/)) {
  describe(name, async () => {
    const { dir, case: golden } = await loadCase(name);
    for (const { file, what, expect: outcome } of golden.files) {
      it(`${outcome}s ${file}: ${what}`, async () => {
        const { error, seconds, grown } = await attempt(new Uint8Array(await readFile(join(dir, file))));
        expect(seconds).toBeLessThan(SECONDS);
        expect(grown).toBeLessThan(BYTES);
        if (error !== undefined) {
          expect(error).toBeInstanceOf(CheckpointError);
          expect((error as Error).message).toMatch(/^[^\n]{10,260}$/);
        }
        if (outcome === "refuse") expect(error).toBeDefined();
        if (outcome === "load") expect(error).toBeUndefined();
        expect(existsSync("pwned")).toBe(false);
        expect(Object.keys(Object.prototype)).toEqual([]);
      });
    }
  });
}

describe("files that load in spite of a hostile part", () => {
  it("give the generator of the file they were made from", async () => {
    const { weights } = await loadCase("ckpt-tiny-good");
    const { dir } = await loadCase("bad-pickle-code");
    for (const file of ["evil-module-src.pkl", "evil-build-module-src.pkl", "after-stop.pkl"]) {
      const bytes = new Uint8Array(await readFile(join(dir, file)));
      const { parameters } = await findGenerator(await readCheckpoint(bytes));
      expect(parameters.size, file).toBeGreaterThanOrEqual(30);
      for (const [name, parameter] of parameters) {
        const data = await parameter.read();
        expectSameBits({ shape: parameter.shape, data }, weights.get(`G_ema/${name}`)!, `${file} ${name}`);
      }
    }
  });

  it("give the tensors of the state dict they were made from", async () => {
    const { tensors } = await loadCase("ckpt-tiny-good");
    const { dir } = await loadCase("bad-torch");
    for (const file of ["legacy-identity.pt", "zip-identity.pt"]) {
      const checkpoint = await readCheckpoint(new Uint8Array(await readFile(join(dir, file))));
      const expected = withPrefix(tensors, "statedict/");
      expect(checkpoint.arrays.size).toBe(expected.size);
      for (const [name, tensor] of expected) {
        const array = checkpoint.arrays.get(`g_ema.${name}`)!;
        expectSameBits({ shape: array.shape, data: await array.read() }, tensor, `${file} ${name}`);
      }
    }
  });
});
