/**
 * Largest difference of two arrays of the same length, relative to the largest magnitude of the expected one (absolute
 * where all of it is zero). Infinity where a value is not a number or the lengths differ.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    if (Number.isNaN(error)) return Infinity;
    worst = Math.max(worst, error);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return worst / (largest || 1);
}
