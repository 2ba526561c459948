import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** A tensor of normal numbers from a seed. */
export function normal<T extends Tensor>(shape: number[], seed: number): T {
  return tf.randomNormal(shape, 0, 1, "float32", seed) as Tensor as T;
}

/** The largest absolute difference of two tensors; NaN counts as infinite. */
export function distance(a: Tensor, b: Tensor): number {
  expectSameShape(a, b);
  const value = tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
  return Number.isNaN(value) ? Infinity : value;
}

function expectSameShape(a: Tensor, b: Tensor): void {
  if (String(a.shape) !== String(b.shape)) throw new Error(`shapes [${a.shape}] and [${b.shape}] differ`);
}
