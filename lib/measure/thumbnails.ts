import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { areaWeights } from "./areaAverage.js";
import { assertMap, valuesOf } from "./readback.js";

/**
 * A thumbnail of every channel of a feature map, by area averaging; values are not normalised.
 *
 * 1. Where the sides divide evenly, average pooling; else two products with the matrix of area weights.
 * 2. size x size x C values are read back and put channel by channel.
 *
 * @param x [1, H, W, C]; stays the caller's
 * @param size side of a thumbnail in pixels; larger than the map's own, the map's own is taken
 * @returns C thumbnails one after the other, [C, size, size], and the size taken
 * @throws {RangeError} for a batch other than 1 or a size below 1
 */
export async function channelThumbnails(
  x: Tensor4D,
  size: number,
): Promise<{ readonly size: number; readonly values: Float32Array }> {
  const [height, width, channels] = assertMap(x);
  const side = Math.min(size, height, width);
  if (!(Number.isInteger(side) && side >= 1))
    throw new RangeError(`a thumbnail has no side of ${size} pixels`);
  const small = tf.tidy(() => averaged(x, side));
  try {
    return { size: side, values: channelsFirst(await valuesOf(small), side * side, channels) };
  } finally {
    if (small !== x) small.dispose();
  }
}

/** [1, H, W, C] to size x size x C; the map itself where it has that size. */
function averaged(x: Tensor4D, size: number): Tensor {
  const [, height, width, channels] = x.shape;
  if (height === size && width === size) return x;
  if (height % size === 0 && width % size === 0) {
    const block: [number, number] = [height / size, width / size];
    return tf.avgPool(x, block, block, "valid");
  }
  const rows = areaMatrix(height, size); // [size, H]
  const columns = areaMatrix(width, size); // [size, W]
  const squeezed = tf.matMul(rows, tf.reshape(x, [height, width * channels]) as Tensor2D); // [size, W C]
  const turned = tf.transpose(tf.reshape(squeezed, [size, width, channels]), [1, 0, 2]); // [W, size, C]
  const both = tf.matMul(columns, tf.reshape(turned, [width, size * channels]) as Tensor2D); // [size x, size y C]
  return tf.transpose(tf.reshape(both, [size, size, channels]), [1, 0, 2]); // [size y, size x, C]
}

function areaMatrix(from: number, to: number): Tensor2D {
  const matrix = new Float32Array(to * from);
  areaWeights(from, to).forEach(({ first, weights }, t) => matrix.set(weights, t * from + first));
  return tf.tensor2d(matrix, [to, from]);
}

/** [pixels, C] -> [C, pixels] */
function channelsFirst(values: ArrayLike<number>, pixels: number, channels: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let p = 0; p < pixels; p++)
    for (let c = 0; c < channels; c++) out[c * pixels + p] = values[p * channels + c]!;
  return out;
}
