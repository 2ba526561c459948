import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Filter } from "../ops/setupFilter.js";
import { upsample2d } from "../ops/upsample2d.js";
import type { PartMoments, PictureMoments } from "./contributionShares.js";
import { assertMap, valuesOf } from "./readback.js";

/**
 * The moments of each resolution's part of a skip generator's picture.
 *
 * 1. Enlarges each RGB to the picture's size, by the network's own filter, one doubling after the other. As
 *    filtering is linear, the parts add up to the picture.
 * 2. Averages x, x^2 and x y over the pixels, in double precision; y is the picture.
 * 3. Adds the parts up and compares the sum with the picture.
 *
 * @param rgbs the toRGB outputs, [1, R, R, C], lowest resolution first; they stay the caller's
 * @param picture [1, H, W, C]; stays the caller's
 * @param filter the network's resampling filter
 *
 * Source: Karras et al. 2020, section 4.2.
 */
export async function contributionMoments(
  rgbs: readonly Tensor4D[],
  picture: Tensor4D,
  filter: Filter,
): Promise<PictureMoments> {
  const [, width, colours] = assertMap(picture);
  const whole = await valuesOf(picture);
  const sum = new Float64Array(whole.length);
  const parts: PartMoments[] = [];
  for (const rgb of rgbs) {
    const enlarged = enlarge(rgb, width, filter);
    const values = await valuesOf(enlarged);
    enlarged.dispose();
    for (let i = 0; i < values.length; i++) sum[i]! += values[i]!;
    parts.push({ resolution: rgb.shape[2], ...averages(values, whole, colours) });
  }
  let residual = 0;
  for (let i = 0; i < whole.length; i++) residual = Math.max(residual, Math.abs(sum[i]! - whole[i]!));
  const { mean, square } = averages(whole, whole, colours);
  return { parts, mean, square, residual };
}

/** Doubles a picture until it has a width. */
function enlarge(rgb: Tensor4D, width: number, filter: Filter): Tensor4D {
  let x = rgb.clone();
  while (x.shape[2] < width) {
    const next = upsample2d(x, filter);
    x.dispose();
    x = next;
  }
  return x;
}

/** Of x, x^2 and x y for each colour, in one walk. */
function averages(x: Float32Array, y: Float32Array, colours: number): Omit<PartMoments, "resolution"> {
  const [sums, squares, products] = [0, 0, 0].map(() => new Float64Array(colours)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < x.length; i += colours)
    for (let c = 0; c < colours; c++) {
      const value = x[i + c]!;
      sums[c]! += value;
      squares[c]! += value * value;
      products[c]! += value * y[i + c]!;
    }
  const average = (totals: Float64Array) => Array.from(totals, (total) => (total * colours) / x.length);
  return { mean: average(sums), square: average(squares), product: average(products) };
}
