import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";

/**
 * Adds scaled noise: y = x + strength * noise.
 *
 * 1. Spatial noise, one number per pixel: scaled by one strength per channel, or by one for all.
 * 2. Channel noise, one number per channel: scaled by one strength per pixel.
 *
 * @param x features, [N, H, W, C]
 * @param noise spatial [N, H, W, 1], [1, H, W, 1] or [H, W]; channel [N, 1, 1, C] or [1, 1, 1, C]
 * @param strength spatial: a number, a scalar or [C]; channel: [H, W]
 * @returns features, [N, H, W, C]
 * @throws Error when noise or strength do not fit x
 *
 * Source: Karras et al. 2019, section 2 and figure 1 (B); Karras et al. 2020a, appendix B (one strength per layer).
 */
export function addNoise(x: Tensor4D, noise: Tensor, strength: Tensor | number): Tensor4D {
  const [batch, h, w, channels] = x.shape;
  const map = noise.rank === 2 ? noise.shape : noise.shape.slice(1, 3);
  const samples = noise.rank === 4 ? noise.shape[0]! : 1;
  if (samples !== 1 && samples !== batch)
    throw new Error(`noise for ${samples} samples does not fit a batch of ${batch}`);
  const perPixel = typeof strength !== "number" && strength.rank === 2;
  if (perPixel) {
    expectShape("channel noise", noise, [null, 1, 1, channels]);
    expectShape("strength", strength, [h, w]);
  } else {
    if (map[0] !== h || map[1] !== w || (noise.rank === 4 && noise.shape[3] !== 1)) {
      throw new Error(`noise of shape [${noise.shape.join(", ")}] does not fit features of ${w}x${h} pixels`);
    }
    if (typeof strength !== "number" && strength.rank === 1) expectShape("strength", strength, [channels]);
  }
  return tf.tidy(() => {
    if (perPixel) return tf.add(x, tf.mul(tf.reshape(strength, [1, h, w, 1]), noise));
    const pixels = tf.reshape(noise, [samples, h, w, 1]);
    // one strength for all is applied to the small map, before it meets the channels
    if (typeof strength === "number" || strength.size === 1) {
      if (strength === 1) return tf.add(x, pixels);
      const scale = typeof strength === "number" ? strength : tf.reshape(strength, []);
      return tf.add(x, tf.mul(pixels, scale));
    }
    return tf.add(x, tf.mul(pixels, strength));
  });
}
