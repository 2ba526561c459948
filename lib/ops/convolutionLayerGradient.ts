import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { activation as lookUp } from "./activations.js";
import { addNoise } from "./addNoise.js";
import type { ConvolutionLayerOptions } from "./convolutionLayer.js";
import { demodulationCoefficients, weightEnergy } from "./demodulationCoefficients.js";
import { linearPart, type LinearPart } from "./linearPart.js";
import type { Given } from "./recorded.js";
import type { Filter } from "./setupFilter.js";

/** The tensors of a convolution layer. */
export type LayerTensor = "x" | "weight" | "styles" | "map" | "strength" | "bias" | "filter";

/** Whether {@link convolutionLayerGradients} covers these options; `filter` as in {@link LayerTensor}. */
export function hasGradients(
  options: ConvolutionLayerOptions,
  kernel: readonly number[],
  filter: Filter | null,
): boolean {
  const { activation = "linear", noise = null } = options;
  const perPixel = !noise || typeof noise.strength === "number" || noise.strength.rank < 2;
  const straight = activation === "linear" || activation === "lrelu";
  return straight && perPixel && linearPart(options, kernel, filter) !== null;
}

/**
 * The gradients of a convolution layer y = clamp(gain * act(v + bias)), v = d * L(s * x, w) + strength * map, where L is
 * linear in both and d = (sum s^2 w^2 + epsilon)^(-1/2) demodulates.
 *
 * 1. Computes L and v once more: the tape keeps nothing but what went in.
 * 2. dv is dy times the slope of what follows, the same number wherever v + bias has the same sign.
 * 3. The image s * x gets L's adjoint of d * dv, call it m; x gets s * m; the style gets the sum over the pixels of
 *    x * m, and through d, whose gradient is the sum over the pixels of dv * L, -s * d^3 * energy times that more.
 * 4. The kernel gets L's other adjoint, and through d -w * s^2 d^3 times d's gradient; with a convolution of its own, and
 *    only if it is asked for.
 *
 * It is made of operations with gradients throughout, so that derivatives of any order exist.
 *
 * Source: the derivative of Karras et al. 2020a, equations 1 and 3.
 */
export function convolutionLayerGradients(
  dy: Tensor,
  given: Given<LayerTensor>,
  options: ConvolutionLayerOptions,
): Partial<Record<LayerTensor, () => Tensor>> {
  const { x, weight, styles, map, strength, bias, filter } = given as Tensors;
  const linear = linearPart(options, weight.shape, filter ?? null)!;
  const names: LayerTensor[] = [];
  const made = tf.tidy(() => {
    const run = again(dy as Tensor4D, given as Tensors, options, linear);
    const { dv, modulated, coefficients } = run;
    const tensors: Tensor[] = [];
    const add = (name: LayerTensor, tensor: Tensor) => {
      names.push(name);
      tensors.push(tensor);
    };
    const toImage = linear.toImage(perChannel(dv, coefficients), modulated, weight);
    add("x", perChannel(toImage, styles));
    if (styles) {
      const direct = sumPixels(tf.mul(x, toImage));
      const through = coefficients && tf.matMul(run.squares!, weightEnergy(weight), false, true); // [N, I]
      add("styles", through ? tf.add(direct, tf.mul(styles, tf.mul(through, 2))) : direct);
    }
    if (bias) add("bias", tf.sum(sumPixels(dv), 0));
    if (map) {
      const fixed = options.noise!.strength;
      const scaled = tf.mul(dv, strength ?? (fixed as number));
      const perPixel = tf.sum(scaled, 3, true); // [N, H, W, 1]
      const shared = map.rank === 2 || map.shape[0] === 1;
      add("map", tf.reshape(shared ? tf.sum(perPixel, 0, true) : perPixel, map.shape));
      if (strength) {
        const pixels = map.rank === 2 ? tf.reshape(map, [1, ...map.shape, 1]) : map;
        const perStrength = tf.sum(sumPixels(tf.mul(dv, pixels)), 0); // [O]
        add("strength", strength.size === 1 ? tf.reshape(tf.sum(perStrength), strength.shape) : perStrength);
      }
    }
    return tensors;
  });
  const toKernel = () =>
    tf.tidy(() => {
      const { dv, modulated, coefficients, squares } = again(
        dy as Tensor4D,
        given as Tensors,
        options,
        linear,
      );
      const direct = linear.toKernel(perChannel(dv, coefficients), modulated, weight);
      if (!squares) return direct;
      const through = tf.matMul(tf.square(styles!), squares, true); // [I, O]
      return tf.add(direct, tf.mul(weight, tf.mul(through, 2)));
    });
  return { ...Object.fromEntries(names.map((name, i) => [name, () => made[i]!])), weight: toKernel };
}

interface Tensors {
  readonly x: Tensor4D;
  readonly weight: Tensor4D;
  readonly styles?: Tensor2D | null;
  readonly map?: Tensor | null;
  readonly strength?: Tensor | null;
  readonly bias?: Tensor1D | null;
  readonly filter?: Filter | null;
}

/** Runs the layer up to its activation, and back to there. */
function again(
  dy: Tensor4D,
  { x, weight, styles, map, strength, bias }: Tensors,
  { form, noise, activation = "linear", ...options }: ConvolutionLayerOptions,
  linear: LinearPart,
) {
  const demodulated = form.kind === "modulated" && (form.demodulate ?? true);
  const coefficients = demodulated ? demodulationCoefficients(weight, styles!) : null; // [N, O]
  const modulated = perChannel(x, styles);
  const convolved = linear.convolve(modulated, weight);
  let v = perChannel(convolved, coefficients);
  if (map) v = addNoise(v, map, strength ?? noise!.strength);
  if (bias) v = tf.add(v, bias);
  const { apply, ...defaults } = lookUp(activation);
  const { alpha = defaults.alpha, gain = defaults.gain, clamp = null } = options;
  let dv: Tensor4D = gain === 1 ? dy : tf.mul(dy, gain);
  if (clamp !== null) {
    const beyond = tf.step(tf.sub(tf.abs(tf.mul(apply(v, alpha), gain)), clamp));
    dv = tf.mul(dv, tf.sub(1, beyond));
  }
  if (activation === "lrelu") dv = tf.mul(dv, tf.add(tf.mul(tf.step(v), 1 - alpha), alpha));
  // d's gradient times -d^3 / 2: what the sum of the squares below the root gets, [N, O]
  const squares =
    coefficients &&
    tf.mul<Tensor2D>(
      tf.mul(sumPixels(tf.mul(dv, convolved)), tf.mul(coefficients, tf.square(coefficients))),
      -0.5,
    );
  return { dv, modulated, coefficients, squares };
}

/** x[n, h, w, c] * scale[n, c]; without a scale x itself. */
function perChannel(x: Tensor4D, scale: Tensor2D | null | undefined): Tensor4D {
  return scale ? tf.mul(x, tf.reshape(scale, [scale.shape[0], 1, 1, scale.shape[1]])) : x;
}

/** Sums over the pixels, [N, H, W, C] to [N, C], as a matrix product, which back ends do fastest. */
function sumPixels(x: Tensor4D): Tensor2D {
  const [n, h, w, c] = x.shape;
  return tf.reshape(tf.matMul(tf.ones([n, 1, h * w]), tf.reshape(x, [n, h * w, c])), [n, c]);
}
