import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";

/**
 * Blends the picture of a resolution that is being faded in with that of the one below it.
 *
 * 1. Takes the fractional part of lod: 0 shows the higher resolution alone; towards 1 the lower one.
 * 2. Interpolates: y = high + (low - high) * fraction.
 *
 * @param imageHigh picture of the new block, [N, H, W, C]
 * @param imageLowUpsampled picture of the block below, upsampled to the same size, [N, H, W, C]
 * @param lod level of detail; 0 is full resolution, each whole step halves it
 * @returns picture, [N, H, W, C]
 * @throws Error when lod is negative or the sizes differ
 *
 * Source: Karras et al. 2018, section 2, figure 2.
 */
export function lodBlend(imageHigh: Tensor4D, imageLowUpsampled: Tensor4D, lod: number): Tensor4D {
  expectShape("imageLowUpsampled", imageLowUpsampled, imageHigh.shape);
  if (!(lod >= 0 && Number.isFinite(lod)))
    throw new Error(`lod must be a finite number of at least 0, not ${lod}`);
  const fraction = lod - Math.floor(lod);
  if (fraction === 0) return tf.clone(imageHigh);
  return tf.tidy(() => tf.add(imageHigh, tf.mul(tf.sub(imageLowUpsampled, imageHigh), fraction)));
}
