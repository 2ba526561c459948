import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorMap } from "../networks/trainable.js";

export interface AdamOptions {
  readonly learningRate: number;
  /** Decay of the running mean of gradients; 0 in StyleGAN. */
  readonly beta1?: number;
  /** Decay of the running mean of squared gradients. */
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Running means of gradients and of their squares, by parameter, and the number of steps taken. */
export interface AdamState {
  readonly step: number;
  readonly means: TensorMap;
  readonly squares: TensorMap;
}

/** The state before the first step. */
export function adamState(parameters: TensorMap): AdamState {
  const zeros = () => new Map([...parameters].map(([name, tensor]) => [name, tf.zerosLike(tensor)]));
  return { step: 0, means: zeros(), squares: zeros() };
}

/**
 * One step of Adam.
 *
 * 1. m <- beta1 m + (1 - beta1) g and v <- beta2 v + (1 - beta2) g^2.
 * 2. theta <- theta - rate * m / (sqrt(v) + epsilon), with rate = learningRate * sqrt(1 - beta2^t) / (1 - beta1^t):
 *    the means began at zero, and this takes the bias out again.
 *
 * @returns new parameters and a new state, which are the caller's; what was given stays the caller's too
 *
 * Source: Kingma and Ba 2015, section 2 (the reordered form at its end).
 */
export function adamStep(
  parameters: TensorMap,
  gradients: TensorMap,
  state: AdamState,
  { learningRate, beta1 = 0, beta2 = 0.99, epsilon = 1e-8 }: AdamOptions,
): { readonly parameters: Map<string, Tensor>; readonly state: AdamState } {
  const step = state.step + 1;
  const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const next = { parameters: new Map<string, Tensor>(), means: new Map(), squares: new Map() };
  for (const [name, value] of parameters) {
    const gradient = gradients.get(name);
    if (!gradient) throw new RangeError(`there is no gradient for ${name}; give one for each parameter`);
    const [moved, mean, square] = tf.tidy(() => {
      const m = running(state.means.get(name)!, gradient, beta1);
      const v = running(state.squares.get(name)!, tf.square(gradient), beta2);
      const direction = tf.div(m, tf.add(tf.sqrt(v), epsilon));
      return [tf.sub(value, tf.mul(direction, rate)), m, v];
    }) as [Tensor, Tensor, Tensor];
    next.parameters.set(name, moved);
    next.means.set(name, mean);
    next.squares.set(name, square);
  }
  return { parameters: next.parameters, state: { step, means: next.means, squares: next.squares } };
}

/** Frees what a state holds. */
export function disposeAdam({ means, squares }: AdamState): void {
  tf.dispose([...means.values(), ...squares.values()]);
}

function running(mean: Tensor, value: Tensor, decay: number): Tensor {
  return decay === 0 ? value.clone() : tf.add(tf.mul(mean, decay), tf.mul(value, 1 - decay));
}
