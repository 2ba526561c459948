import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { officialLayout, trainableTensors, type TensorMap } from "../networks/trainable.js";
import { hashNormal } from "../random/hashNormal.js";
import type { StyleGAN2Config } from "../weights/config.js";
import { initialise } from "../weights/initialise.js";
import type { Parameter } from "../weights/parameters.js";
import { adamState, adamStep, disposeAdam, type AdamOptions, type AdamState } from "./adam.js";
import { lossAndGradients } from "./gradients.js";
import { lazyRegularisation } from "./lazyRegularisation.js";
import { pathLengthNoise } from "./pathLength.js";
import { pathLengthPhase } from "./phases.js";
import { mapTrainable, synthesiseStyleGAN2 } from "./synthesiseStyleGAN2.js";

export interface TargetTrainerOptions {
  readonly generator: StyleGAN2Config;
  /** Decides every random number of the training. */
  readonly seed: string;
  readonly batch: number;
  /** The picture that a latent is to give, RGB in -1 .. 1, row by row. */
  readonly target: (z: Float32Array) => Float32Array;
  readonly adam: (step: number) => AdamOptions;
  readonly pathLength: {
    /** Of the penalty; 0 leaves it out. */
    readonly weight: number;
    /** Steps between two penalties. */
    readonly interval: number;
    /** Decay of the moving mean of the lengths at each penalty. */
    readonly decay: number;
  };
}

/** What a step did. */
export interface TrainingStep {
  readonly step: number;
  /** Mean squared error of the batch's values. */
  readonly error: number;
  /** The batch's mean length, and the moving mean a; null in steps without the penalty. */
  readonly pathLength: { readonly length: number; readonly mean: number } | null;
}

/** Buffers of a generator that are not learned by gradients. */
const isBuffer = (name: string) => /w_avg$|noise_const$/.test(name);

/**
 * Trains a small unconditional StyleGAN2 generator to give each latent a picture of its own, with or without
 * path-length regularisation. There is no discriminator: the target alone says what the picture of a z must be, and
 * so what differs between two trainings is what lies between, W. The penalty is that of StyleGAN2's training, lazy
 * too, and runs on half a batch as in the official code. No noise, no style mixing.
 *
 * Source of the penalty: Karras et al. 2020a, section 3.2; of its schedule, section 3.1.
 */
export class TargetTrainer {
  /** What is learned, and the buffers beside it. */
  #weights: Map<string, Tensor>;
  readonly #buffers: Map<string, Tensor>;
  #adam: AdamState;
  #step = 0;
  #mean = 0;

  constructor(private readonly options: TargetTrainerOptions) {
    const all = [
      ...trainableTensors(initialise("stylegan2", options.generator, `${options.seed}/generator`)),
    ];
    this.#weights = new Map(all.filter(([name]) => !isBuffer(name)));
    this.#buffers = new Map(all.filter(([name]) => isBuffer(name)));
    this.#adam = adamState(this.#weights);
  }

  get steps(): number {
    return this.#step;
  }

  step(): TrainingStep {
    const { generator, batch, target, pathLength } = this.options;
    const step = this.#step++;
    const { z_dim, img_resolution: side, img_channels } = generator;
    const latents = this.#normal(`${step}/z`, batch * z_dim);
    const targets = Array.from({ length: batch }, (_, i) =>
      target(latents.subarray(i * z_dim, (i + 1) * z_dim)),
    );
    const { runs, gain } = lazyRegularisation(step, pathLength.interval);
    const regularised = pathLength.weight > 0 && runs;
    let error = NaN;
    let length = NaN;
    this.#descend(step, (weights) => {
      const z = tf.tensor2d(latents, [batch, z_dim]);
      const wanted = tf.tensor4d(concat(targets), [batch, side, side, img_channels]);
      const ws = mapTrainable(generator, weights, z);
      const made = synthesiseStyleGAN2(generator, weights, ws, null);
      const loss: Scalar = tf.mean(tf.square(tf.sub(made, wanted)));
      error = loss.dataSync()[0]!;
      if (!regularised) return loss;
      const half = Math.max(1, Math.floor(batch / 2));
      const y: Tensor4D = tf.tensor4d(this.#normal(`${step}/y`, half * side * side * img_channels), [
        half,
        side,
        side,
        img_channels,
      ]);
      const penalty = pathLengthPhase({
        ws: tf.slice(ws, [0, 0, 0], [half, ws.shape[1], ws.shape[2]]),
        synthesise: (at: Tensor3D) => synthesiseStyleGAN2(generator, weights, at, null),
        noise: pathLengthNoise(y),
        mean: this.#mean,
        decay: pathLength.decay,
        weight: pathLength.weight,
        gain,
        look: (name, tensor) => {
          if (name === "pl_lengths") length = tf.tidy(() => tf.mean(tensor).dataSync()[0]!);
        },
      });
      return tf.add<Scalar>(loss, penalty);
    });
    if (!regularised) return { step, error, pathLength: null };
    this.#mean += pathLength.decay * (length - this.#mean);
    return { step, error, pathLength: { length, mean: this.#mean } };
  }

  /** The generator in the official layout, with its mean w over `samples` latents. */
  result(samples = 4096): Map<string, Parameter> {
    const { generator } = this.options;
    const tensors = this.#all();
    const mean = tf.tidy(() => {
      const z: Tensor2D = tf.tensor2d(this.#normal("w_avg", samples * generator.z_dim), [
        samples,
        generator.z_dim,
      ]);
      const ws = mapTrainable(generator, tensors, z);
      return tf.mean(tf.slice(ws, [0, 0, 0], [samples, 1, generator.w_dim]), [0, 1]);
    });
    const out = new Map<string, Parameter>();
    for (const [name, tensor] of tensors) {
      const laid = officialLayout(name, name === "mapping.w_avg" ? mean : tensor);
      out.set(name, { shape: laid.shape, data: laid.dataSync<"float32">().slice() });
      laid.dispose();
    }
    mean.dispose();
    return out;
  }

  dispose(): void {
    disposeAdam(this.#adam);
    tf.dispose([...this.#all().values()]);
  }

  #descend(step: number, loss: (weights: TensorMap) => Scalar): void {
    const [before, state] = [this.#weights, this.#adam];
    const { value, gradients } = lossAndGradients(() => loss(this.#all()), before);
    const next = adamStep(before, gradients, state, this.options.adam(step));
    [this.#weights, this.#adam] = [next.parameters, next.state];
    disposeAdam(state);
    tf.dispose([value, ...gradients.values(), ...before.values()]);
  }

  #all(): Map<string, Tensor> {
    return new Map([...this.#weights, ...this.#buffers]);
  }

  #normal(key: string, length: number): Float32Array {
    return hashNormal(`${this.options.seed}/${key}`, length);
  }
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
