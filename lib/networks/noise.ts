import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { hashNormal } from "../random/hashNormal.js";

/**
 * Where a pass takes its noise from: the maps stored with the weights, none, fresh ones that follow from a seed
 * (each sample of a batch has its own), or given ones in the order of the layers that run.
 */
export type Noise =
  | { readonly mode: "const" }
  | { readonly mode: "none" }
  | { readonly mode: "random"; readonly seed: number }
  | { readonly mode: "given"; readonly maps: readonly Tensor4D[] };

/** Standard normal noise of a layer: the same for the same seed and layer on every machine. */
export function randomNoise(seed: number, layer: string, shape: [number, number, number, number]): Tensor4D {
  const size = shape.reduce((a, b) => a * b);
  return tf.tensor4d(hashNormal(`noise ${seed}/${layer}`, size), shape);
}

/** The `index`-th given map. @throws {RangeError} when there are too few */
export function givenNoise(maps: readonly Tensor4D[], index: number, layer: string): Tensor4D {
  const map = maps[index];
  if (!map)
    throw new RangeError(`${maps.length} noise maps are given but ${layer} needs one more; give one a layer`);
  return map;
}
