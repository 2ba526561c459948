import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { tensorNamed, type TensorMap } from "../networks/trainable.js";

/**
 * The decay of the weights' moving average that forgets half in `halfLifeImages`: 0.5^(minibatch / half-life).
 *
 * @param rampUp limits the half-life to this share of the images shown so far, so that early weights are soon
 *   forgotten; null: no limit
 *
 * Source: Karras et al. 2018, appendix A.1 (averaged weights); half-life and ramp-up are those of the official code of
 * Karras et al. 2020b, `training/training_loop.py`.
 */
export function weightDecay(
  minibatch: number,
  halfLifeImages: number,
  shownImages = Infinity,
  rampUp: number | null = null,
): number {
  const halfLife = rampUp === null ? halfLifeImages : Math.min(halfLifeImages, shownImages * rampUp);
  return 0.5 ** (minibatch / Math.max(halfLife, 1e-8));
}

/**
 * The moving average of a generator's weights, w' = w + decay * (average - w) for each parameter. The average makes the
 * better pictures: it is the network that gets shown and saved.
 *
 * @returns new tensors by name, which are the caller's
 */
export function updateWeightAverage(
  average: TensorMap,
  weights: TensorMap,
  decay: number,
): Map<string, Tensor> {
  if (!(decay >= 0 && decay <= 1)) throw new RangeError(`decay must be from 0 to 1, not ${decay}`);
  const next = (weight: Tensor, mean: Tensor) =>
    tf.tidy(() => tf.add(weight, tf.mul(tf.sub(mean, weight), decay)));
  return new Map([...weights].map(([name, weight]) => [name, next(weight, tensorNamed(average, name))]));
}
