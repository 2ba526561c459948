import type { Tensor4D } from "@tensorflow/tfjs-core";
import { factorPair, paddingSides } from "./check.js";
import { filterSize } from "./filter2d.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d, type Upfirdn2dOptions } from "./upfirdn2d.js";

/**
 * Upsamples images with a FIR filter: [N, H, W, C] -> [N, H * up, W * up, C], the old pixels' values kept in the mean.
 *
 * 1. Pads so that the filter is centred on the upsampled grid.
 * 2. Inserts zeros and filters, with the gain times up squared that the zeros took away.
 *
 * @param options up (default 2), padding beyond that which keeps the size, flipFilter, gain
 */
export function upsample2d(
  x: Tensor4D,
  filter: Filter | null,
  { up = 2, padding = 0, flipFilter = false, gain = 1 }: Omit<Upfirdn2dOptions, "down"> = {},
): Tensor4D {
  const [upX, upY] = factorPair("up", up);
  const [x0, x1, y0, y1] = paddingSides(padding);
  const [fw, fh] = filterSize(filter);
  return upfirdn2d(x, filter, {
    up: [upX, upY],
    padding: [
      x0 + Math.floor((fw + upX - 1) / 2),
      x1 + Math.floor((fw - upX) / 2),
      y0 + Math.floor((fh + upY - 1) / 2),
      y1 + Math.floor((fh - upY) / 2),
    ],
    flipFilter,
    gain: gain * upX * upY,
  });
}
