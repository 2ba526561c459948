import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

export type ActivationName =
  "linear" | "relu" | "lrelu" | "tanh" | "sigmoid" | "elu" | "selu" | "softplus" | "swish";

export interface Activation {
  /** The function itself; `alpha` is the slope below zero where the function has one. */
  readonly apply: <T extends Tensor>(x: T, alpha: number) => T;
  /** Default of `alpha`. */
  readonly alpha: number;
  /** Default gain behind the function; sqrt(2) keeps the second moment of a normal input where half of it is cut off. */
  readonly gain: number;
}

/**
 * The activation functions of the StyleGAN family with their default parameters.
 *
 * Source: He et al. 2015, section 2.2 (the gain sqrt(2)); Karras et al. 2018, section 4.1 (equalised learning rate).
 */
export const activations: Readonly<Record<ActivationName, Activation>> = {
  linear: { apply: (x) => tf.clone(x), alpha: 0, gain: 1 },
  relu: { apply: (x) => tf.relu(x), alpha: 0, gain: Math.SQRT2 },
  lrelu: { apply: leakyRelu, alpha: 0.2, gain: Math.SQRT2 },
  tanh: { apply: tanh, alpha: 0, gain: 1 },
  sigmoid: { apply: sigmoid, alpha: 0, gain: 1 },
  elu: { apply: elu, alpha: 0, gain: 1 },
  selu: { apply: selu, alpha: 0, gain: 1 },
  softplus: { apply: softplus, alpha: 0, gain: 1 },
  swish: { apply: (x) => tf.mul(x, sigmoid(x)), alpha: 0, gain: Math.SQRT2 },
};

/** @throws Error when there is no activation of that name */
export function activation(name: string): Activation {
  if (Object.hasOwn(activations, name)) return activations[name as ActivationName];
  throw new Error(`unknown activation "${name}": use one of ${Object.keys(activations).join(", ")}`);
}

/**
 * x where it is positive, alpha * x elsewhere. As a PReLU with equal slopes: wasm's is vectorised, its leaky ReLU is
 * not. The gradient is stated as a product, which can be differentiated again, while that of tfjs cannot.
 */
function leakyRelu<T extends Tensor>(x: T, alpha: number): T {
  const run = tf.customGrad((input, save) => {
    (save as (tensors: Tensor[]) => void)([input as Tensor]);
    const value = tf.tidy(() => tf.prelu(input as Tensor, tf.fill([x.shape[x.rank - 1]!], alpha)));
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      tf.tidy(() => tf.mul(dy, tf.add(tf.mul(tf.step(saved[0]!), 1 - alpha), alpha)));
    return { value, gradFunc };
  });
  return run(x) as T;
}

/**
 * Functions whose gradient tfjs states in terms of their output, which it holds constant, or of comparisons: second
 * derivatives come out wrong or not at all. Stated in terms of the input, they are right to any order.
 */
function sigmoid<T extends Tensor>(x: T): T {
  return withSlope(x, tf.sigmoid, (at) => {
    const y = sigmoid(at);
    return tf.mul(y, tf.sub(1, y));
  });
}

function tanh<T extends Tensor>(x: T): T {
  return withSlope(x, tf.tanh, (at) => tf.sub(1, tf.square(tanh(at))));
}

function softplus<T extends Tensor>(x: T): T {
  return withSlope(x, tf.softplus, sigmoid);
}

function elu<T extends Tensor>(x: T): T {
  return withSlope(x, tf.elu, (at) => exponentialBelow(at, 1));
}

function selu<T extends Tensor>(x: T): T {
  // the two constants for which normal activations keep mean 0 and variance 1 (Klambauer et al. 2017, equation 14)
  return withSlope(x, tf.selu, (at) => tf.mul(exponentialBelow(at, 1.6732632423543772), 1.0507009873554805));
}

/** 1 above zero, scale * e^x below; of steps and products, which can be differentiated where comparisons cannot. */
function exponentialBelow(x: Tensor, scale: number): Tensor {
  const above = tf.step(x);
  const below = tf.sub(1, above);
  return tf.add(above, tf.mul(tf.mul(below, scale), exponential(tf.mul(x, below))));
}

function exponential<T extends Tensor>(x: T): T {
  return withSlope(x, tf.exp, exponential);
}

/** f(x), whose derivative is slope(x). */
function withSlope<T extends Tensor>(x: T, f: (x: T) => T, slope: (x: Tensor) => Tensor): T {
  const run = tf.customGrad((input, save) => {
    (save as (tensors: Tensor[]) => void)([input as Tensor]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => tf.tidy(() => tf.mul(dy, slope(saved[0]!)));
    return { value: f(input as T), gradFunc };
  });
  return run(x) as T;
}
