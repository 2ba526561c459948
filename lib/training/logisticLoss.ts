import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * The logistic losses of a GAN, one value for each logit. softplus(x) = ln(1 + e^x) does not overflow: it is x
 * itself for large x.
 *
 * Source: Goodfellow et al. 2014, section 3; Karras et al. 2019, appendix C (with R1).
 */

/** Generator, non-saturating: -ln sigmoid(D(G(z))) = softplus(-fake). Its gradient stays large where D is sure. */
export function generatorLoss<T extends Tensor>(fake: T): T {
  return tf.tidy(() => tf.softplus(tf.neg(fake)) as T);
}

/** Generator, saturating, as the minimax game has it: ln(1 - sigmoid(D(G(z)))) = -softplus(fake). */
export function saturatingGeneratorLoss<T extends Tensor>(fake: T): T {
  return tf.tidy(() => tf.neg(tf.softplus(fake)) as T);
}

/** Discriminator on generated pictures: -ln(1 - sigmoid(D)) = softplus(fake). */
export function discriminatorFakeLoss<T extends Tensor>(fake: T): T {
  return tf.softplus(fake) as T;
}

/** Discriminator on real pictures: -ln sigmoid(D) = softplus(-real). */
export function discriminatorRealLoss<T extends Tensor>(real: T): T {
  return tf.tidy(() => tf.softplus(tf.neg(real)) as T);
}
