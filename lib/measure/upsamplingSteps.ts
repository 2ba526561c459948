import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { insertZeros, padOrCrop } from "../ops/resampleGrid.js";
import { setupFilter } from "../ops/setupFilter.js";
import { upsample2d } from "../ops/upsample2d.js";
import { assertMap, valuesOf } from "./readback.js";

/** A grid of numbers, row by row. */
export interface NumberGrid {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** `upsample2d` by two, taken apart. */
export interface UpsamplingSteps {
  readonly input: NumberGrid;
  /** Three zeros behind every value: one to its right, two below. */
  readonly inserted: NumberGrid;
  readonly padded: NumberGrid;
  /** [left, right, top, bottom] */
  readonly padding: readonly [number, number, number, number];
  /** The filter as it lies on the padded grid: turned by 180 degrees and times 4. */
  readonly kernel: NumberGrid;
  readonly output: NumberGrid;
}

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

/** One product of an output pixel: a value of the padded grid times the kernel's entry that lies on it. */
export interface Product {
  /** Place on the padded grid. */
  readonly x: number;
  readonly y: number;
  readonly value: number;
  readonly weight: number;
  readonly product: number;
  /** What the value is: one of the input's, an inserted zero, or padding. */
  readonly kind: "input" | "inserted" | "padding";
}

/** The products that one output pixel is the sum of, row by row. @throws {RangeError} outside the output */
export function productsAt(steps: UpsamplingSteps, x: number, y: number): Product[] {
  const { padded, kernel, padding, inserted, output } = steps;
  if (!(x >= 0 && y >= 0 && x < output.width && y < output.height))
    throw new RangeError(`pixel ${x}, ${y} is outside the output of ${output.width} x ${output.height}`);
  return Array.from(kernel.values, (weight, i) => {
    const [px, py] = [x + (i % kernel.width), y + Math.floor(i / kernel.width)];
    const value = padded.values[py * padded.width + px]!;
    const [ix, iy] = [px - padding[0], py - padding[2]];
    const outside = ix < 0 || iy < 0 || ix >= inserted.width || iy >= inserted.height;
    const kind = outside ? "padding" : ix % 2 === 0 && iy % 2 === 0 ? "input" : "inserted";
    return { x: px, y: py, value, weight, product: value * weight, kind };
  });
}
