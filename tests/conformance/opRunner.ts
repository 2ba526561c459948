import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { GoldenRun, LoadedCase } from "../golden.js";
import { withPrefix } from "../golden.js";
import type { Parameter } from "../../lib/weights/parameters.js";
import { Arguments } from "./arguments.js";
import { compare, read } from "./compare.js";
import { failure, type Check, type Runner } from "./runner.js";

/** What a run of an operation is given. */
export interface OpInputs {
  /** The golden tensor behind an input; null where the case passes none. */
  optional(name: string): Parameter | null;
  /** The golden tensor behind an input. */
  required(name: string): Parameter;
  /** The input that the run has, whatever it is called. */
  only(): Parameter;
  /** The run's own module weights, under the module's names. */
  readonly weights: ReadonlyMap<string, Parameter>;
}

/** Computes a run's outputs, by output name, in the golden layout; null: there is none by design. */
export type Op = (args: Arguments, inputs: OpInputs, loaded: LoadedCase) => Record<string, Tensor | null>;

/** A runner for the cases of kind "op" whose source matches. */
export function opRunner(name: string, source: RegExp, op: Op): Runner {
  return {
    name,
    accepts: (description) => description.kind === "op" && source.test(description["source"] as string),
    async run(loaded) {
      const checks: Check[] = [];
      for (const run of loaded.case.runs) checks.push(...(await runOnce(run, op, loaded)));
      return checks;
    },
  };
}

async function runOnce(run: GoldenRun, op: Op, loaded: LoadedCase): Promise<Check[]> {
  const before = tf.memory().numTensors;
  try {
    const args = new Arguments(run.args);
    const inputs = inputsOf(run, loaded);
    const outputs = tf.tidy(() => {
      const named = op(args, inputs, loaded);
      args.finish();
      return named as Record<string, Tensor>;
    });
    const checks: Check[] = [];
    for (const [name, golden] of Object.entries(run.outputs) as [string, string | null][]) {
      const label = `${run.name}/${name}`;
      const output = outputs[name];
      if (output === undefined) checks.push(failure(label, `output ${name} is unknown`));
      else if (golden === null || output === null) {
        const agree = golden === null && output === null;
        checks.push(agree ? { name: label, error: 0, allowed: 0 } : failure(label, "one side has no output"));
      } else checks.push(compare(label, await read(output), golden, loaded));
    }
    tf.dispose(outputs);
    const leaked = tf.memory().numTensors - before;
    if (leaked !== 0) checks.push(failure(run.name, `leaks ${leaked} tensors`));
    return checks;
  } catch (error) {
    return [failure(run.name, (error as Error).message)];
  }
}

function inputsOf(run: GoldenRun, loaded: LoadedCase): OpInputs {
  const find = (path: string): Parameter => {
    const tensor = loaded.tensors.get(path);
    if (tensor === undefined) throw new Error(`the case has no tensor ${path}`);
    return tensor;
  };
  const optional = (name: string): Parameter | null => {
    const path = (run.inputs as Record<string, string | null>)[name] ?? null;
    return path === null ? null : find(path);
  };
  const required = (name: string): Parameter => {
    const tensor = optional(name);
    if (tensor === null) throw new Error(`the run has no input ${name}`);
    return tensor;
  };
  const weights = run["weights"] as Record<string, string> | undefined;
  return {
    optional,
    required,
    only() {
      const names = Object.keys(run.inputs);
      if (names.length !== 1) throw new Error(`one input is expected, not ${names.length}`);
      return required(names[0]!);
    },
    weights: weights
      ? new Map(Object.entries(weights).map(([name, path]) => [name, find(path)]))
      : withPrefix(loaded.tensors, `runs/${run.name}/weights/`),
  };
}
