import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { biasAct, type BiasActOptions } from "./biasAct.js";
import { expectShape } from "./check.js";
import { kernels } from "./kernels.js";

export interface FullyConnectedOptions extends BiasActOptions {
  /** Learning-rate multiplier: weights are stored divided by it, so that one optimiser step moves them less. */
  readonly lrMultiplier?: number;
  /** Runtime scale of the weight; default lrMultiplier / sqrt(I). */
  readonly weightGain?: number;
  /** Runtime scale of the bias; default lrMultiplier. */
  readonly biasGain?: number;
}

/**
 * Fully-connected layer with an equalised learning rate: y = act(x (g_w W)^T + g_b b).
 *
 * 1. Scales the stored weight by `weightGain`, the stored bias by `biasGain`.
 * 2. Multiplies.
 * 3. Adds the bias and applies the activation with its gain (see {@link biasAct}).
 *
 * @param x features, [N, I]
 * @param weight stored weight, [O, I]
 * @param bias stored bias, [O], or null
 * @returns features, [N, O]
 * @throws Error when the shapes do not fit
 *
 * Source: Karras et al. 2018 ("Progressive growing"), section 4.1.
 */
export function fullyConnected(
  x: Tensor2D,
  weight: Tensor2D,
  bias: Tensor1D | null,
  options: FullyConnectedOptions = {},
): Tensor2D {
  const [outputs, inputs] = weight.shape;
  expectShape("x", x, [null, inputs]);
  if (bias !== null) expectShape("bias", bias, [outputs]);
  const {
    lrMultiplier = 1,
    weightGain = lrMultiplier / Math.sqrt(inputs),
    biasGain = lrMultiplier,
  } = options;
  const twin = kernels().fullyConnected?.(x, 0, weight, bias, options);
  if (twin) return twin;
  return tf.tidy(() => {
    const w = tf.mul(weight, weightGain); // [O, I]
    const b = bias === null ? null : biasGain === 1 ? bias : tf.mul<Tensor1D>(bias, biasGain); // [O]
    return biasAct(tf.matMul(x, w, false, true), b, options); // [N, O]
  });
}
