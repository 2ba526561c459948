import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { areaWeights } from "./areaAverage.js";
import { assertMap, readsFromMemory, strips, valuesOf } from "./readback.js";

/**
 * A thumbnail of every channel of a feature map, by area averaging; values are not normalised.
 *
 * 1. In memory (wasm): one walk over the map in strips, each pixel added to the thumbnail pixels it lies in.
 * 2. On a GPU: average pooling where the sides divide evenly, else two products with the matrix of area weights;
 *    size x size x C values are read back.
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
  const [height, width] = assertMap(x);
  const side = Math.min(size, height, width);
  const values = await (readsFromMemory() ? thumbnailsInMemory(x, side) : thumbnailsOnDevice(x, side));
  return { size: side, values };
}

export async function thumbnailsInMemory(x: Tensor4D, size: number): Promise<Float32Array> {
  const [height, width, channels] = assertMap(x);
  const columns = areaWeights(width, size);
  const rowsOf = targetRows(height, size);
  const sums = new Float64Array(size * size * channels); // [size, size, C]
  const line = new Float64Array(size * channels); // one source row, averaged along x: [size, C]
  for await (const { row, values } of strips(x)) {
    for (let y = 0; y < values.length / (width * channels); y++) {
      averageLine(values.subarray(y * width * channels, (y + 1) * width * channels), channels, columns, line);
      for (const { target, weight } of rowsOf[row + y]!) {
        const offset = target * line.length;
        for (let i = 0; i < line.length; i++) sums[offset + i]! += weight * line[i]!;
      }
    }
  }
  return channelsFirst(sums, size * size, channels);
}

/** For each source row, the thumbnail rows it lies in. */
function targetRows(height: number, size: number): { target: number; weight: number }[][] {
  const rows: { target: number; weight: number }[][] = Array.from({ length: height }, () => []);
  areaWeights(height, size).forEach(({ first, weights }, target) =>
    weights.forEach((weight, i) => rows[first + i]!.push({ target, weight })),
  );
  return rows;
}

function averageLine(
  row: Float32Array,
  channels: number,
  columns: ReturnType<typeof areaWeights>,
  line: Float64Array,
): void {
  line.fill(0);
  for (let t = 0; t < columns.length; t++) {
    const { first, weights } = columns[t]!;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      const source = (first + i) * channels;
      for (let c = 0; c < channels; c++) line[t * channels + c]! += weight * row[source + c]!;
    }
  }
}

export async function thumbnailsOnDevice(x: Tensor4D, size: number): Promise<Float32Array> {
  const [height, width, channels] = assertMap(x);
  if (height === size && width === size) return channelsFirst(await valuesOf(x), size * size, channels);
  const small = tf.tidy(() => {
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
  });
  try {
    return channelsFirst(await small.data(), size * size, channels);
  } finally {
    small.dispose();
  }
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
