import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/**
 * A kernel turned by 180 degrees, [kh, kw, I, O]: convolution with one is correlation with the other.
 *
 * 1. Cuts the kernel into its taps, each [I, O] in one piece.
 * 2. Puts them together again from the last to the first; wasm's general reversal is fifty times slower.
 */
export function turnKernel(weight: Tensor4D): Tensor4D {
  const [kh, kw, inputs, outputs] = weight.shape;
  if (kh * kw === 1) return tf.clone(weight);
  return tf.tidy(() => {
    const taps = tf.split(tf.reshape(weight, [kh * kw, inputs * outputs]), kh * kw, 0);
    // a copy: the gradient of the split remembers the array itself
    return tf.reshape(tf.concat([...taps].reverse(), 0), [kh, kw, inputs, outputs]);
  });
}
