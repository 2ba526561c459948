import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { insertZeros, padOrCrop } from "../ops/resampleGrid.js";
import { setupFilter } from "../ops/setupFilter.js";
import { upsample2d } from "../ops/upsample2d.js";
import { assertMap, valuesOf } from "./readback.js";
import type { NumberGrid, UpsamplingSteps } from "./upsamplingProducts.js";

/** Larger maps make grids that nobody can read. */
const MOST = 64;

/**
 * Upsamples one channel by two and keeps every step.
 *
 * 1. Inserts zeros: `insertZeros`.
 * 2. Pads so that the filter is centred: `padOrCrop`, with the sides that `upsample2d` takes.
 * 3. Filters: the output is that of `upsample2d` on the input, not put together from the steps.
 *
 * @param x one channel, [1, H, W, 1], at most 64 pixels a side; stays the caller's
 * @param taps of the separable filter, such as [1, 3, 3, 1]
 * @throws {RangeError} for a larger map
 */
export async function upsamplingSteps(x: Tensor4D, taps: readonly number[]): Promise<UpsamplingSteps> {
  const [height, width, channels] = assertMap(x);
  if (channels !== 1 || width > MOST || height > MOST)
    throw new RangeError(
      `upsampling is taken apart for one channel of at most ${MOST} pixels a side, not ${width} x ${height} x ${channels}`,
    );
  const count = taps.length;
  const [before, after] = [Math.floor((count + 1) / 2), Math.floor((count - 2) / 2)];
  const padding = [before, after, before, after] as const;
  const filter = setupFilter(taps, { separable: false }) as Tensor2D;
  const inserted = insertZeros(x, 2, 2);
  const padded = padOrCrop(inserted, padding);
  const kernel = tf.tidy(() => tf.mul(tf.reverse(filter), 4));
  const output = upsample2d(x, filter);
  const grid = async (tensor: tf.Tensor, rows: number, columns: number): Promise<NumberGrid> => ({
    width: columns,
    height: rows,
    values: await valuesOf(tensor),
  });
  try {
    return {
      input: await grid(x, height, width),
      inserted: await grid(inserted, inserted.shape[1], inserted.shape[2]),
      padded: await grid(padded, padded.shape[1], padded.shape[2]),
      padding,
      kernel: await grid(kernel, count, count),
      output: await grid(output, output.shape[1], output.shape[2]),
    };
  } finally {
    tf.dispose([filter, inserted, padded, kernel, output]);
  }
}
