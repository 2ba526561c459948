import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { pixelMean } from "../ops/pixelMean.js";
import { adamState, adamStep, disposeAdam, type AdamState } from "./adam.js";
import { contrastBatch, type Contrast } from "./contrastTask.js";
import { lossAndGradients } from "./gradients.js";
import { tinyGenerator, tinyParameters, type Normalisation, type TinyLook } from "./tinyGenerator.js";

/** What a training run is of. Equal set-ups give equal runs on one back end. */
export interface TrainingSetUp {
  readonly seed: number;
  readonly normalisation: Normalisation;
  readonly contrast: Contrast;
}

/** Latents in a batch. */
export const BATCH = 4;
export const LEARNING_RATE = 0.05;
const BETA_1 = 0.5;

/** Mean absolute difference over batch, pixels and colours. */
export function meanAbsoluteError(a: Tensor4D, b: Tensor4D): Scalar {
  return tf.mean(tf.abs(tf.sub(a, b)));
}

/** Where |x - mean| exceeds `limit` standard deviations of its channel, the mean: spikes painted out. */
export function withoutSpikes(x: Tensor4D, limit: number): Tensor4D {
  return tf.tidy(() => {
    const mean = pixelMean(x);
    const centred = tf.sub<Tensor4D>(x, mean);
    const reach = tf.mul(tf.sqrt(pixelMean(tf.square(centred))), limit);
    const inside = tf.cast(tf.lessEqual(tf.abs(centred), reach), "float32");
    return tf.add(tf.mul(centred, inside), mean);
  });
}

/**
 * The training of a tiny generator on the contrast task: batches of four, mean absolute error, Adam.
 *
 * 1. Weights, and the batch of every step, follow from the seed alone.
 * 2. `step` takes one batch: forward, gradients, Adam.
 * 3. `generate` runs the network as it stands.
 */
export class TinyTraining {
  #parameters: ReadonlyMap<string, Tensor>;
  #adam: AdamState;

  constructor(readonly setUp: TrainingSetUp) {
    this.#parameters = tinyParameters(String(setUp.seed), setUp.normalisation);
    this.#adam = adamState(this.#parameters);
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#adam.step;
  }

  /** Takes one step. Waits for nothing: what it leaves behind are tensors. */
  step(): void {
    const { seed, normalisation, contrast } = this.setUp;
    const { z, pictures } = contrastBatch(`training ${seed} ${this.steps}`, BATCH, contrast);
    const { value, gradients } = lossAndGradients(
      () => meanAbsoluteError(tinyGenerator(this.#parameters, z, normalisation), pictures),
      this.#parameters,
    );
    const next = adamStep(this.#parameters, gradients, this.#adam, {
      learningRate: LEARNING_RATE,
      beta1: BETA_1,
    });
    tf.dispose([value, z, pictures, ...gradients.values()]);
    this.dispose();
    this.#parameters = next.parameters;
    this.#adam = next.state;
  }

  /** Pictures for latents [N, 3]; they are the caller's. */
  generate(z: Tensor2D, look?: TinyLook): Tensor4D {
    return tinyGenerator(this.#parameters, z, this.setUp.normalisation, look);
  }

  dispose(): void {
    tf.dispose([...this.#parameters.values()]);
    disposeAdam(this.#adam);
  }
}
