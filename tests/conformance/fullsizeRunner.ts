import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Network, SynthesisOptions } from "../../lib/networks/network.js";
import { driveAsync } from "../../lib/networks/run.js";
import { hashNormal } from "../../lib/random/hashNormal.js";
import type { Family, Parameter, Parameters } from "../../lib/weights/parameters.js";
import { Arguments } from "./arguments.js";
import { formulaWeights } from "./formulaWeights.js";
import { toNCHW } from "./layouts.js";
import { failure, type Check, type Runner } from "./runner.js";

/** What the full-size cases store of a tap. */
interface TapFigures {
  readonly name: string;
  readonly shape: readonly number[];
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly probe_index: readonly number[];
  readonly probe_value: readonly number[];
}

export interface Prepared {
  /** The golden tensor `w`. */
  readonly w: Tensor;
  /** w+ as synthesis takes it. */
  readonly ws: Tensor3D;
  readonly options: SynthesisOptions;
}

/** A runner for the full-size cases of a family: weights by formula, taps checked by their figures. */
export function fullsizeRunner<N extends Network>(
  family: Family,
  caseFamilies: readonly string[],
  create: (config: N["config"], weights: Parameters) => N,
  prepare: (network: N, z: Tensor2D, args: Arguments) => Prepared,
): Runner {
  return {
    name: `full-size ${family}`,
    accepts: ({ kind, ["family"]: of }) => kind === "fullsize" && caseFamilies.includes(of as string),
    async run({ case: description, tensors, weights }) {
      const network = create(
        description.config as unknown as N["config"],
        new Map([...formulaWeights(description, family), ...weights]),
      );
      const checks: Check[] = [];
      const rtol = description.tolerance["rtol_of_std"] as number;
      const expected = new Map((description["taps"] as TapFigures[]).map((tap) => [tap.name, tap]));
      const compare = async (name: string, x: Tensor4D): Promise<void> => {
        const figures = expected.get(name);
        if (!figures) return;
        expected.delete(name);
        const turned = toNCHW(x);
        checks.push(...compareFigures(figures, turned.shape, (await turned.data()) as Float32Array, rtol));
        turned.dispose();
      };
      const args = new Arguments(description["args"] as Record<string, unknown>);
      const z = tf.tensor2d(hashNormal(`${description["seed"]}/z`, network.zDim), [1, network.zDim]);
      const { w, ws, options } = tf.tidy(() => prepare(network, z, args) as never) as Prepared;
      try {
        args.finish();
        checks.push(await compareWithin("w", w, tensors.get("w")!, rtol));
        const picture = await driveAsync(network.synthesis(ws, options), {
          onStep: ({ name, tensor }) => compare(`synthesis.${name}`, tensor),
        });
        const std = expected.get("image")!.std;
        await compare("image", picture!);
        const area = tf.tidy(() =>
          toNCHW(tf.avgPool(picture!, picture!.shape[1] / 64, picture!.shape[1] / 64, "valid")),
        );
        checks.push(await compareWithin("image/area64", area, tensors.get("image/area64")!, rtol, std));
        tf.dispose([picture!, area]);
        for (const name of expected.keys())
          checks.push(failure(name, "the network yields nothing of this name"));
        return checks;
      } finally {
        tf.dispose([z, w, ws]);
        network.dispose();
      }
    },
  };
}

/** Every probe, the extremes, the mean and the standard deviation, each within a share of the standard deviation. */
function compareFigures(
  { name, shape, mean, std, min, max, probe_index, probe_value }: TapFigures,
  actualShape: readonly number[],
  data: Float32Array,
  rtol: number,
): Check[] {
  if (String(shape) !== String(actualShape))
    return [failure(name, `shape [${actualShape}] where [${shape}] is expected`)];
  const allowed = rtol * std;
  const got = figuresOf(data);
  const check = (what: string, error: number): Check => ({ name: `${name} ${what}`, error, allowed });
  const probes = probe_index.map((index, i) => Math.abs(data[index]! - probe_value[i]!));
  return [
    check("mean", Math.abs(got.mean - mean)),
    check("std", Math.abs(got.std - std)),
    check("min", Math.abs(got.min - min)),
    check("max", Math.abs(got.max - max)),
    check("probes", Math.max(...probes)),
  ];
}

async function compareWithin(
  name: string,
  tensor: Tensor,
  { shape, data: expected }: Parameter,
  rtol: number,
  std = figuresOf(expected).std,
): Promise<Check> {
  if (String(tensor.shape) !== String(shape))
    return failure(name, `shape [${tensor.shape}] where [${shape}] is expected`);
  const actual = await tensor.data();
  const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
  return { name, error: Number.isFinite(error) ? error : Infinity, allowed: rtol * std };
}

function figuresOf(data: Float32Array): { mean: number; std: number; min: number; max: number } {
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (const value of data) {
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / data.length;
  let squares = 0;
  for (const value of data) squares += (value - mean) ** 2;
  return { mean, std: Math.sqrt(squares / data.length), min, max };
}
