import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";

/**
 * StyleGAN1's style: y = x * (scale + 1) + shift, for each sample and channel.
 *
 * 1. Splits the style: its first half is the scale, its second the shift.
 * 2. Scales and shifts every channel; the 1 lets a style of zeros change nothing.
 *
 * @param x features, [N, H, W, C]
 * @param style the affine layer's output, [N, 2C]
 * @returns features, [N, H, W, C]
 * @throws Error when the style is not [N, 2C]
 *
 * Source: Karras et al. 2019, section 2, equation 1.
 */
export function styleModulate(x: Tensor4D, style: Tensor2D): Tensor4D {
  const [batch, , , channels] = x.shape;
  expectShape("style", style, [batch, 2 * channels]);
  return tf.tidy(() => {
    const scale = tf.reshape(tf.slice(style, [0, 0], [batch, channels]), [batch, 1, 1, channels]);
    const shift = tf.reshape(tf.slice(style, [0, channels], [batch, channels]), [batch, 1, 1, channels]);
    return tf.add(tf.mul(x, tf.add(scale, 1)), shift);
  });
}
