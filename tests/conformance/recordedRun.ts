import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { GoldenRun, LoadedCase } from "../golden.js";
import { Arguments } from "./arguments.js";
import { compare, read } from "./compare.js";
import { GeneratorInputs, type Record } from "./generatorRunner.js";
import { toNCHW } from "./layouts.js";
import { failure, type Check } from "./runner.js";

/**
 * Runs something once inside `tf.tidy` and compares what it records with every output of a run. Tensors of four axes
 * are pictures or features; pass `asItIs` for those already in the golden layout.
 */
export async function recordedRun(
  run: GoldenRun,
  loaded: LoadedCase,
  once: (args: Arguments, inputs: GeneratorInputs, record: Record, asItIs: Record) => void,
): Promise<Check[]> {
  const before = tf.memory().numTensors;
  const recorded = new Map<string, Tensor>();
  const keep = (name: string, tensor: Tensor): void => {
    recorded.get(name)?.dispose();
    recorded.set(name, tf.keep(tensor));
  };
  const asItIs: Record = (name, tensor) => {
    if (name in run.outputs) keep(name, tf.clone(tensor));
  };
  const record: Record = (name, tensor) => {
    if (name in run.outputs) keep(name, tensor.rank === 4 ? toNCHW(tensor) : tf.clone(tensor));
  };
  const checks: Check[] = [];
  try {
    const args = new Arguments(run.args);
    tf.tidy(() => once(args, new GeneratorInputs(run, loaded), record, asItIs));
    args.finish();
    for (const [name, golden] of Object.entries(run.outputs)) {
      const tensor = recorded.get(name);
      const label = `${run.name}/${name}`;
      if (!tensor) checks.push(failure(label, "nothing of this name is computed"));
      else checks.push(compare(label, await read(tensor), golden, loaded));
    }
  } catch (error) {
    checks.push(failure(run.name, (error as Error).message));
  }
  tf.dispose([...recorded.values()]);
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) checks.push(failure(run.name, `leaks ${leaked} tensors`));
  return checks;
}
