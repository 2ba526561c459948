import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { convolve } from "./convolve.js";
import { free, submit } from "./run.js";
import { DIVISIONS, useDivision, type DivisionName } from "./tiling.js";

/** Those for graphics cards; the programs of the other are for compilers of software, and long. */
const CANDIDATES = (Object.keys(DIVISIONS) as DivisionName[]).filter(
  (name) => DIVISIONS[name].memory === "workgroup",
);

/** Milliseconds after which no other division is begun with. */
const BUDGET = 500;

/** A division that is not faster than the first by this much is not worth the noise of one measurement. */
const GAIN = 0.9;

/** Timings of a division, of which the fastest counts: whatever else the device does only adds to it. */
const RUNS = 3;

/** The layer that is timed: one of StyleGAN2's, of its middle in size. */
const LAYER = { side: 64, channels: 128, dispatches: 4 };

/**
 * Chooses by a short measurement how a device's convolutions are divided, and has them be so.
 *
 * @returns what was chosen
 */
export async function tune(backend: WebGPUBackend, layer = LAYER): Promise<DivisionName> {
  const { side, channels, dispatches } = layer;
  const x = tf.zeros([1, side, side, channels]) as Tensor4D;
  const weight = tf.zeros([3, 3, channels, channels]) as Tensor4D;
  const styles = tf.ones([1, channels]) as Tensor2D;
  const geometry = { kernel: [3, 3], up: 1, padding: [1, 1, 1, 1] } as const;
  const run = async () => {
    for (let i = 0; i < dispatches; i++) free(convolve(x, weight, { geometry, styles })!);
    submit();
    await backend.device.queue.onSubmittedWorkDone();
  };
  try {
    const best = await fastest(CANDIDATES, async (division) => {
      useDivision(backend, division);
      await run(); // compiles
      return run;
    });
    useDivision(backend, best);
    return best;
  } catch (error) {
    useDivision(backend, "workgroup");
    throw error;
  } finally {
    tf.dispose([x, weight, styles]);
  }
}

/**
 * The candidate whose work takes the least time; the first, unless another is clearly faster. Candidates for which
 * there is no time left are not tried.
 *
 * @param prepare gets a candidate ready and returns its work
 * @param now milliseconds
 */
export async function fastest<T>(
  candidates: readonly T[],
  prepare: (candidate: T) => Promise<() => Promise<void>>,
  now: () => number = () => performance.now(),
): Promise<T> {
  const begin = now();
  const first = candidates[0]!;
  let best: { candidate: T; time: number } = { candidate: first, time: Infinity };
  for (const candidate of candidates) {
    if (candidate !== first && now() - begin > BUDGET) break;
    const work = await prepare(candidate);
    let time = Infinity;
    for (let run = 0; run < RUNS; run++) {
      const start = now();
      await work();
      time = Math.min(time, now() - start);
    }
    const needed = best.candidate === first ? GAIN * best.time : best.time;
    if (time < needed || candidate === first) best = { candidate, time };
  }
  return best.candidate;
}
