import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";

/**
 * Instance normalisation: y = (x - mean) / sqrt(variance + epsilon), for each sample and channel by itself.
 *
 * 1. Subtracts the mean over the pixels.
 * 2. Divides by the standard deviation over the pixels.
 *
 * @param x features, [N, H, W, C]
 * @param epsilon keeps the division finite where a channel is constant
 * @returns features, [N, H, W, C]; each channel with mean 0 and standard deviation 1
 *
 * Source: Ulyanov et al. 2017; Karras et al. 2019, section 2, equation 1.
 */
export function instanceNorm(x: Tensor4D, epsilon = 1e-8): Tensor4D {
  expectShape("x", x, [null, null, null, null]);
  return tf.tidy(() => {
    const centred = tf.sub<Tensor4D>(x, pixelMean(x));
    const variance = pixelMean(tf.square(centred)); // [N, 1, 1, C]
    return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  });
}

/** Largest window of one averaging step. */
const WINDOW = 32;

/**
 * Mean over the pixels of each channel, [N, H, W, C] -> [N, 1, 1, C].
 *
 * Averages windows, then windows of these, and so on: sums of a million float32 numbers in a row would lose three
 * digits, and a reduction over inner axes would have the back ends transpose the image first.
 */
export function pixelMean(x: Tensor4D): Tensor4D {
  return tf.tidy(() => {
    let y = x;
    while (y.shape[1] > 1 || y.shape[2] > 1) {
      const window: [number, number] = [windowOf(y.shape[1]), windowOf(y.shape[2])];
      if (window[0] === 1 && window[1] === 1) return tf.mean(y, [1, 2], true) as Tensor4D;
      y = tf.avgPool(y, window, window, "valid");
    }
    return y === x ? tf.clone(x) : y;
  });
}

/** The largest window that divides a side. */
function windowOf(side: number): number {
  for (let window = Math.min(WINDOW, side); window > 1; --window) if (side % window === 0) return window;
  return 1;
}
