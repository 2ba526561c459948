/**
 * The path length of a pulled-back direction: the root of the mean, over the rows of w+, of each row's squared length.
 *
 * @param rows lengths of the rows
 *
 * Source: Karras et al. 2020a, section 3.2 and appendix B; the official code averages over the rows.
 */
export function pathLengthOf(rows: Float32Array | readonly number[]): number {
  let sum = 0;
  for (const length of rows) sum += length ** 2;
  return Math.sqrt(sum / rows.length);
}

/** Lengths of the rows of a matrix, [L, D] in row order. */
export function rowLengths(values: ArrayLike<number>, width: number): Float32Array {
  const rows = new Float32Array(values.length / width);
  for (let row = 0; row < rows.length; row++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += values[row * width + i]! ** 2;
    rows[row] = Math.sqrt(sum);
  }
  return rows;
}

/** The moving mean of path lengths after each of them, from a start of 0 as in training: a += decay * (length - a). */
export function movingMeans(lengths: readonly number[], decay: number, start = 0): number[] {
  let mean = start;
  return lengths.map((length) => (mean += decay * (length - mean)));
}

export interface MeanEstimate {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of the values, with n - 1. */
  readonly std: number;
  /** Standard error of the mean, std / sqrt(n): the mean is within two of these of the true one in about 95 % of cases. */
  readonly standardError: number;
}

/** The mean of a sample, and how sure it is. NaN where there are too few values. */
export function estimateMean(values: readonly number[]): MeanEstimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const std = Math.sqrt(squares / (count - 1));
  return { count, mean, std, standardError: std / Math.sqrt(count) };
}
