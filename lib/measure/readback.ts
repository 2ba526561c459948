import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/** Values of a strip: 4 MB. Large enough for speed, small beside a 128 MB map of 1024 x 1024 x 32. */
const STRIP_VALUES = 1 << 20;

/**
 * Whether reading a tensor of the active back end is a copy within memory (wasm, cpu) and not a transfer from a
 * GPU. Where it is, measuring in plain loops is both faster and more exact than chains of operations.
 */
export function readsFromMemory(): boolean {
  return tf.getBackend() !== "webgpu" && tf.getBackend() !== "webgl";
}

/** A feature map as measures take it: one picture. @throws {RangeError} for another batch */
export function assertMap(x: Tensor4D): readonly [number, number, number] {
  const [n, height, width, channels] = x.shape;
  if (x.rank !== 4 || n !== 1)
    throw new RangeError(`a measure takes one feature map [1, H, W, C], got [${x.shape}]; slice the batch`);
  return [height, width, channels];
}

/** Reads a map in strips of whole rows, [rows, W, C] each, with the row that each begins at. */
export async function* strips(x: Tensor4D): AsyncGenerator<{ row: number; values: Float32Array }> {
  const [height, width, channels] = assertMap(x);
  const rows = Math.max(1, Math.floor(STRIP_VALUES / (width * channels)));
  if (rows >= height) {
    yield { row: 0, values: (await x.data<"float32">()) as Float32Array };
    return;
  }
  for (let row = 0; row < height; row += rows) {
    const strip = tf.slice(x, [0, row, 0, 0], [1, Math.min(rows, height - row), width, channels]);
    try {
      yield { row, values: (await strip.data<"float32">()) as Float32Array };
    } finally {
      strip.dispose();
    }
  }
}

/**
 * The values of a tensor, in an array that is the caller's alone. A GPU back end remembers what is read from a
 * tensor and hands out the same array again, so there a copy is read and dropped.
 */
export async function valuesOf(x: tf.Tensor): Promise<Float32Array> {
  if (readsFromMemory()) return (await x.data<"float32">()) as Float32Array;
  const copy = tf.add(x, 0);
  try {
    return (await copy.data<"float32">()) as Float32Array;
  } finally {
    copy.dispose();
  }
}
