/** Per-channel statistics over the pixels of one feature map; every array has C entries. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  /** Population standard deviation (divided by the number of pixels). */
  readonly std: Float32Array;
  readonly min: Float32Array;
  readonly max: Float32Array;
  /** max |x - mean| / std: how far the highest spike stands out of the channel's own spread; 0 where std is 0. */
  readonly peak: Float32Array;
}

/** Statistics of one channel. */
export interface ChannelMoments {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly peak: number;
}

/** The entry of one channel. @throws {RangeError} for a channel that the map does not have */
export function momentsOf(statistics: ChannelStatistics, channel: number): ChannelMoments {
  const { mean, std, min, max, peak } = statistics;
  if (!(Number.isInteger(channel) && channel >= 0 && channel < mean.length))
    throw new RangeError(`channel ${channel} is not among the map's ${mean.length}; choose one below that`);
  return {
    mean: mean[channel]!,
    std: std[channel]!,
    min: min[channel]!,
    max: max[channel]!,
    peak: peak[channel]!,
  };
}

/**
 * Gathers the statistics of a map that arrives in strips of pixels.
 *
 * 1. The first pixel of each channel is its shift K, so that squares stay small next to a large mean.
 * 2. Sums of (x - K) and (x - K)^2 and the extremes are kept in double precision.
 * 3. mean = K + S1/n, variance = S2/n - (S1/n)^2, peak = max(max - mean, mean - min) / std.
 *
 * A NaN makes its channel's mean and std NaN, and leaves its extremes to the other pixels.
 */
export class StatisticsAccumulator {
  readonly #channels: number;
  readonly #shift: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  #pixels = 0;

  constructor(channels: number) {
    this.#channels = channels;
    this.#shift = new Float64Array(channels);
    this.#sum = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
    this.#min = new Float64Array(channels).fill(Infinity);
    this.#max = new Float64Array(channels).fill(-Infinity);
  }

  /** Takes pixels in channels-last order: [pixels, C]. */
  add(values: Float32Array): void {
    const channels = this.#channels;
    const [shift, sum, squares, min, max] = [this.#shift, this.#sum, this.#squares, this.#min, this.#max];
    if (this.#pixels === 0) for (let c = 0; c < channels; c++) shift[c] = values[c] || 0;
    for (let i = 0; i < values.length; i += channels)
      for (let c = 0; c < channels; c++) {
        const x = values[i + c]!;
        const difference = x - shift[c]!;
        sum[c]! += difference;
        squares[c]! += difference * difference;
        if (x < min[c]!) min[c] = x;
        if (x > max[c]!) max[c] = x;
      }
    this.#pixels += values.length / channels;
  }

  finish(): ChannelStatistics {
    const n = this.#pixels;
    const mean = this.#sum.map((sum, c) => this.#shift[c]! + sum / n);
    const variance = this.#squares.map((squares, c) => Math.max(0, squares / n - (this.#sum[c]! / n) ** 2));
    return statisticsOf(mean, variance, this.#min, this.#max);
  }
}

/** Statistics from their raw parts. */
export function statisticsOf(
  mean: Float64Array,
  variance: Float64Array,
  min: ArrayLike<number>,
  max: ArrayLike<number>,
): ChannelStatistics {
  const std = variance.map(Math.sqrt);
  const peak = Float32Array.from(mean, (m, c) => {
    const reach = Math.max(max[c]! - m, m - min[c]!);
    return std[c] === 0 ? 0 : reach / std[c]!;
  });
  return {
    mean: Float32Array.from(mean),
    std: Float32Array.from(std),
    min: Float32Array.from(min),
    max: Float32Array.from(max),
    peak,
  };
}
