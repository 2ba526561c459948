import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { factorPair, paddingSides } from "./check.js";
import { insertZeros, keepEvery, padOrCrop } from "./resampleGrid.js";
import type { Filter } from "./setupFilter.js";
import type { Upfirdn2dOptions } from "./upfirdn2d.js";

/**
 * {@link upfirdn2d} step by step as it is defined, the reference that the fast form is compared with. It multiplies
 * every inserted zero, and computes pixels that it then drops: with up = down = 4, fifteen of sixteen.
 *
 * 1. Upsamples by inserting `up - 1` zeros behind every pixel.
 * 2. Pads with zeros, or crops where the padding is negative.
 * 3. Adds up shifted copies of the image, one for each tap of the turned filter.
 * 4. Keeps every `down`-th pixel.
 *
 * @param filter FIR filter, [fh, fw], or [taps] for the outer product of the line with itself
 */
export function upfirdn2dReference(
  x: Tensor4D,
  filter: Filter,
  { up = 1, down = 1, padding = 0, flipFilter = false, gain = 1 }: Upfirdn2dOptions = {},
): Tensor4D {
  return tf.tidy(() => {
    const square = filter.rank === 1 ? tf.outerProduct(filter as Tensor1D, filter as Tensor1D) : filter;
    const taps = (flipFilter ? square : tf.reverse(square)).arraySync() as number[][];
    const padded = padOrCrop(insertZeros(x, ...factorPair("up", up)), paddingSides(padding));
    const [n, h, w, c] = padded.shape;
    const [height, width] = [h - taps.length + 1, w - taps[0]!.length + 1];
    let y: Tensor4D = tf.zeros([n, height, width, c]);
    for (const [a, row] of taps.entries()) {
      for (const [b, tap] of row.entries()) {
        const shifted = tf.slice(padded, [0, a, b, 0], [n, height, width, c]);
        y = tf.add(y, tf.mul(shifted, tap * gain));
      }
    }
    return keepEvery(y, ...factorPair("down", down));
  });
}
