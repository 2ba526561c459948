import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { conv2d } from "../ops/conv2d.js";
import { channelStatistics } from "./channelStatistics.js";
import { assertMap, valuesOf } from "./readback.js";
import type { ChannelStatistics } from "./statistics.js";

/** The spike of a feature map, or what comes closest to one. */
export interface Droplet {
  /** max over pixels p of sqrt(mean over channels c of ((x[p, c] - mean[c]) / std[c])^2). */
  readonly score: number;
  /** Centre of that pixel, in parts of the map's sides from its upper left corner. */
  readonly place: readonly [x: number, y: number];
  /** The quantity that the score is the largest of, for every pixel, row by row, [H, W]. */
  readonly deviation: Float32Array;
  readonly statistics: ChannelStatistics;
}

/**
 * The droplet score of a feature map: how far its most conspicuous pixel lies out, measured in each channel by the
 * channel's own spread.
 *
 * 1. d[p, c] = (x[p, c] - mean[c]) / std[c], with mean and standard deviation over the pixels of each channel.
 * 2. deviation[p] = sqrt(mean over c of d[p, c]^2). Its mean square over the pixels is 1, whatever the map is.
 * 3. The score is its largest value: between 1 and sqrt(H W - 1), which one pixel reaches that differs in every channel
 *    while all others are equal.
 *
 * A scale and a shift for each channel cancel in step 1, so the score is the same before and after AdaIN. Channels that
 * are constant do not count; a map of such channels alone has score 0.
 *
 * @param x [1, H, W, C]; stays the caller's
 * @throws {RangeError} for a batch other than 1
 */
export async function dropletOf(x: Tensor4D): Promise<Droplet> {
  const [height, width] = assertMap(x);
  const statistics = await channelStatistics(x);
  const spread = tf.tidy(() => deviations(x, statistics));
  try {
    const deviation = await valuesOf(spread);
    let [score, at] = [0, 0];
    for (let p = 0; p < deviation.length; p++)
      if (deviation[p]! > score) {
        score = deviation[p]!;
        at = p;
      }
    const place = [((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height] as const;
    return { score, place, deviation, statistics };
  } finally {
    spread.dispose();
  }
}

/** Step 2, [1, H, W, 1]. The sum over channels is a 1x1 convolution, the fastest of the back ends' sums over channels. */
function deviations(x: Tensor4D, { mean, std }: ChannelStatistics): Tensor4D {
  const channels = mean.length;
  const varying = std.filter((value) => value > 0).length;
  const weights = std.map((value) => (value > 0 ? 1 / (value * value * varying) : 0));
  const centred = tf.sub<Tensor4D>(x, tf.tensor1d(mean) as Tensor1D);
  const sum = conv2d(tf.square(centred), tf.tensor4d(weights, [1, 1, channels, 1]));
  return tf.sqrt(sum);
}

/** Sides of the grid of pixels that strengths are taken from. */
const GRID = 32;
/** Standard deviation of a normal distribution whose median absolute deviation is 1. */
const NORMAL = 1.4826;

/**
 * Signal strength of each channel away from spikes: 1.4826 times the median of |x - median|, which is the standard
 * deviation for normal numbers, and which no spike can change that covers less than half of the map.
 *
 * 1. Takes every n-th pixel each way, so that 32 x 32 are left or all of a smaller map.
 * 2. Takes both medians in double precision.
 *
 * @param x [1, H, W, C]; stays the caller's
 * @returns C numbers
 */
export async function signalStrengths(x: Tensor4D): Promise<Float32Array> {
  const [height, width, channels] = assertMap(x);
  const stride = Math.max(1, Math.floor(Math.min(height, width) / GRID));
  const offset = stride >> 1;
  const grid = tf.tidy(() =>
    stride === 1
      ? x.clone()
      : tf.stridedSlice(x, [0, offset, offset, 0], [1, height, width, channels], [1, stride, stride, 1]),
  );
  try {
    const values = await valuesOf(grid);
    const pixels = values.length / channels;
    const one = new Float64Array(pixels);
    return Float32Array.from({ length: channels }, (_, c) => {
      for (let p = 0; p < pixels; p++) one[p] = values[p * channels + c]!;
      const middle = median(one);
      for (let p = 0; p < pixels; p++) one[p] = Math.abs(values[p * channels + c]! - middle);
      return NORMAL * median(one);
    });
  } finally {
    grid.dispose();
  }
}

/** The middle of some numbers; for an even count the mean of the two in the middle. Sorts them. */
export function median(values: Float64Array): number {
  values.sort();
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
}

/**
 * Shrinks a map so that no spike is lost: each pixel of the result is the largest of those it stands for.
 *
 * @param values [H, W], row by row
 * @param size sides of the result; a smaller map keeps its own
 */
export function shrunkByMaximum(
  values: Float32Array,
  height: number,
  width: number,
  size: number,
): { readonly width: number; readonly height: number; readonly values: Float32Array } {
  const [rows, columns] = [Math.min(size, height), Math.min(size, width)];
  const out = new Float32Array(rows * columns).fill(-Infinity);
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      const at = Math.floor((i * rows) / height) * columns + Math.floor((j * columns) / width);
      if (values[i * width + j]! > out[at]!) out[at] = values[i * width + j]!;
    }
  return { width: columns, height: rows, values: out };
}
