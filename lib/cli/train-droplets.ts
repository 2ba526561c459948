/**
 * Trains the tiny generators of the chapter on droplet artifacts without a page, and prints the least and the most of
 * each number over some seeds:
 *
 *     npx tsx lib/cli/train-droplets.ts [--seeds 5] [--steps 250]
 *
 * Everything follows from the seeds; on WebAssembly the last digits may depend on the machine. Some minutes on one
 * core.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs"; // the gradients
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { TrainingTask } from "../engine/trainingViews.js";
import { slopeOf } from "../measure/slope.js";
import { SPIKE_SCORE } from "../measure/spikeStart.js";
import { TinyTraining, type TrainingSetUp } from "../training/tinyTraining.js";

const RECORD_EVERY = 10;
/** The step whose loss is printed. */
const LOSS_AT = 200;

const RUNS: readonly (readonly [name: string, setUp: Omit<TrainingSetUp, "seed">])[] = [
  ["instance", { normalisation: "instance", contrast: "varying" }],
  ["demodulation", { normalisation: "demodulation", contrast: "varying" }],
  ["instance, one contrast", { normalisation: "instance", contrast: "one" }],
];

/** What the chapter's table says of one run. */
async function measure(setUp: TrainingSetUp, steps: number): Promise<Record<string, number>> {
  const task = new TrainingTask(setUp.contrast);
  const run = new TinyTraining(setUp);
  let [firstSpike, lossThen, score] = [Infinity, NaN, NaN];
  try {
    for (let step = 1; step <= steps; step++) {
      run.step();
      if (step % RECORD_EVERY !== 0) continue;
      const record = await task.record(run);
      score = record.scores.at(-1)!;
      if (score >= SPIKE_SCORE) firstSpike = Math.min(firstSpike, step);
      if (step === LOSS_AT) lossThen = record.loss;
    }
    const { asked, shown, shownWithout } = await task.look(run);
    return {
      [`step with the first score of ${SPIKE_SCORE}`]: firstSpike,
      [`score after ${steps} steps`]: score,
      "slope of contrasts": slopeOf(asked, shown),
      "the same, spikes painted out": slopeOf(asked, shownWithout),
      [`loss after ${LOSS_AT} steps`]: lossThen,
    };
  } finally {
    run.dispose();
    task.dispose();
  }
}

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "5" }, steps: { type: "string", default: "250" } },
});
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
await tf.ready();
for (const [name, setUp] of RUNS) {
  const runs: Record<string, number>[] = [];
  for (let seed = 0; seed < Number(values.seeds); seed++)
    runs.push(await measure({ seed, ...setUp }, Number(values.steps)));
  console.log(name);
  for (const key of Object.keys(runs[0] ?? {})) {
    const numbers = runs.map((run) => run[key]!);
    const text = (value: number) => (value === Infinity ? "never" : Number(value.toPrecision(3)));
    const [least, most] = [text(Math.min(...numbers)), text(Math.max(...numbers))];
    console.log(`  ${key}: ${least === most ? least : `${least} to ${most}`}`);
  }
}
