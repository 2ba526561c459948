import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";
import { derive } from "./derived.js";
import { kernels } from "./kernels.js";

/**
 * Weight demodulation: the factor per output channel that brings the modulated weight back to unit norm,
 * d[n, o] = 1 / sqrt(sum over a, b, i of (s[n, i] * w[a, b, i, o])^2 + epsilon).
 *
 * 1. Sums the squared weight over the taps of the kernel.
 * 2. Sums over the input channels, each times the squared style: a matrix product.
 * 3. Takes the reciprocal square root.
 *
 * @param weight kernel, [kh, kw, I, O]
 * @param styles scale per input channel, [N, I]
 * @returns coefficients, [N, O]
 * @throws Error when the channels differ
 *
 * Source: Karras et al. 2020a, section 2.2, equation 3.
 */
export function demodulationCoefficients(weight: Tensor4D, styles: Tensor2D, epsilon = 1e-8): Tensor2D {
  expectShape("styles", styles, [null, weight.shape[2]]);
  return tf.tidy(() => {
    const energy = weightEnergy(weight);
    return tf.rsqrt(tf.add(tf.matMul(tf.square(styles), energy), epsilon)) as Tensor2D; // [N, O]
  });
}

/** A kernel's squares, summed over its taps: [kh, kw, I, O] to [I, O]. Kept for a remembered weight. */
export function weightEnergy(weight: Tensor4D): Tensor2D {
  return derive(
    weight,
    "energy",
    () => kernels().weightEnergy?.(weight) ?? tf.tidy(() => tf.sum(tf.square(weight), [0, 1]) as Tensor2D),
  );
}
