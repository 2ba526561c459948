import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";
import { conv2dResample, type Conv2dResampleOptions } from "./conv2dResample.js";
import { demodulationCoefficients } from "./demodulationCoefficients.js";

export interface ModulatedConv2dOptions extends Omit<Conv2dResampleOptions, "groups"> {
  /** Added behind the demodulation, the same for all channels: [N, H', W', 1], [1, H', W', 1] or [H', W']. */
  readonly noise?: Tensor4D | Tensor2D | null;
  /** Bring the output back to unit standard deviation. */
  readonly demodulate?: boolean;
  /** Modulate the weights, one kernel per sample, instead of the activations. */
  readonly fused?: boolean;
  /** Scale of the input that the demodulation does not see: a scalar, [I] or [N, I]. */
  readonly inputGain?: Scalar | Tensor1D | Tensor2D | null;
}

/**
 * StyleGAN2's convolution with modulated and demodulated weights.
 *
 * 1. Modulates: scales input channel i by the style, w' = s[i] * w.
 * 2. Demodulates: scales output channel o by d[o] = 1 / sqrt(sum of w'^2 + 1e-8).
 * 3. Convolves, with up- or downsampling.
 * 4. Adds the noise.
 *
 * Both scales are the same for all pixels, so they may be applied to the weights (`fused`) or to what goes in and
 * comes out (the other form, one convolution for the whole batch): the same numbers but for rounding.
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O]
 * @param styles scale per input channel, [N, I]
 * @returns features, [N, H', W', O]
 * @throws Error when the shapes do not fit
 *
 * Source: Karras et al. 2020a, section 2.2, equations 1 and 3, figure 2 (c) and (d).
 */
export function modulatedConv2d(
  x: Tensor4D,
  weight: Tensor4D,
  styles: Tensor2D,
  options: ModulatedConv2dOptions = {},
): Tensor4D {
  const { noise = null, demodulate = true, fused = false, inputGain = null, ...resample } = options;
  const [, , inputs, outputs] = weight.shape;
  const batch = x.shape[0];
  expectShape("x", x, [null, null, null, inputs]);
  expectShape("styles", styles, [batch, inputs]);
  return tf.tidy(() => {
    const coefficients = demodulate ? demodulationCoefficients(weight, styles) : null; // [N, O]
    const scale = inputGain === null ? styles : tf.mul<Tensor2D>(styles, inputGain);
    const y = fused
      ? convolveSamples(x, weight, scale, coefficients, resample)
      : scaleChannels(conv2dResample(scaleChannels(x, scale), weight, resample), coefficients);
    expectShape("the result", y, [batch, null, null, outputs]);
    return noise === null ? y : tf.add(y, noise.rank === 2 ? tf.expandDims(noise, 2) : noise);
  });
}

/** x[n, h, w, c] * scale[n, c]; null scales nothing. */
function scaleChannels(x: Tensor4D, scale: Tensor2D | null): Tensor4D {
  if (scale === null) return x;
  return tf.mul(x, tf.reshape(scale, [scale.shape[0], 1, 1, scale.shape[1]]));
}

/** One convolution per sample, with the sample's own kernel. */
function convolveSamples(
  x: Tensor4D,
  weight: Tensor4D,
  styles: Tensor2D,
  coefficients: Tensor2D | null,
  resample: Conv2dResampleOptions,
): Tensor4D {
  const [, h, w, inputs] = x.shape;
  const samples = Array.from({ length: x.shape[0] }, (_, n) => {
    let kernel: Tensor4D = tf.mul(
      weight,
      tf.reshape(tf.slice(styles, [n, 0], [1, inputs]), [1, 1, inputs, 1]),
    );
    if (coefficients !== null)
      kernel = tf.mul(kernel, tf.slice(coefficients, [n, 0], [1, coefficients.shape[1]]));
    const sample = x.shape[0] === 1 ? x : tf.slice(x, [n, 0, 0, 0], [1, h, w, inputs]);
    return conv2dResample(sample, kernel, resample);
  });
  return samples.length === 1 ? samples[0]! : tf.concat(samples, 0);
}
