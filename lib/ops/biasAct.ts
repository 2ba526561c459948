import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import { activation as lookUp, type ActivationName } from "./activations.js";
import { clampMagnitude } from "./clampMagnitude.js";
import { expectShape } from "./check.js";

export interface BiasActOptions {
  readonly activation?: ActivationName;
  /** Parameter of the activation; default: that of the table. */
  readonly alpha?: number;
  /** Gain behind the activation; default: that of the table. */
  readonly gain?: number;
  /** Limits the result to [-clamp, clamp]; default: no limit. */
  readonly clamp?: number | null;
}

/**
 * Bias, activation, gain and clamp: y = clamp(gain * act(x + b)).
 *
 * 1. Adds the bias to each channel.
 * 2. Applies the activation.
 * 3. Multiplies by the gain.
 * 4. Limits the result to [-clamp, clamp].
 *
 * @param x features, [N, C] or [N, H, W, C]; channels last
 * @param bias one number per channel, [C], or null
 * @returns features, of the shape of x
 * @throws Error when the bias is not [C], the activation is unknown, or the clamp is negative
 */
export function biasAct<T extends Tensor>(x: T, bias: Tensor1D | null, options: BiasActOptions = {}): T {
  const { activation = "linear", clamp = null } = options;
  const { apply, ...defaults } = lookUp(activation);
  const alpha = options.alpha ?? defaults.alpha;
  const gain = options.gain ?? defaults.gain;
  if (bias !== null) expectShape("bias", bias, [x.shape[x.rank - 1]!]);
  if (clamp !== null && !(clamp >= 0)) throw new Error(`clamp must be at least 0, not ${clamp}`);
  return tf.tidy(() => {
    let y: T = bias === null ? x : tf.add(x, bias);
    y = apply(y, alpha);
    if (gain !== 1) y = tf.mul(y, gain);
    if (clamp !== null) y = clampMagnitude(y, clamp);
    return y;
  });
}
