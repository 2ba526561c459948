import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { conv2d } from "../ops/conv2d.js";
import { conv2dResample } from "../ops/conv2dResample.js";
import { demodulationCoefficients, weightEnergy } from "../ops/demodulationCoefficients.js";
import { derive } from "../ops/derived.js";
import type { Filter } from "../ops/setupFilter.js";

/**
 * What of a gradient comes out of a layer: through its input and through its style. Each function here takes the
 * tensors of N pictures, gives the caller new ones, and leaves none behind.
 */
export interface LayerGradient {
  /** [N, H, W, I] */
  readonly input: Tensor4D;
  /** [N, I] */
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
 * @param output y, [N, H, W, O]
 * @param gradient of y
 * @returns the gradient of x + b, [N, H, W, O], and the sum, [N, O]
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
  /** Before the style is applied, [N, H, W, I]. */
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
 * @param demodulated output before noise and bias, times its gradient, summed over the pixels: e[o] * d[o], [N, O]
 * @param gradient of the demodulated output, [N, H', W', O]
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
    const d = demodulationCoefficients(weight, styles); // [N, O]
    const modulated = adjoint(run, tf.mul(gradient, perChannel(d)));
    const direct = sumPixels(tf.mul(input, modulated)); // [N, I]
    const throughD = tf.matMul(tf.mul(demodulated, tf.square(d)), weightEnergy(weight), false, true); // [N, I]
    return [tf.sub(direct, tf.mul(styles, throughD)), tf.mul(modulated, perChannel(styles))];
  }) as unknown as [Tensor2D, Tensor4D];
  return { style, input: to };
}

/**
 * Back through a toRGB, a 1x1 convolution without demodulation.
 *
 * @param styles scale per input channel with the weight's gain, [N, I]; the style's own gradient is per unit of these
 * @param gradient of the RGB, [N, H, W, 3]
 */
export function backToRgb(
  weight: Tensor4D,
  styles: Tensor2D,
  input: Tensor4D,
  gradient: Tensor4D,
): LayerGradient {
  const [style, to] = tf.tidy(() => {
    const modulated = conv2d(gradient, exchanged(weight, 1)); // [N, H, W, I]
    return [sumPixels(tf.mul(input, modulated)), tf.mul(modulated, perChannel(styles))];
  }) as unknown as [Tensor2D, Tensor4D];
  return { style, input: to };
}

/**
 * Sums over the pixels, [N, H, W, C] to [N, C]; as a matrix product, which wasm does several times faster.
 * @param weights of the pixels, [1, H, W, 1]; default 1
 */
export function sumPixels(x: Tensor4D, weights?: Tensor4D): Tensor2D {
  const [n, h, w, c] = x.shape;
  return tf.tidy(() => {
    const line = weights ? tf.reshape(weights, [1, 1, h * w]) : tf.ones([1, 1, h * w]);
    return tf.reshape(tf.matMul(tf.tile(line, [n, 1, 1]), tf.reshape(x, [n, h * w, c])), [n, c]);
  });
}

function perChannel(scale: Tensor2D): Tensor4D {
  return tf.reshape(scale, [scale.shape[0], 1, 1, scale.shape[1]]);
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
