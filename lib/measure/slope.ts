/**
 * Slope of the least-squares line through (asked, shown): 1 where contrast gets through, 0 where all pictures have the
 * same. Not a number where only one contrast is asked for.
 */
export function slopeOf(asked: Float32Array, shown: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(asked), mean(shown)];
  let [both, own] = [0, 0];
  asked.forEach((x, i) => {
    both += (x - a) * (shown[i]! - b);
    own += (x - a) ** 2;
  });
  return own < 1e-9 ? NaN : both / own;
}
