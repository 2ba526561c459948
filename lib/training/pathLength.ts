import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { vectorJacobian } from "./gradients.js";

/** Normal noise divided by the square root of the number of pixels, so that lengths do not depend on the picture's size. */
export function pathLengthNoise(normal: Tensor4D): Tensor4D {
  const [, h, w] = normal.shape;
  return tf.mul(normal, 1 / Math.sqrt(h * w));
}

/**
 * Path lengths: how far the picture moves, in a random direction, when w moves.
 *
 * 1. Takes the product of the noise y with the generator's Jacobian, J_w^T y: the gradient of sum(g(w) * y) with
 *    respect to w+.
 * 2. Averages its squares over the layers, sums them over the components of w, and takes the root.
 *
 * @param synthesise w+ to pictures; the generator itself, or its differentiable form (`synthesiseStyleGAN2`)
 * @param ws [N, L, D]
 * @param noise [N, H, W, C] (see {@link pathLengthNoise})
 * @returns the products, [N, L, D], and the lengths, [N]
 *
 * Source: Karras et al. 2020a, section 3.2, equation 4 and appendix B.
 */
export function pathLengths(
  synthesise: (ws: Tensor3D) => Tensor4D,
  ws: Tensor3D,
  noise: Tensor4D,
): { readonly gradients: Tensor3D; readonly lengths: Tensor1D } {
  const gradients = vectorJacobian(synthesise, ws, noise);
  const lengths = tf.tidy(() => tf.sqrt(tf.mean(tf.sum(tf.square(gradients), 2), 1)) as Tensor1D);
  return { gradients, lengths };
}

/** The moving mean of path lengths, a, after a batch: a + decay * (mean(lengths) - a). */
export function updatePathLengthMean(mean: Scalar | number, lengths: Tensor1D, decay = 0.01): Scalar {
  return tf.tidy(() => tf.add(tf.mul(mean, 1 - decay), tf.mul(tf.mean(lengths), decay)) as Scalar);
}

/**
 * The path-length penalty, (length - a)^2 for each picture, where the moving mean a has taken this batch in already.
 *
 * The mean is not held constant: the gradient flows through this batch's share in it too, as in the official code. The
 * gradient with respect to the parameters holds second derivatives of the generator: call this, and
 * {@link pathLengths}, inside `lossAndGradients`; it is the reverse-mode derivative of a reverse-mode derivative, on
 * every back end, with nothing approximated.
 *
 * @returns the penalty, [N], and the new mean
 *
 * Source: Karras et al. 2020a, section 3.2, equation 4.
 */
export function pathLengthPenalty(
  lengths: Tensor1D,
  mean: Scalar | number,
  decay = 0.01,
): { readonly penalty: Tensor1D; readonly mean: Scalar } {
  const updated = updatePathLengthMean(mean, lengths, decay);
  return { penalty: tf.tidy(() => tf.square(tf.sub(lengths, updated)) as Tensor1D), mean: updated };
}
