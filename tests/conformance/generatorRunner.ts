import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Network, SynthesisOptions } from "../../lib/networks/network.js";
import type { Parameters } from "../../lib/weights/parameters.js";
import type { Case, GoldenRun, LoadedCase } from "../golden.js";
import { Arguments } from "./arguments.js";
import { compare, read } from "./compare.js";
import { image, plain, toNCHW } from "./layouts.js";
import { failure, type Check, type Runner } from "./runner.js";

/** The inputs of a generator's run, as tensors in our layout. They belong to the surrounding `tf.tidy`. */
export class GeneratorInputs {
  constructor(
    private readonly run: GoldenRun,
    private readonly loaded: LoadedCase,
  ) {}

  has(name: string): boolean {
    return this.run.inputs[name] !== undefined;
  }

  /** @throws Error when the run has no such input */
  get<T extends Tensor>(name: string): T {
    if (!this.has(name)) throw new Error(`the run has no input ${name}`);
    return this.#tensor(this.run.inputs[name]!) as T;
  }

  optional<T extends Tensor>(name: string): T | null {
    return this.has(name) ? this.get<T>(name) : null;
  }

  /** Given noise maps as the option of a pass; without any, the stored ones. */
  noise(): SynthesisOptions["noise"] {
    const names = this.run.inputs["noise"] as unknown as string[] | undefined;
    if (!names) return { mode: "const" };
    return { mode: "given", maps: names.map((name) => this.#tensor(name) as tf.Tensor4D) };
  }

  #tensor(path: string): Tensor {
    const stored = this.loaded.tensors.get(path);
    if (!stored) throw new Error(`the case has no tensor ${path}`);
    return stored.shape.length === 4 ? image(stored) : plain(stored);
  }
}

/** Takes an intermediate or a result under its golden name; keeps those that the run compares. */
export type Record = (name: string, tensor: Tensor) => void;

/** Runs a network once and records what it passes by; called inside `tf.tidy`. */
export type RunOnce<N extends Network> = (
  network: N,
  args: Arguments,
  inputs: GeneratorInputs,
  record: Record,
  description: Case,
) => void;

/** A runner for the cases of one kind of generator. */
export function generatorRunner<N extends Network>(
  name: string,
  kind: string,
  create: (config: N["config"], parameters: Parameters) => N,
  runOnce: RunOnce<N>,
): Runner {
  return {
    name,
    accepts: (description) => description.kind === kind,
    async run(loaded) {
      const network = create(loaded.case.config as unknown as N["config"], loaded.weights);
      try {
        const checks: Check[] = [];
        for (const run of loaded.case.runs) checks.push(...(await checkRun(network, run, loaded, runOnce)));
        return checks;
      } finally {
        network.dispose();
      }
    },
  };
}

/** Compares every output of one run; a run with an `error` must be refused. */
export async function checkRun<N extends Network>(
  network: N,
  run: GoldenRun,
  loaded: LoadedCase,
  runOnce: RunOnce<N>,
): Promise<Check[]> {
  const before = tf.memory().numTensors;
  const recorded = new Map<string, Tensor>();
  const record: Record = (name, tensor) => {
    if (!(name in run.outputs)) return;
    recorded.get(name)?.dispose();
    recorded.set(name, tf.keep(tensor.rank === 4 ? toNCHW(tensor) : tf.clone(tensor)));
  };
  try {
    const args = new Arguments(run.args);
    tf.tidy(() => {
      runOnce(network, args, new GeneratorInputs(run, loaded), record, loaded.case);
    });
    args.finish();
  } catch (error) {
    tf.dispose([...recorded.values()]);
    if (run["error"]) return [{ name: `${run.name}/refused`, error: 0, allowed: 0 }];
    return [failure(run.name, (error as Error).message)];
  }
  if (run["error"]) return [failure(`${run.name}/refused`, `should be refused: ${run["error"]}`)];
  const checks: Check[] = [];
  for (const [name, golden] of Object.entries(run.outputs)) {
    const tensor = recorded.get(name);
    const label = `${run.name}/${name}`;
    if (!tensor) checks.push(failure(label, "the network yields nothing of this name"));
    else checks.push(compare(label, await read(tensor), golden, loaded));
  }
  tf.dispose([...recorded.values()]);
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) checks.push(failure(run.name, `leaks ${leaked} tensors`));
  return checks;
}
