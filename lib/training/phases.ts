import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { discriminatorFakeLoss, discriminatorRealLoss, generatorLoss } from "./logisticLoss.js";
import { pathLengthPenalty, pathLengths } from "./pathLength.js";
import { r1Penalty } from "./r1.js";

/** Sees a phase's intermediate results under the official names; must not keep the tensors. */
export type PhaseLook = (name: string, tensor: Tensor) => void;

type Discriminate = (images: Tensor4D) => Tensor2D;

/**
 * The losses of StyleGAN2's training phases. Each is differentiable with respect to the parameters in the closures it
 * is given: call it inside `lossAndGradients`. `gain` makes up for lazy regularisation.
 *
 * Source: stylegan2-ada-pytorch, training/loss.py; Karras et al. 2020a, sections 3.1 and 3.2.
 */

/** Gmain: makes the generated pictures look real, mean(softplus(-D(G(z)))) * gain. */
export function generatorPhase(
  generate: () => Tensor4D,
  discriminate: Discriminate,
  { gain = 1, look = () => undefined }: { readonly gain?: number; readonly look?: PhaseLook } = {},
): Scalar {
  return tf.tidy(() => {
    const images = generate();
    look("gen_img", images);
    const logits = discriminate(images);
    look("gen_logits", logits);
    const loss = generatorLoss(logits);
    look("loss_Gmain", loss);
    return tf.mul<Scalar>(tf.mean(loss), gain);
  });
}

export interface PathLengthPhase {
  /** w+ of the batch, [N, L, D], made of the parameters. */
  readonly ws: Tensor3D;
  readonly synthesise: (ws: Tensor3D) => Tensor4D;
  /** See `pathLengthNoise`. */
  readonly noise: Tensor4D;
  /** The moving mean before this batch. */
  readonly mean: number;
  readonly decay?: number;
  readonly weight?: number;
  readonly gain?: number;
  readonly look?: PhaseLook;
}

/** Greg: path-length regularisation, mean((length - a)^2) * weight * gain. */
export function pathLengthPhase(phase: PathLengthPhase): Scalar {
  const { ws, synthesise, noise, decay = 0.01, weight = 2, gain = 1, look = () => undefined } = phase;
  return tf.tidy(() => {
    const seen = (at: Tensor3D): Tensor4D => {
      const images = synthesise(at);
      look("gen_img", images);
      return images;
    };
    look("ws", ws);
    look("pl_noise", noise);
    const { gradients, lengths } = pathLengths(seen, ws, noise);
    look("pl_grads", gradients);
    look("pl_lengths", lengths);
    const { penalty, mean } = pathLengthPenalty(lengths, phase.mean, decay);
    look("pl_mean_after", mean);
    look("pl_penalty", penalty);
    const loss = tf.mul<Tensor1D>(penalty, weight);
    look("loss_Gpl", loss);
    return tf.mul<Scalar>(tf.mean(loss), gain);
  });
}

export interface DiscriminatorPhase {
  readonly real: Tensor4D;
  readonly discriminateReal: Discriminate;
  /** Generated pictures; null for the regularisation alone. */
  readonly fake: { readonly images: () => Tensor4D; readonly discriminate: Discriminate } | null;
  /** Weight of R1; null for a step without it. */
  readonly r1Gamma: number | null;
  readonly gain?: number;
  readonly look?: PhaseLook;
}

/**
 * Dmain, Dreg or both: mean(softplus(D(fake))) + mean(softplus(-D(real))) where there are generated pictures, and
 * mean(|grad D(real)|^2) * gamma / 2 where R1 is wanted, times gain.
 */
export function discriminatorPhase(phase: DiscriminatorPhase): Scalar {
  const { real, discriminateReal, fake, r1Gamma, gain = 1, look = () => undefined } = phase;
  return tf.tidy(() => {
    const losses: Tensor[] = [];
    if (fake) {
      const images = fake.images();
      look("gen_img", images);
      const logits = fake.discriminate(images);
      look("gen_logits", logits);
      const loss = discriminatorFakeLoss(logits);
      look("loss_Dgen", loss);
      losses.push(tf.mean(loss));
    }
    const logitsOf = (x: Tensor4D): Tensor2D => {
      const logits = discriminateReal(x);
      look("real_logits", logits);
      if (fake) look("loss_Dreal", discriminatorRealLoss(logits));
      return logits;
    };
    if (fake) losses.push(tf.mean(discriminatorRealLoss(logitsOf(real))));
    if (r1Gamma !== null) {
      const { gradients, penalty } = r1Penalty(logitsOf, real);
      look("r1_grads", gradients);
      look("r1_penalty", penalty);
      const loss = tf.mul(penalty, r1Gamma / 2);
      look("loss_Dr1", loss);
      losses.push(tf.mean(loss));
    }
    return tf.mul(tf.addN(losses), gain) as Scalar;
  });
}
