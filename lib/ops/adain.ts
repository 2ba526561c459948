import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";
import { instanceNorm } from "./instanceNorm.js";
import { kernels } from "./kernels.js";
import { styleModulate } from "./styleModulate.js";

/**
 * Adaptive instance normalisation: AdaIN(x, y) = y_s * (x - mean(x)) / std(x) + y_b.
 *
 * 1. Takes each channel's mean and standard deviation away (see {@link instanceNorm}).
 * 2. Puts the style's in their place (see {@link styleModulate}).
 *
 * @param x features, [N, H, W, C]
 * @param style the affine layer's output, [N, 2C]: y_s - 1, then y_b
 * @returns features, [N, H, W, C]
 *
 * Source: Huang and Belongie 2017; Karras et al. 2019, section 2, equation 1.
 */
export function adain(x: Tensor4D, style: Tensor2D, epsilon = 1e-8): Tensor4D {
  expectShape("style", style, [x.shape[0], 2 * x.shape[3]]);
  return (
    kernels().adain?.(x, style, epsilon) ?? tf.tidy(() => styleModulate(instanceNorm(x, epsilon), style))
  );
}
