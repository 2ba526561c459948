import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { upfirdn2d } from "./upfirdn2d.js";

/** Averages blocks of factor x factor pixels: [N, H, W, C] -> [N, floor(H / factor), floor(W / factor), C]. */
export function downsampleAverage(x: Tensor4D, factor = 2): Tensor4D {
  return tf.tidy(() => {
    const box = tf.fill([factor, factor], 1 / (factor * factor)) as tf.Tensor2D;
    return upfirdn2d(x, box, { down: factor });
  });
}
