import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Parameter } from "../weights/parameters.js";

/** Official layouts to the ones tfjs computes in. */

/** Convolution weights, [O, I, kh, kw] to [kh, kw, I, O], times a constant. */
export function convolution(parameter: Parameter, gain = 1): Tensor4D {
  const [O, I, kh, kw] = parameter.shape as [number, number, number, number];
  const taps = kh * kw;
  const { data } = parameter;
  const turned = new Float32Array(data.length);
  for (let o = 0; o < O; o++)
    for (let i = 0; i < I; i++) {
      const from = (o * I + i) * taps;
      for (let k = 0; k < taps; k++) turned[(k * I + i) * O + o] = data[from + k]! * gain;
    }
  return tf.tensor4d(turned, [kh, kw, I, O]);
}

/**
 * StyleGAN1's upsampling 3x3 weights, [O, I, 3, 3], as the 4x4 kernel of the transposed convolution that does the
 * upsampling too, [4, 4, I, O], times a constant.
 *
 * 1. Sums the kernel with itself shifted by a pixel to the right, down, and both.
 * 2. Repeating pixels and correlating equals the transposed convolution with the kernel *turned*, which `turned`
 *    asks for; the fused form of the official code uses it as it is, and its weights were trained so.
 *
 * Source: the official code of Karras et al. 2018 and 2019, `upscale2d_conv2d`.
 */
export function transposedConvolution(parameter: Parameter, gain: number, turned: boolean): Tensor4D {
  const [O, I, kh, kw] = parameter.shape as [number, number, number, number];
  const { data } = parameter;
  const sums = new Float32Array((kh + 1) * (kw + 1) * I * O);
  for (let o = 0; o < O; o++)
    for (let i = 0; i < I; i++)
      for (let a = 0; a < kh; a++)
        for (let b = 0; b < kw; b++) {
          const value = data[((o * I + i) * kh + a) * kw + b]! * gain;
          const row = turned ? kh - 1 - a : a;
          const column = turned ? kw - 1 - b : b;
          for (const y of [row, row + 1])
            for (const x of [column, column + 1]) sums[((y * (kw + 1) + x) * I + i) * O + o]! += value;
        }
  return tf.tensor4d(sums, [kh + 1, kw + 1, I, O]);
}

/** A picture-shaped parameter, [C, H, W] or [1, C, H, W], to [1, H, W, C]. */
export function image(parameter: Parameter): Tensor4D {
  const [C, H, W] = parameter.shape.slice(-3) as [number, number, number];
  const { data } = parameter;
  const turned = new Float32Array(data.length);
  for (let c = 0; c < C; c++) for (let p = 0; p < H * W; p++) turned[p * C + c] = data[c * H * W + p]!;
  return tf.tensor4d(turned, [1, H, W, C]);
}

/** A map of one channel, [H, W] or [1, 1, H, W], to [1, H, W, 1], times a constant. */
export function map(parameter: Parameter, gain = 1): Tensor4D {
  const [H, W] = parameter.shape.slice(-2) as [number, number];
  return tf.tensor4d(scaled(parameter, gain), [1, H, W, 1]);
}

/** Dense weights stay [out, in]. */
export function dense(parameter: Parameter, gain = 1): Tensor2D {
  return tf.tensor2d(scaled(parameter, gain), parameter.shape as [number, number]);
}

/** A vector; also of a parameter with axes of length 1 around it. */
export function vector(parameter: Parameter, gain = 1): Tensor1D {
  return tf.tensor1d(scaled(parameter, gain));
}

function scaled({ data }: Parameter, gain: number): Float32Array {
  return gain === 1 ? Float32Array.from(data) : data.map((value) => value * gain);
}
