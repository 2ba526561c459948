export interface Histogram {
  /** bins + 1 edges, ascending. */
  readonly edges: Float32Array;
  readonly counts: Uint32Array;
}

/**
 * Counts values in equal bins between their smallest and their largest.
 *
 * 1. A value equal to the largest belongs to the last bin.
 * 2. When all values are equal, the bins span half a unit to each side.
 * 3. NaN and infinities are not counted.
 *
 * @param bins number of bins, at least 1
 * @throws {RangeError} for fewer than one bin
 */
export function histogram(values: Iterable<number>, bins = 64): Histogram {
  if (!(Number.isInteger(bins) && bins >= 1))
    throw new RangeError(`cannot count in ${bins} bins; ask for 1 or more`);
  let min = Infinity;
  let max = -Infinity;
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    if (x < min) min = x;
    if (x > max) max = x;
  }
  if (min > max) [min, max] = [0, 0];
  if (min === max) [min, max] = [min - 0.5, max + 0.5];
  const edges = Float32Array.from({ length: bins + 1 }, (_, i) => min + ((max - min) * i) / bins);
  const counts = new Uint32Array(bins);
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    counts[Math.min(bins - 1, Math.floor(((x - min) / (max - min)) * bins))]!++;
  }
  return { edges, counts };
}
