import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { biasAct } from "./biasAct.js";
import { paddingSides, type Padding } from "./check.js";
import { filterSize } from "./filter2d.js";
import { kernels } from "./kernels.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d } from "./upfirdn2d.js";

export interface FilteredLeakyReluOptions {
  readonly upFilter?: Filter | null;
  readonly downFilter?: Filter | null;
  readonly up?: number;
  readonly down?: number;
  /** Padding of the upsampled image; negative numbers crop. */
  readonly padding?: Padding;
  readonly gain?: number;
  /** Slope below zero. */
  readonly slope?: number;
  readonly clamp?: number | null;
  readonly flipFilter?: boolean;
  /** Numbers in the largest upsampled map made at once. */
  readonly largestMap?: number;
}

/** 64 MB, well below any GPU's limit for a buffer. */
const LARGEST_MAP = 2 ** 24;

/**
 * StyleGAN3's alias-free nonlinearity: the leaky ReLU at a higher sampling rate, between two low-pass filters.
 *
 * 1. Adds the bias.
 * 2. Upsamples with `upFilter` and gain up squared.
 * 3. Applies the leaky ReLU, the gain and the clamp.
 * 4. Filters with `downFilter` and downsamples: what frequencies the corner of the ReLU made above the new
 *    rate's limit are gone before they can alias.
 *
 * Large maps are treated in strips of rows, since the upsampled map of a layer of 1044 pixels would take more than a
 * gigabyte.
 *
 * @param x features, [N, H, W, C]
 * @param bias one number per channel, [C], or null
 * @returns features, [N, H', W', C]
 *
 * Source: Karras et al. 2021, section 2.1 (nonlinearities) and section 3.2 (filtered nonlinearities, configuration F).
 */
export function filteredLeakyRelu(
  x: Tensor4D,
  bias: Tensor1D | null,
  options: FilteredLeakyReluOptions = {},
): Tensor4D {
  const twin = kernels().filteredLeakyRelu?.(x, bias, options);
  if (twin) return twin;
  const { largestMap = LARGEST_MAP } = options;
  const strips = stripsOf(x.shape, options, largestMap);
  if (strips.length === 1) return ofWholeMap(x, bias, options);
  const [n, , w, c] = x.shape;
  return tf.tidy(() => {
    const parts = strips.map(({ from, rows, padding }) =>
      tf.tidy(() => ofWholeMap(tf.slice(x, [0, from, 0, 0], [n, rows, w, c]), bias, { ...options, padding })),
    );
    return tf.concat(parts, 1);
  });
}

function ofWholeMap(x: Tensor4D, bias: Tensor1D | null, options: FilteredLeakyReluOptions): Tensor4D {
  const { upFilter = null, downFilter = null, up = 1, down = 1, padding = 0, flipFilter = false } = options;
  const { gain = Math.SQRT2, slope = 0.2, clamp = null } = options;
  return tf.tidy(() => {
    const biased = biasAct(x, bias);
    // a positive gain may go before the leaky ReLU, and into the filter's taps
    const early = gain > 0 ? gain : 1;
    const fine = upfirdn2d(biased, upFilter, { up, padding, gain: up * up * early, flipFilter });
    const bent = biasAct(fine, null, { activation: "lrelu", alpha: slope, gain: gain / early, clamp });
    return upfirdn2d(bent, downFilter, { down, flipFilter });
  });
}

/** Rows of the image, and their padding, that make some rows of the result. */
interface Strip {
  readonly from: number;
  readonly rows: number;
  readonly padding: readonly [number, number, number, number];
}

/** Divides the result into strips whose upsampled map has at most `largestMap` numbers, or one row of results. */
function stripsOf(
  [n, h, w, c]: readonly [number, number, number, number],
  { upFilter = null, downFilter = null, up = 1, down = 1, padding = 0 }: FilteredLeakyReluOptions,
  largestMap: number,
): Strip[] {
  const [x0, x1, y0, y1] = paddingSides(padding);
  const [upW, upH] = filterSize(upFilter);
  const [, downH] = filterSize(downFilter);
  const fineRow = n * (w * up + x0 + x1 - upW + 1) * c; // numbers
  const rows = Math.floor((h * up + y0 + y1 - upH + 1 - downH) / down) + 1;
  const atOnce = Math.max(Math.floor((largestMap / fineRow - downH) / down) + 1, 1);
  if (rows <= atOnce) return [{ from: 0, rows: h, padding: [x0, x1, y0, y1] }];
  const strips: Strip[] = [];
  for (let row = 0; row < rows; row += atOnce) {
    const count = Math.min(atOnce, rows - row);
    // from the row `row * down` of the upsampled map on, `fine` of them; then the rows of the image behind these
    const [above, fine] = [row * down - y0, (count - 1) * down + downH];
    const from = Math.min(Math.max(Math.floor(above / up), 0), h - 1);
    const to = Math.max(Math.min(Math.ceil((above + fine + upH - 1) / up), h), from + 1);
    const top = from * up - above;
    strips.push({
      from,
      rows: to - from,
      padding: [x0, x1, top, fine + upH - 1 - (to - from) * up - top],
    });
  }
  return strips;
}
