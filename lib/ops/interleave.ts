import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { kernels } from "./kernels.js";

/**
 * Puts the phases of a map together: pixel (up * i + a, up * j + b) of the result is pixel (i, j) of phase [a][b].
 *
 * 1. Puts the phases of each row side by side: their channels at one pixel become neighbouring pixels.
 * 2. Puts the rows below each other likewise.
 *
 * @param phases `up` rows of `up` maps, [N, H, W, C] each
 * @returns map, [N, up * H, up * W, C]
 */
export function interleave(phases: readonly (readonly Tensor4D[])[]): Tensor4D {
  const up = phases.length;
  const [n, h, w, c] = phases[0]![0]!.shape;
  const run = tf.customGrad((...given) => {
    const maps = given.slice(0, -1) as Tensor4D[]; // the last one saves tensors, of which the gradient needs none
    const rows = phases.map((_, a) => maps.slice(a * up, (a + 1) * up));
    const value = kernels().interleave?.(rows) ?? concatenated(rows);
    const gradFunc = (dy: Tensor) => {
      const cells: Tensor4D = tf.reshape(dy, [n * h, up, w, up * c]);
      return maps.map((_, k) => {
        const from = [0, Math.floor(k / up), 0, (k % up) * c];
        return tf.reshape(tf.slice(cells, from, [n * h, 1, w, c]), [n, h, w, c]);
      });
    };
    return { value, gradFunc };
  });
  return run(...phases.flat()) as Tensor4D;
}

function concatenated(phases: readonly (readonly Tensor4D[])[]): Tensor4D {
  const up = phases.length;
  const [n, h, w, c] = phases[0]![0]!.shape;
  const lines = phases.map((maps) => tf.reshape(tf.concat([...maps], 3), [n * h, w * up * c]));
  return tf.reshape(tf.concat(lines, 1), [n, h * up, w * up, c]);
}
