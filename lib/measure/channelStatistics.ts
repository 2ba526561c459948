import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { blockSide } from "./blocks.js";
import { assertMap, valuesOf } from "./readback.js";
import { type ChannelStatistics, StatisticsAccumulator, statisticsOf } from "./statistics.js";

/** Blocks a side that are read back. */
const BLOCKS = 32;

/**
 * Mean, standard deviation, extremes and peak of every channel of a feature map.
 *
 * 1. A small map is read back and summed in double precision.
 * 2. Of a larger one, means, mean squares about the channel's mean, and extremes are taken over square blocks by
 *    pooling, which is the fastest reduction of every back end; the blocks are read back and summed in double
 *    precision, so that a million pixels do not add up their rounding errors.
 *
 * @param x [1, H, W, C]; stays the caller's
 * @returns arrays of C entries, see {@link ChannelStatistics}
 * @throws {RangeError} for a batch other than 1
 */
export async function channelStatistics(x: Tensor4D): Promise<ChannelStatistics> {
  const [height, width, channels] = assertMap(x);
  const side = blockSide(height, width, BLOCKS);
  if (side === 1) {
    const accumulator = new StatisticsAccumulator(channels);
    accumulator.add(await valuesOf(x));
    return accumulator.finish();
  }
  const parts = tf.tidy(() => {
    const average = (y: Tensor4D): Tensor =>
      side === null ? tf.mean(y, [1, 2]) : tf.avgPool(y, side, side, "valid");
    const highest = (y: Tensor4D): Tensor =>
      side === null ? tf.max(y, [1, 2]) : tf.maxPool(y, side, side, "valid");
    const means = average(x);
    const mean = tf.reshape(tf.mean(tf.reshape(means, [-1, channels]), 0), [1, 1, 1, channels]);
    const squares = average(tf.squaredDifference(x, mean));
    // The extremes of -x and x, as pooling knows only the maximum.
    return [mean, means, squares, highest(x), highest(tf.neg(x))];
  });
  try {
    const [centre, means, squares, highs, lows] = await Promise.all(parts.map((part) => part.data()));
    const mean = averageOf(means!, channels);
    // Squares were taken about a rounded mean: the difference to ours is taken out again.
    const variance = averageOf(squares!, channels).map((v, c) =>
      Math.max(0, v - (mean[c]! - centre![c]!) ** 2),
    );
    const max = maximumOf(highs!, channels);
    const min = maximumOf(lows!, channels).map((v) => -v);
    return statisticsOf(mean, variance, min, max);
  } finally {
    tf.dispose(parts);
  }
}

function averageOf(values: ArrayLike<number>, channels: number): Float64Array {
  const sum = new Float64Array(channels);
  for (let i = 0; i < values.length; i++) sum[i % channels]! += values[i]!;
  return sum.map((s) => (s * channels) / values.length);
}

function maximumOf(values: ArrayLike<number>, channels: number): Float64Array {
  const max = new Float64Array(channels).fill(-Infinity);
  for (let i = 0; i < values.length; i++) if (values[i]! > max[i % channels]!) max[i % channels] = values[i]!;
  return max;
}
