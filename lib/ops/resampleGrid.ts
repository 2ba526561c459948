import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

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
    const cells = tf.reshape(padded, [n * rows, downY, columns, downX * c]);
    return tf.reshape(tf.slice(cells, [0, 0, 0, 0], [n * rows, 1, columns, c]), [n, rows, columns, c]);
  });
}

/**
 * Adds zeros around an image, or crops it where a side is negative.
 *
 * @param sides [left, right, top, bottom] in pixels
 * @throws Error when nothing would be left
 */
export function padOrCrop(
  x: Tensor4D,
  [x0, x1, y0, y1]: readonly [number, number, number, number],
): Tensor4D {
  const [n, h, w, c] = x.shape;
  if (h + y0 + y1 < 1 || w + x0 + x1 < 1) {
    throw new Error(`padding [${x0}, ${x1}, ${y0}, ${y1}] leaves nothing of an image of ${w}x${h} pixels`);
  }
  return tf.tidy(() => {
    const [cropX, cropY] = [Math.max(-x0, 0), Math.max(-y0, 0)];
    const cropW = w - cropX - Math.max(-x1, 0);
    const cropH = h - cropY - Math.max(-y1, 0);
    let y = x;
    const pads = [x0, x1, y0, y1].map((side) => Math.max(side, 0)) as [number, number, number, number];
    if (pads.some((side) => side > 0)) {
      // pad first: a crop larger than the image is legal when the other side is padded
      y = tf.pad(y, [
        [0, 0],
        [pads[2], pads[3]],
        [pads[0], pads[1]],
        [0, 0],
      ]);
    }
    if (cropW === w && cropH === h) return y === x ? tf.clone(x) : y;
    const [height, width] = [cropH + pads[2] + pads[3], cropW + pads[0] + pads[1]];
    // whole rows are copied at once where pixels and channels share an axis
    const lines = tf.reshape(y, [n, y.shape[1], y.shape[2] * c]);
    return tf.reshape(tf.slice(lines, [0, cropY, cropX * c], [n, height, width * c]), [n, height, width, c]);
  });
}
