import type { Tensor4D } from "@tensorflow/tfjs-core";
import { paddingSides } from "./check.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d, type Upfirdn2dOptions } from "./upfirdn2d.js";

/**
 * Filters images and keeps their size: pads by half the filter on each side, then convolves.
 *
 * @param x images, [N, H, W, C]
 * @param filter FIR filter, [fh, fw] or [taps]
 * @param options padding beyond that which keeps the size, flipFilter, gain
 * @returns images, [N, H, W, C] for padding 0
 */
export function filter2d(
  x: Tensor4D,
  filter: Filter | null,
  { padding = 0, flipFilter = false, gain = 1 }: Omit<Upfirdn2dOptions, "up" | "down"> = {},
): Tensor4D {
  const [x0, x1, y0, y1] = paddingSides(padding);
  const [fw, fh] = filterSize(filter);
  return upfirdn2d(x, filter, {
    padding: [
      x0 + Math.floor(fw / 2),
      x1 + Math.floor((fw - 1) / 2),
      y0 + Math.floor(fh / 2),
      y1 + Math.floor((fh - 1) / 2),
    ],
    flipFilter,
    gain,
  });
}

/** Width and height of a filter in taps; null counts as one tap. */
export function filterSize(filter: Filter | null): [number, number] {
  if (filter === null) return [1, 1];
  return [filter.shape[filter.rank - 1]!, filter.shape[0]!];
}
