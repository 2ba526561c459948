/**
 * Modified Bessel function of the first kind of order 0: the sum of ((x / 2)^k / k!)^2.
 *
 * Every term is positive, so the series is exact to rounding; it stops where a term no longer counts.
 */
export function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * Number.EPSILON; ++k) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Bessel function of the first kind of order 1: the mean of cos(t - x sin t) over one turn.
 *
 * The integrand is periodic and smooth, so that equally spaced points converge faster than any power: some thirty
 * more of them than |x| give all digits of a double.
 */
export function besselJ1(x: number): number {
  const points = Math.ceil(Math.abs(x)) + 40;
  let sum = 0;
  for (let i = 0; i < points; ++i) {
    const t = (2 * Math.PI * i) / points;
    sum += Math.cos(t - x * Math.sin(t));
  }
  return sum / points;
}
