import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape, type Padding } from "./check.js";
import { modulatedConv2d } from "./modulatedConv2d.js";

export interface ModulatedConv2dSG3Options {
  /** Normalise weights and styles before the modulation and demodulate behind it. */
  readonly demodulate?: boolean;
  readonly padding?: Padding;
  /** Scale of the input, 1 / sqrt(moving average of its squares): a scalar, [I] or [N, I]. */
  readonly inputGain?: Scalar | Tensor1D | Tensor2D | null;
  /** Modulate the weights, one kernel per sample, instead of the activations. */
  readonly fused?: boolean;
}

/**
 * StyleGAN3's modulated convolution.
 *
 * 1. Normalises the weight of each output channel and the styles of the whole batch to root mean square 1.
 * 2. Modulates and demodulates as StyleGAN2 does.
 * 3. Scales the input by the gain that its running magnitude asks for. The demodulation does not see this gain.
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O]
 * @param styles scale per input channel, [N, I]
 * @returns features, [N, H', W', O]
 * @throws Error when the shapes do not fit
 *
 * Source: Karras et al. 2021 ("Alias-free"), section 3.1 and appendix F.1 (the running magnitude); step 1 is that of the
 * official code, `training/networks_stylegan3.py`.
 */
export function modulatedConv2dSG3(
  x: Tensor4D,
  weight: Tensor4D,
  styles: Tensor2D,
  { demodulate = true, padding = 0, inputGain = null, fused = false }: ModulatedConv2dSG3Options = {},
): Tensor4D {
  const [, , inputs] = weight.shape;
  expectShape("styles", styles, [x.shape[0], inputs]);
  if (inputGain !== null) {
    const shapes = [[], [inputs], [x.shape[0], inputs]];
    expectShape("inputGain", inputGain, shapes[Math.min(inputGain.rank, 2)]!);
  }
  return tf.tidy(() => {
    let [w, s] = [weight, styles];
    if (demodulate) {
      w = tf.mul(w, tf.rsqrt(tf.mean(tf.square(w), [0, 1, 2], true)));
      s = tf.mul(s, tf.rsqrt(tf.mean(tf.square(s))));
    }
    return modulatedConv2d(x, w, s, { demodulate, padding, fused, inputGain });
  });
}
