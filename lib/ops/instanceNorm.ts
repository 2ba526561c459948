import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";
import { kernels } from "./kernels.js";
import { pixelMean } from "./pixelMean.js";

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
  const twin = kernels().instanceNorm?.(x, epsilon);
  if (twin) return twin;
  return tf.tidy(() => {
    const centred = tf.sub<Tensor4D>(x, pixelMean(x));
    const variance = pixelMean(tf.square(centred)); // [N, 1, 1, C]
    return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  });
}
