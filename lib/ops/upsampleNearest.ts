import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { factorPair } from "./check.js";

/**
 * Repeats every pixel: [N, H, W, C] -> [N, H * factor, W * factor, C].
 *
 * 1. Repeats the channels of each pixel: in memory these are neighbouring columns.
 * 2. Repeats each row.
 */
export function upsampleNearest(x: Tensor4D, factor = 2): Tensor4D {
  factorPair("factor", factor);
  if (factor === 1) return tf.clone(x);
  const [n, h, w, c] = x.shape;
  const repeat = <T extends tf.Tensor>(t: T, axis: number) => tf.concat(Array<T>(factor).fill(t), axis) as T;
  return tf.tidy(() => {
    const columns = repeat(x, 3); // [N, H, W, factor * C]
    const rows = repeat(tf.reshape(columns, [n * h, w * factor * c]), 1); // [N * H, factor * W * factor * C]
    return tf.reshape(rows, [n, h * factor, w * factor, c]);
  });
}
