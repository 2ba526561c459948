import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/** A feature map as measures take it: one picture. @throws {RangeError} for another batch */
export function assertMap(x: Tensor4D): readonly [number, number, number] {
  const [n, height, width, channels] = x.shape;
  if (x.rank !== 4 || n !== 1)
    throw new RangeError(`a measure takes one feature map [1, H, W, C], got [${x.shape}]; slice the batch`);
  return [height, width, channels];
}

/**
 * The values of a tensor, in an array that is the caller's alone. The WebGPU back end remembers what is read from a
 * tensor and hands out the same array again, so there a copy is read and dropped.
 */
export async function valuesOf(x: tf.Tensor): Promise<Float32Array> {
  if (tf.getBackend() !== "webgpu") return (await x.data<"float32">()) as Float32Array;
  const copy = tf.add(x, 0);
  try {
    return (await copy.data<"float32">()) as Float32Array;
  } finally {
    copy.dispose();
  }
}
