import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Taylor coefficients of sin(x) / x in x^2, up to x^16: at x = pi what is left out is 2e-8. */
const COEFFICIENTS = Array.from({ length: 9 }, (_, k) => {
  let factorial = 1;
  for (let i = 2; i <= 2 * k + 1; i++) factorial *= i;
  return (k % 2 ? -1 : 1) / factorial;
});

/**
 * sin(2 pi t), to the precision of float32 on every back end: a graphics device's own sine may be off by 2^-11.
 *
 * 1. Takes whole turns away, which leaves -1/2 .. 1/2.
 * 2. Evaluates the Taylor series, innermost term first.
 *
 * @param turns angle in whole turns, any shape
 * @returns sines, of the shape of turns
 *
 * Source: WGSL specification, section 15.7.4.1 (accuracy of `sin`); Abramowitz and Stegun, 4.3.65 (the series).
 */
export function sineOfTurns<T extends Tensor>(turns: T): T {
  return tf.tidy(() => {
    const x = tf.mul(tf.sub(turns, tf.round(turns)), 2 * Math.PI);
    const square = tf.square(x);
    const series = COEFFICIENTS.reduceRight<Tensor | null>(
      (sum, coefficient) =>
        sum === null ? tf.fill(square.shape, coefficient) : tf.add(tf.mul(sum, square), coefficient),
      null,
    )!;
    return tf.mul(x, series) as T;
  });
}
