import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/**
 * Mean over the pixels of each channel, [N, H, W, C] -> [N, 1, 1, C].
 *
 * 1. Averages the rows, then what is left of the columns. Two short sums round less than one over a million pixels,
 *    and average pooling keeps the channels where they are, while a general reduction transposes the image first.
 *
 * The gradient spreads evenly over the pixels; it is stated here so that derivatives of any order exist.
 */
export function pixelMean(x: Tensor4D): Tensor4D {
  const [, h, w] = x.shape;
  const mean = tf.customGrad((image) => ({
    value: tf.tidy(() => {
      const row = tf.avgPool(image as Tensor4D, [h, 1], 1, "valid"); // [N, 1, W, C]
      return tf.avgPool(row, [1, w], 1, "valid");
    }),
    gradFunc: (dy: tf.Tensor) => tf.tidy(() => tf.mul(tf.div(dy, h * w), tf.ones(x.shape))),
  }));
  return mean(x) as Tensor4D;
}
