import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { pictureBytes } from "./picture.js";
import { assertMap, valuesOf } from "./readback.js";

/** A picture ready for a canvas. */
export interface PictureBytes {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bit. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** A signed map as a picture: grey is 0. */
export interface SignedPicture extends PictureBytes {
  /** Factor that the values were multiplied by before they were shown as a picture's. */
  readonly gain: number;
  /** Root mean square over pixels and colours; a picture's values run from -1 to 1. */
  readonly rms: number;
}

/** Values beyond the picture's range that are accepted when a gain is chosen, as a share of all. */
const BEYOND = 0.02;

export async function asPicture(x: Tensor4D): Promise<PictureBytes> {
  const [height, width] = assertMap(x);
  return { width, height, pixels: await pictureBytes(x) };
}

/**
 * What has to be added to one picture to get another.
 *
 * 1. Takes the difference d = to - from, and its root mean square in double precision.
 * 2. Multiplies d by the power of two that fills the range -1 .. 1 best, and shows it as a picture: grey is 0.
 *
 * @param from picture, [1, H, W, 3]; null counts as 0
 * @param to picture of the same size
 */
export async function differencePicture(from: Tensor4D | null, to: Tensor4D): Promise<SignedPicture> {
  const difference = from ? (tf.sub(to, from) as Tensor4D) : to.clone();
  try {
    const values = await valuesOf(difference);
    const gain = displayGain(values);
    const shown = tf.mul<Tensor4D>(difference, gain);
    try {
      return { ...(await asPicture(shown)), gain, rms: rootMeanSquare(values) };
    } finally {
      shown.dispose();
    }
  } finally {
    difference.dispose();
  }
}

/** In double precision; 0 for nothing. */
export function rootMeanSquare(values: Float32Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return values.length > 0 ? Math.sqrt(sum / values.length) : 0;
}

/**
 * The largest power of two, up to 2^10, by which values can be multiplied so that all but two percent of them lie
 * within -1 .. 1. Every stride-th of a large array is looked at.
 */
export function displayGain(values: ArrayLike<number>): number {
  const stride = Math.max(1, Math.floor(values.length / 30_000));
  const sizes: number[] = [];
  for (let i = 0; i < values.length; i += stride) sizes.push(Math.abs(values[i]!));
  sizes.sort((a, b) => a - b);
  const size = sizes[Math.ceil((1 - BEYOND) * (sizes.length - 1))] ?? 0;
  if (!(size > 2 ** -10)) return 2 ** 10;
  return 2 ** Math.floor(-Math.log2(size));
}
