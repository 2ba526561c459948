/**
 * Trains the pair of small generators of the chapter on path-length regularisation and writes them as models:
 *
 *     npx tsx lib/cli/train-discs.ts [--steps 2500] [--seed discs] [--only plain|regularised] [--out DIR]
 *
 * Everything follows from the seed; on WebAssembly the last digits may depend on the machine. Some 20 minutes on one
 * core, or an hour on a busy one.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { discTraining } from "../training/discStudy.js";
import { TargetTrainer } from "../training/targetTrainer.js";
import { writeModel } from "../weights/write.js";

const VARIANTS = {
  plain: { weight: 0, title: "Discs, without path-length regularisation" },
  regularised: { weight: 2, title: "Discs, with path-length regularisation" },
} as const;

const weights = new URL("../../data/weights/", import.meta.url).pathname;

async function train(name: keyof typeof VARIANTS, seed: string, steps: number, out: string): Promise<void> {
  const { weight, title } = VARIANTS[name];
  const options = discTraining({ seed, steps, weight });
  const trainer = new TargetTrainer(options);
  const begun = performance.now();
  const errors: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { step, error, pathLength } = trainer.step();
    errors.push(error);
    if (i % 100 === 0)
      console.log(
        name,
        step,
        error.toFixed(4),
        pathLength ? `a ${pathLength.mean.toFixed(4)}` : "",
        `${((performance.now() - begun) / 1000).toFixed(0)} s`,
      );
  }
  const last = errors.slice(-100);
  const id = `discs-${name}`;
  const folder = join(out, id);
  await mkdir(folder, { recursive: true });
  const manifest = await writeModel(
    "stylegan2",
    options.generator,
    trainer.result(),
    { id, title, dtype: "f32", licence: "CC0-1.0" },
    ({ file, bytes }) => writeFile(join(folder, file), bytes),
  );
  const trained = {
    how: "to the picture of each latent (lib/training/discStudy.ts, lib/cli/train-discs.ts)",
    seed,
    steps,
    batch: options.batch,
    path_length_weight: weight,
    mean_squared_error: last.reduce((a, b) => a + b, 0) / last.length, // of the last hundred batches
  };
  await writeFile(
    join(folder, "manifest.json"),
    `${JSON.stringify({ ...manifest, study: "path-length", trained }, null, 1)}\n`,
  );
  trainer.dispose();
}

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "2500" },
    seed: { type: "string", default: "discs" },
    only: { type: "string" },
    out: { type: "string", default: weights },
  },
});
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
for (const name of Object.keys(VARIANTS) as (keyof typeof VARIANTS)[])
  if (!values.only || values.only === name) await train(name, values.seed, Number(values.steps), values.out);
