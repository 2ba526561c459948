import type { Tensor4D } from "@tensorflow/tfjs-core";
import { factorPair, paddingSides } from "./check.js";
import { filterSize } from "./filter2d.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d, type Upfirdn2dOptions } from "./upfirdn2d.js";

/**
 * Filters images and keeps every `down`-th pixel: [N, H, W, C] -> [N, H / down, W / down, C].
 *
 * @param options down (default 2), padding beyond that which keeps the picture in place, flipFilter, gain
 */
export function downsample2d(
  x: Tensor4D,
  filter: Filter | null,
  { down = 2, padding = 0, flipFilter = false, gain = 1 }: Omit<Upfirdn2dOptions, "up"> = {},
): Tensor4D {
  const [downX, downY] = factorPair("down", down);
  const [x0, x1, y0, y1] = paddingSides(padding);
  const [fw, fh] = filterSize(filter);
  return upfirdn2d(x, filter, {
    down: [downX, downY],
    padding: [
      x0 + Math.floor((fw - downX + 1) / 2),
      x1 + Math.floor((fw - downX) / 2),
      y0 + Math.floor((fh - downY + 1) / 2),
      y1 + Math.floor((fh - downY) / 2),
    ],
    flipFilter,
    gain,
  });
}
