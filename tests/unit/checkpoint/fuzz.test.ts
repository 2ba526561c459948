import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../../lib/checkpoint/error.js";
import { readCheckpoint } from "../../../lib/checkpoint/read.js";
import { WeightsError } from "../../../lib/weights/error.js";
import { findGenerator } from "../../../lib/weights/recognise.js";
import { caseNames, loadCase } from "../../golden.js";
import { mutate, structureOf } from "./mutate.js";

/** FUZZ=2000 runs the full set; a normal run samples it. */
const COUNT = Number(process.env.FUZZ ?? 40);
/** Of computing, so that other work on the machine does not count; a read that waits for ever meets the test's timeout. */
const SECONDS = 2;

/** Seconds that this process has computed for. */
function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function readAll(bytes: Uint8Array): Promise<void> {
  const checkpoint = await readCheckpoint(bytes);
  for (const array of checkpoint.arrays.values()) {
    const data = await array.read();
    // Twice the file, whatever the array says; small expanded views are exempt.
    if (data.byteLength > Math.max(2 * bytes.length, 1 << 18)) {
      throw new Error(`${array.name} takes ${data.byteLength} bytes`);
    }
  }
  await findGenerator(checkpoint);
}

describe("readCheckpoint, given damaged files", () => {
  for (const name of caseNames(/^ckpt-/)) {
    it(
      `loads or refuses ${COUNT} mutations of each file of ${name}`,
      async () => {
        const { dir, case: golden } = await loadCase(name);
        for (const { file } of golden.files) {
          const bytes = new Uint8Array(await readFile(join(dir, file)));
          const structure = await structureOf(bytes, readCheckpoint);
          for (let seed = 0; seed < COUNT; ++seed) {
            const damaged = mutate(bytes, structure, seed);
            const start = computed();
            const error = await readAll(damaged).then(
              () => undefined,
              (thrown: unknown) => thrown,
            );
            const seconds = computed() - start;
            const label = `${file}, seed ${seed}`;
            if (error !== undefined && !(error instanceof CheckpointError || error instanceof WeightsError)) {
              throw new Error(`${label}: ${(error as Error).stack}`);
            }
            expect(seconds, label).toBeLessThan(SECONDS);
          }
        }
      },
      60_000 + 1000 * COUNT,
    );
  }
});
