import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/** Pixels at the sides of an image, [left, right, top, bottom]. */
export type Sides = readonly [number, number, number, number];

/**
 * Inserts `up - 1` zeros behind every pixel, along both axes: [N, H, W, C] -> [N, H * upY, W * upX, C].
 *
 * 1. Gives each pixel an axis of its own for columns and pads it with zeros.
 * 2. Does the same for rows.
 */
export function insertZeros(x: Tensor4D, upX: number, upY: number): Tensor4D {
  if (upX === 1 && upY === 1) return tf.clone(x);
  const [n, h, w, c] = x.shape;
  return tf.tidy(() => {
    // one row of the image at a time: [N * H, 1, W, C] -> [N * H, upY, W, upX * C]
    const rows = tf.reshape(x, [n * h, 1, w, c]);
    const padded = tf.pad(rows, [
      [0, 0],
      [0, upY - 1],
      [0, 0],
      [0, (upX - 1) * c],
    ]);
    return tf.reshape(padded, [n, h * upY, w * upX, c]);
  });
}

/** Keeps every `down`-th pixel, beginning with the first: [N, H, W, C] -> [N, ceil(H / downY), ceil(W / downX), C]. */
export function keepEvery(x: Tensor4D, downX: number, downY: number): Tensor4D {
  if (downX === 1 && downY === 1) return tf.clone(x);
  const [n, h, w, c] = x.shape;
  const [rows, columns] = [Math.ceil(h / downY), Math.ceil(w / downX)];
  return tf.tidy(() => {
    const padded = padOrCrop(x, [0, columns * downX - w, 0, rows * downY - h]);
    const bands = tf.reshape(padded, [n * rows, downY * columns * downX * c]);
    const lines = tf.slice(bands, [0, 0], [n * rows, columns * downX * c]);
    const cells = tf.reshape(lines, [n * rows * columns, downX * c]);
    return tf.reshape(tf.slice(cells, [0, 0], [n * rows * columns, c]), [n, rows, columns, c]);
  });
}

/**
 * Adds zeros around an image, or crops it where a side is negative.
 *
 * @param sides [left, right, top, bottom] in pixels
 * @throws Error when nothing would be left
 */
export function padOrCrop(x: Tensor4D, [x0, x1, y0, y1]: Sides): Tensor4D {
  const [n, h, w, c] = x.shape;
  const [width, height] = [w + x0 + x1, h + y0 + y1];
  if (height < 1 || width < 1) {
    throw new Error(`padding [${x0}, ${x1}, ${y0}, ${y1}] leaves nothing of an image of ${w}x${h} pixels`);
  }
  if ([x0, x1, y0, y1].every((side) => side === 0)) return tf.clone(x);
  return tf.tidy(() => {
    const [left, right, top, bottom] = [x0, x1, y0, y1].map((side) => Math.max(side, 0)) as [
      number,
      number,
      number,
      number,
    ];
    let y = x;
    // pad first: a crop larger than the image is legal where the other side is padded
    if (left + right + top + bottom > 0) {
      y = tf.pad(y, [[0, 0], [top, bottom], [left, right], [0, 0]]); // prettier-ignore
    }
    const [, paddedH, paddedW] = y.shape;
    if (paddedH === height && paddedW === width) return y;
    // whole rows are copied at once where pixels and channels share an axis
    const lines = tf.reshape(y, [n, paddedH, paddedW * c]);
    const from = [0, Math.max(-y0, 0), Math.max(-x0, 0) * c];
    return tf.reshape(tf.slice(lines, from, [n, height, width * c]), [n, height, width, c]);
  });
}

/**
 * Divides a padding into the crop, done here, and the zeros, left to an operation that pads by itself.
 *
 * @returns the cropped image and the sides still to be padded, none negative
 */
export function cropFirst(x: Tensor4D, sides: Sides): [Tensor4D, Sides] {
  const crop = sides.map((side) => Math.min(side, 0)) as [number, number, number, number];
  const [, h, w] = x.shape;
  // a crop larger than the image is legal where zeros are added on the other side
  if (w + crop[0] + crop[1] < 1 || h + crop[2] + crop[3] < 1) return [padOrCrop(x, sides), [0, 0, 0, 0]];
  const zeros = sides.map((side) => Math.max(side, 0)) as [number, number, number, number];
  return [padOrCrop(x, crop), zeros];
}
