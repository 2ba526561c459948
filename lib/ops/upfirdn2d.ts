import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape, factorPair, paddingSides, type Padding } from "./check.js";
import { correlateChannels } from "./correlateChannels.js";
import { insertZeros, keepEvery, padOrCrop } from "./resampleGrid.js";
import type { Filter } from "./setupFilter.js";

export interface Upfirdn2dOptions {
  /** Factor of upsampling, one number or [x, y]. */
  readonly up?: number | readonly [number, number];
  /** Factor of downsampling, one number or [x, y]. */
  readonly down?: number | readonly [number, number];
  /** Padding of the upsampled image: p, [x, y] or [x0, x1, y0, y1]; negative numbers crop. */
  readonly padding?: Padding;
  /** Correlate instead of convolving. */
  readonly flipFilter?: boolean;
  /** Gain of the whole operation. */
  readonly gain?: number;
}

/**
 * Pads, upsamples, filters and downsamples images.
 *
 * 1. Upsamples by inserting `up - 1` zeros behind every pixel.
 * 2. Pads with zeros, or crops where the padding is negative.
 * 3. Convolves every channel with the filter times the gain; a 1-D filter first along the columns, then along
 *    the rows, with sqrt(gain) each.
 * 4. Keeps every `down`-th pixel.
 *
 * The gradient with respect to x is the same operation with `up` and `down` exchanged and the filter turned, so
 * that derivatives of any order exist; the filter is taken as a constant.
 *
 * @param x images, [N, H, W, C]
 * @param filter FIR filter, [fh, fw] or [taps]; null changes nothing
 * @returns images, [N, H', W', C] with W' = floor((W * upX + x0 + x1 - fw) / downX) + 1
 * @throws Error when the padded image is smaller than the filter
 *
 * Source: Karras et al. 2021 ("Alias-free"), appendix C.
 */
export function upfirdn2d(x: Tensor4D, filter: Filter | null, options: Upfirdn2dOptions = {}): Tensor4D {
  expectShape("x", x, [null, null, null, null]);
  if (filter !== null && (filter.rank < 1 || filter.rank > 2)) {
    throw new Error(`a filter has one or two axes, not ${(filter as tf.Tensor).rank}`);
  }
  const [upX, upY] = factorPair("up", options.up ?? 1);
  const [downX, downY] = factorPair("down", options.down ?? 1);
  const padding = paddingSides(options.padding ?? 0);
  const { flipFilter = false, gain = 1 } = options;
  const [fh, fw] =
    filter === null
      ? [1, 1]
      : filter.rank === 1
        ? [filter.size, filter.size]
        : (filter.shape as [number, number]);
  const [x0, x1, y0, y1] = padding;
  const [, h, w] = x.shape;
  if (w * upX + x0 + x1 < fw || h * upY + y0 + y1 < fh) {
    throw new Error(
      `a ${fw}x${fh} filter does not fit the padded image of ${w * upX + x0 + x1}x${h * upY + y0 + y1} pixels`,
    );
  }

  const run = tf.customGrad((image, save) => {
    // kept for the gradient: the caller may dispose the filter before
    (save as (tensors: tf.Tensor[]) => void)(filter === null ? [] : [filter]);
    const value = forward(image as Tensor4D, filter, [upX, upY], [downX, downY], padding, flipFilter, gain);
    const [, outH, outW] = value.shape;
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      upfirdn2d(dy as Tensor4D, (saved[0] as Filter | undefined) ?? null, {
        up: [downX, downY],
        down: [upX, upY],
        padding: [
          fw - x0 - 1,
          w * upX - outW * downX + x0 - upX + 1,
          fh - y0 - 1,
          h * upY - outH * downY + y0 - upY + 1,
        ],
        flipFilter: !flipFilter,
        gain,
      });
    return { value, gradFunc };
  });
  return run(x) as Tensor4D;
}

function forward(
  x: Tensor4D,
  filter: Filter | null,
  [upX, upY]: [number, number],
  [downX, downY]: [number, number],
  padding: [number, number, number, number],
  flipFilter: boolean,
  gain: number,
): Tensor4D {
  return tf.tidy(() => {
    let y = insertZeros(x, upX, upY);
    if (filter === null) {
      y = keepEvery(padOrCrop(y, padding), downX, downY);
      return gain === 1 ? y : tf.mul(y, gain);
    }
    const kernel = flipFilter ? filter : tf.reverse(filter); // a convolution is a correlation with the turned kernel
    if (kernel.rank === 2) {
      const [fh, fw] = kernel.shape as [number, number];
      return correlateChannels(y, tf.reshape(tf.mul(kernel, gain), [fh, fw, 1, 1]), [downX, downY], padding);
    }
    const line = tf.mul(kernel, Math.sqrt(gain));
    const [x0, x1, y0, y1] = padding;
    y = correlateChannels(y, tf.reshape(line, [1, line.size, 1, 1]), [downX, 1], [x0, x1, 0, 0]);
    return correlateChannels(y, tf.reshape(line, [line.size, 1, 1, 1]), [1, downY], [0, 0, y0, y1]);
  });
}
