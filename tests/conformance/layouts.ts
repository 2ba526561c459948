import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { Parameter } from "../../lib/weights/parameters.js";

/** A golden tensor as it stands. */
export function plain({ shape, data }: Parameter): Tensor {
  return tf.tensor(data, [...shape]);
}

/** A golden image, [N, C, H, W], in our layout, [N, H, W, C]. */
export function image(parameter: Parameter): Tensor4D {
  return transposed(parameter, [0, 2, 3, 1]);
}

/** A golden convolution weight, [O, I, kh, kw], in our layout, [kh, kw, I, O]. */
export function kernel(parameter: Parameter): Tensor4D {
  return transposed(parameter, [2, 3, 1, 0]);
}

/** Features, [N, H, W, C], in the golden layout, [N, C, H, W]. */
export function toNCHW(x: Tensor): Tensor {
  return tf.transpose(x, [0, 3, 1, 2]);
}

function transposed(parameter: Parameter, order: number[]): Tensor4D {
  if (parameter.shape.length !== 4) throw new Error(`a tensor of shape [${parameter.shape}] has no 4 axes`);
  return tf.tidy(() => tf.transpose(plain(parameter) as Tensor4D, order));
}
