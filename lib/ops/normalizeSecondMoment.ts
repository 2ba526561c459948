import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * Normalises the second moment: y = x / sqrt(mean(x^2) + epsilon).
 *
 * @param axis the axis, or axes, over which the mean is taken; default 1, the features of [N, C]
 * @returns a tensor of the shape of x whose squares have mean 1 along the axis
 *
 * Source: Karras et al. 2018, section 4.2 (there for pixels); on z before the mapping network in Karras et al. 2019.
 */
export function normalizeSecondMoment<T extends Tensor>(
  x: T,
  axis: number | number[] = 1,
  epsilon = 1e-8,
): T {
  return tf.tidy(() => {
    const moment = tf.mean(tf.square(x), axis, true);
    return tf.mul(x, tf.rsqrt(tf.add(moment, epsilon))) as T;
  });
}
