import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { downsampleAverage } from "../ops/downsampleAverage.js";
import { upsampleNearest } from "../ops/upsampleNearest.js";

/**
 * Real pictures as the progressive discriminator is shown them: of full size, with the detail of the level of detail.
 *
 * 1. At a fractional lod, blends each picture with its own at half size, as the generator's are blended.
 * 2. Repeats pixels 2^floor(lod) times, up to full size.
 *
 * @param images at the resolution that is trained, [N, H, W, C]
 * @param lod level of detail
 * @returns pictures, [N, H * 2^floor(lod), W * 2^floor(lod), C]
 *
 * Source: Karras et al. 2018, section 2; genforce, runners/losses/logistic_gan_loss.py.
 */
export function fadeRealImages(images: Tensor4D, lod: number): Tensor4D {
  if (!(lod >= 0)) throw new RangeError(`lod must be at least 0, not ${lod}`);
  const whole = Math.floor(lod);
  return tf.tidy(() => {
    const fraction = lod - whole;
    let faded = images;
    if (fraction > 0) {
      const low = upsampleNearest(downsampleAverage(images));
      faded = tf.add(tf.mul(images, 1 - fraction), tf.mul(low, fraction));
    }
    return whole === 0 ? tf.clone(faded) : upsampleNearest(faded, 2 ** whole);
  });
}
