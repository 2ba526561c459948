import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";

/** The average style vector of a batch: the centre that truncation pulls to, [N, D] -> [D]. */
export function wAverage(ws: Tensor2D): Tensor1D {
  expectShape("ws", ws, [null, null]);
  return tf.mean(ws, 0) as Tensor1D;
}

/**
 * One step of the moving average of style vectors: wAvg' = beta * wAvg + (1 - beta) * mean(ws).
 *
 * @param wAvg the average so far, [D]
 * @param ws the batch's style vectors, [N, D]
 * @param beta weight of the average so far: 0.995 in StyleGAN1 and 2, 0.998 in StyleGAN2-ADA and 3
 * @returns the new average, [D]
 *
 * Source: Karras et al. 2019, appendix B.
 */
export function updateWAverage(wAvg: Tensor1D, ws: Tensor2D, beta = 0.998): Tensor1D {
  expectShape("ws", ws, [null, wAvg.size]);
  if (!(beta >= 0 && beta <= 1)) throw new Error(`beta must be from 0 to 1, not ${beta}`);
  return tf.tidy(() => {
    const mean = wAverage(ws);
    return tf.add(mean, tf.mul(tf.sub(wAvg, mean), beta));
  });
}
