import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Filter } from "../ops/setupFilter.js";
import { upsample2d } from "../ops/upsample2d.js";
import { assertMap, valuesOf } from "./readback.js";

/** Averages over the pixels of one picture, for each colour. */
export interface PartMoments {
  /** Side of the RGB before it was enlarged. */
  readonly resolution: number;
  readonly mean: readonly number[];
  readonly square: readonly number[];
  /** Of the part times the picture. */
  readonly product: readonly number[];
}

/** What the parts of one picture are made of; averages of several pictures combine by averaging. */
export interface PictureMoments {
  readonly parts: readonly PartMoments[];
  readonly mean: readonly number[];
  readonly square: readonly number[];
  /** Largest |sum of the parts - picture| over pixels and colours. */
  readonly residual: number;
}

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
    parts.push({
      resolution: rgb.shape[2],
      mean: averages(values, colours),
      square: averages(values, colours, values),
      product: averages(values, colours, whole),
    });
  }
  let residual = 0;
  for (let i = 0; i < whole.length; i++) residual = Math.max(residual, Math.abs(sum[i]! - whole[i]!));
  return { parts, mean: averages(whole, colours), square: averages(whole, colours, whole), residual };
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

/** Of x, or of x times y, for each colour. */
function averages(x: Float32Array, colours: number, y?: Float32Array): number[] {
  const sums = new Array<number>(colours).fill(0);
  for (let i = 0; i < x.length; i += colours)
    for (let c = 0; c < colours; c++) sums[c]! += x[i + c]! * (y ? y[i + c]! : 1);
  return sums.map((total) => (total * colours) / x.length);
}

/** One resolution's share of the pictures of a skip generator. */
export interface Share {
  readonly resolution: number;
  /** Standard deviation over pixels and pictures, root mean square of the colours. */
  readonly std: number;
  /** std over the sum of all parts' std: what the paper plots. */
  readonly ofStd: number;
  /** Covariance with the picture over the picture's variance. These add up to 1, and may be negative. */
  readonly ofVariance: number;
}

/**
 * Each resolution's share of a set of pictures.
 *
 * 1. Averages the moments over the pictures, so that variances are over pixels and pictures together, about each
 *    colour's mean.
 * 2. std = sqrt(mean over colours of variance); ofStd = std / sum of std (Karras et al. 2020, figure 8).
 * 3. ofVariance = sum over colours of cov(part, picture) / sum over colours of var(picture).
 *
 * @throws {RangeError} for no picture, or pictures with different resolutions
 */
export function sharesOf(pictures: readonly PictureMoments[]): Share[] {
  const [first] = pictures;
  if (!first) throw new RangeError("shares need at least one picture");
  const over = (pick: (picture: PictureMoments) => readonly number[]): number[] =>
    first.mean.map((_, c) => pictures.reduce((sum, picture) => sum + pick(picture)[c]!, 0) / pictures.length);
  const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const mean = over((picture) => picture.mean);
  const whole = total(over((picture) => picture.square).map((square, c) => square - mean[c]! ** 2));
  const parts = first.parts.map(({ resolution }, i) => {
    if (pictures.some(({ parts: list }) => list[i]?.resolution !== resolution))
      throw new RangeError(
        `not every picture has a part of ${resolution} pixels; take pictures of one model`,
      );
    const own = over((picture) => picture.parts[i]!.mean);
    const square = over((picture) => picture.parts[i]!.square);
    const product = over((picture) => picture.parts[i]!.product);
    const variance = total(square.map((value, c) => Math.max(0, value - own[c]! ** 2))) / own.length;
    const covariance = total(product.map((value, c) => value - own[c]! * mean[c]!));
    return { resolution, std: Math.sqrt(variance), ofVariance: whole > 0 ? covariance / whole : 0 };
  });
  const sum = total(parts.map(({ std }) => std));
  return parts.map((part) => ({ ...part, ofStd: sum > 0 ? part.std / sum : 0 }));
}
