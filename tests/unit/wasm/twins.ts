/** Compares our kernels for WebAssembly with the stock operations. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { relativeError } from "../../../lib/measure/relativeError.js";
import { withoutKernels } from "../../../lib/ops/kernels.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";

/** Normal numbers that follow from the key. */
export function normal<T extends Tensor>(shape: readonly number[], key: string): T {
  const count = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(hashNormal(key, count), [...shape]) as T;
}

/** Runs it with our kernels and without them: the largest relative error. Nothing may be left behind. */
export function errorOf(run: () => Tensor): number {
  const before = tf.memory().numTensors;
  const [ours, stock] = [run(), withoutKernels(run)];
  expect(ours.shape).toEqual(stock.shape);
  const error = relativeError(ours.dataSync(), stock.dataSync());
  tf.dispose([ours, stock]);
  expect(tf.memory().numTensors).toBe(before);
  return error;
}
