import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { conv2d } from "../ops/conv2d.js";
import { conv2dResample } from "../ops/conv2dResample.js";
import { demodulationCoefficients, weightEnergy } from "../ops/demodulationCoefficients.js";
import { derive } from "../ops/derived.js";
import type { Filter } from "../ops/setupFilter.js";

/**
 * What of a gradient comes out of a layer: through its input and through its style. Each function here takes one
 * picture's tensors, gives the caller new ones, and leaves none behind.
 */
export interface LayerGradient {
  /** [1, H, W, I] */
  readonly input: Tensor4D;
  /** [1, I] */
  readonly style: Tensor2D;
}

/** y = clamp(gain * act(x + b)) for an activation that is a straight line on either side of zero. */
export interface PiecewiseLinear {
  /** Slope below zero; above it is 1. */
  readonly slope: number;
  readonly gain: number;
  readonly clamp: number | null;
}

/**
 * Back through an activation.
 *
 * 1. The gradient times the slope at each value, which the output's sign tells; nothing where the output was clamped.
 * 2. The sum over the pixels of that times x + b: as y = gain * slope * (x + b), it is the sum of gradient times y.
 *
 * @param output y, [1, H, W, O]
 * @param gradient of y
 * @returns the gradient of x + b, [1, H, W, O], and the sum, [1, O]
 */
export function backActivation(
  output: Tensor4D,
  gradient: Tensor4D,
  { slope, gain, clamp }: PiecewiseLinear,
): { readonly input: Tensor4D; readonly timesInput: Tensor2D } {
  const [input, timesInput] = tf.tidy(() => {
    const open: Tensor4D =
      clamp === null ? gradient : tf.mul(gradient, tf.step(tf.sub(clamp, tf.abs(output))));
    return [tf.mul(tf.mul(open, gain), tf.step(output, slope)), sumPixels(tf.mul(open, output))];
  }) as unknown as [Tensor4D, Tensor2D];
  return { input, timesInput };
}

/** A modulated convolution as it ran. */
export interface ConvolutionRun {
  /** [kh, kw, I, O] */
  readonly weight: Tensor4D;
  readonly styles: Tensor2D;
  /** Before the style is applied, [1, H, W, I]. */
  readonly input: Tensor4D;
  readonly up: 1 | 2;
  readonly filter: Filter;
}

/**
 * Back through the convolution d * conv(s * x, w), d = (sum s^2 w^2 + epsilon)^(-1/2), of StyleGAN2.
 *
 * 1. The convolution's adjoint: the gradient times d, convolved with the kernel turned and its channels exchanged. For
 *    the upsampling one: filtered, then convolved with stride 2. This is what the modulated input s * x gets, m.
 * 2. The input gets s * m, the style gets the sum over the pixels of x * m.
 * 3. Through d, the style gets -s[i] * sum over o of d[o]^3 * energy[i, o] * e[o] more, where e[o], what d[o] gets, is
 *    the sum over the pixels of the gradient times the output before the demodulation.
 *
 * @param demodulated output before noise and bias, times its gradient, summed over the pixels: e[o] * d[o], [1, O]
 * @param gradient of the demodulated output, [1, H', W', O]
 *
 * Source: the derivative of Karras et al. 2020a, equations 1 and 3.
 */
export function backConvolution(
  run: ConvolutionRun,
  gradient: Tensor4D,
  demodulated: Tensor2D,
): LayerGradient {
  const { weight, styles, input } = run;
  const [style, to] = tf.tidy(() => {
    const d = demodulationCoefficients(weight, styles); // [1, O]
    const modulated = adjoint(run, tf.mul(gradient, perChannel(d)));
    const direct = sumPixels(tf.mul(input, modulated)); // [1, I]
    const throughD = tf.matMul(tf.mul(demodulated, tf.square(d)), weightEnergy(weight), false, true); // [1, I]
    return [tf.sub(direct, tf.mul(styles, throughD)), tf.mul(modulated, perChannel(styles))];
  }) as unknown as [Tensor2D, Tensor4D];
  return { style, input: to };
}

/**
 * Back through a toRGB, a 1x1 convolution without demodulation.
 *
 * @param styles scale per input channel with the weight's gain, [1, I]; the style's own gradient is per unit of these
 * @param gradient of the RGB, [1, H, W, 3]
 */
export function backToRgb(
  weight: Tensor4D,
  styles: Tensor2D,
  input: Tensor4D,
  gradient: Tensor4D,
): LayerGradient {
  const [style, to] = tf.tidy(() => {
    const modulated = conv2d(gradient, exchanged(weight, 1)); // [1, H, W, I]
    return [sumPixels(tf.mul(input, modulated)), tf.mul(modulated, perChannel(styles))];
  }) as unknown as [Tensor2D, Tensor4D];
  return { style, input: to };
}

/**
 * Sums over the pixels, [1, H, W, C] to [1, C]; as a matrix product, which wasm does several times faster.
 * @param weights of the pixels, [1, H, W, 1]; default 1
 */
export function sumPixels(x: Tensor4D, weights?: Tensor4D): Tensor2D {
  const [, h, w, c] = x.shape;
  return tf.tidy(() => {
    const line: Tensor2D = weights ? tf.reshape(weights, [1, h * w]) : tf.ones([1, h * w]);
    return tf.matMul(line, tf.reshape(x, [h * w, c]));
  });
}

function perChannel(scale: Tensor2D): Tensor4D {
  return tf.reshape(scale, [1, 1, 1, scale.shape[1]]);
}

function adjoint({ weight, up, filter }: ConvolutionRun, gradient: Tensor4D): Tensor4D {
  if (up === 1) return conv2dResample(gradient, exchanged(weight, 1), { padding: 1, flipWeight: false });
  return conv2dResample(gradient, exchanged(weight, up * up), { down: up, padding: 1, filter });
}

/** The kernel with its channels exchanged, [kh, kw, O, I], times a gain. */
function exchanged(weight: Tensor4D, gain: number): Tensor4D {
  return derive(weight, `exchanged, times ${gain}`, () =>
    tf.tidy(() => tf.mul<Tensor4D>(tf.transpose(weight, [0, 1, 3, 2]), gain)),
  );
}
