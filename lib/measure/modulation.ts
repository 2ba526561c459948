import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { demodulationCoefficients } from "../ops/demodulationCoefficients.js";
import { modulatedConv2d, type ModulatedConv2dOptions } from "../ops/modulatedConv2d.js";

/** Both forms of one modulated convolution, run on the same tensors. */
export interface FormsComparison {
  /** max |weights form - activations form| over the output. */
  readonly largestDifference: number;
  /** max |output|, what the difference is to be compared with. */
  readonly largestMagnitude: number;
  /** Shortest time of a run, ready to be read, in ms. */
  readonly milliseconds: { readonly weights: number; readonly activations: number };
}

/** Multiply-adds below which a form is timed three times. */
const CHEAP = 1e9;

/**
 * Runs a modulated convolution with s and d on the weights and with s and d on the activations.
 *
 * 1. Each form runs once, and the outputs are compared on the back end; two numbers are read back.
 * 2. Each form runs again (three times where that is cheap), until one number of its output can be read.
 *
 * @param x the layer's input, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O]
 * @param styles [N, I]
 * @param options as the layer calls the operation, without `fused`
 */
export async function compareForms(
  x: Tensor4D,
  weight: Tensor4D,
  styles: Tensor2D,
  options: Omit<ModulatedConv2dOptions, "fused">,
): Promise<FormsComparison> {
  const run = (fused: boolean) => modulatedConv2d(x, weight, styles, { ...options, fused });
  const [difference, magnitude] = tf.tidy(() => {
    const [onWeights, onActivations] = [run(true), run(false)];
    return [
      tf.max(tf.abs(tf.sub(onWeights, onActivations))) as Scalar,
      tf.max(tf.abs(onActivations)) as Scalar,
    ] as const;
  });
  const [n, h, w, inputs] = x.shape;
  const work = n * h * w * inputs * weight.shape[0] * weight.shape[1] * weight.shape[3];
  const times = work < CHEAP ? 3 : 1;
  try {
    return {
      largestDifference: (await difference.data())[0]!,
      largestMagnitude: (await magnitude.data())[0]!,
      milliseconds: {
        weights: await shortest(times, () => run(true)),
        activations: await shortest(times, () => run(false)),
      },
    };
  } finally {
    tf.dispose([difference, magnitude]);
  }
}

async function shortest(times: number, run: () => Tensor4D): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < times; ++i) {
    const start = performance.now();
    // Reading one number waits for the device without the cost of moving the whole map.
    const corner = tf.tidy(() => tf.slice(run(), [0, 0, 0, 0], [1, 1, 1, 1]));
    await corner.data();
    least = Math.min(least, performance.now() - start);
    corner.dispose();
  }
  return least;
}

/**
 * The standard deviation to expect of each output channel before demodulation.
 *
 * 1. Unit inputs: sigma[o] = sqrt(sum over kernel and i of (s[i] w[i, o])^2), the paper's assumption.
 * 2. Inputs of the given standard deviations: s[i] is replaced by s[i] std[i].
 *
 * @param weight kernel, [kh, kw, I, O]
 * @param styles [1, I]
 * @param inputStd standard deviation of each input channel, [I]; null: 1
 * @returns [O]
 *
 * Source: Karras et al. 2020, section 2.2, equation 2.
 */
export async function expectedDeviations(
  weight: Tensor4D,
  styles: Tensor2D,
  inputStd: Float32Array | null = null,
): Promise<Float32Array> {
  const sigma = tf.tidy(() => {
    const scales = inputStd
      ? (tf.mul(styles, tf.tensor2d(inputStd, [1, inputStd.length])) as Tensor2D)
      : styles;
    return tf.reciprocal(demodulationCoefficients(weight, scales, 0));
  });
  try {
    return (await sigma.data<"float32">()) as Float32Array;
  } finally {
    sigma.dispose();
  }
}
