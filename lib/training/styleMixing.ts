import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { mixStyles } from "../ops/mixStyles.js";

/** The random numbers behind one batch's mixing. */
export interface MixingDraw {
  /** Uniform in 0 .. 1: below the probability the batch is mixed. */
  readonly uniform: number;
  /** First layer of the second latent, a whole number from 1 to L - 1. */
  readonly cutoff: number;
}

/** Turns two uniform numbers into a draw for a network with that many layers. */
export function mixingDraw(uniform: number, position: number, layers: number): MixingDraw {
  return { uniform, cutoff: 1 + Math.min(Math.floor(position * (layers - 1)), layers - 2) };
}

/**
 * Mixing regularisation: in a share of the batches the layers from a random one on take their styles from another
 * latent, so that neighbouring layers cannot rely on each other.
 *
 * @param ws [N, L, D]
 * @param other makes the second styles, [N, L, D]; asked for only where the batch is mixed
 * @param probability share of mixed batches
 * @returns styles, [N, L, D]; a new tensor
 *
 * Source: Karras et al. 2019, section 3.1.
 */
export function mixingRegularisation(
  ws: Tensor3D,
  other: () => Tensor3D,
  { uniform, cutoff }: MixingDraw,
  probability = 0.9,
): Tensor3D {
  if (!(uniform < probability)) return tf.clone(ws);
  return tf.tidy(() => mixStyles(ws, other(), { cutoff }));
}
