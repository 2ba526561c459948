import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { vectorJacobian } from "./gradients.js";

/**
 * R1 regularisation: the squared length of the discriminator's gradient at real pictures.
 *
 * 1. Takes the gradient of the summed logits with respect to the pictures (a picture's logit depends on its own
 *    pixels, and through the minibatch standard deviation a little on the others').
 * 2. Sums its squares over each picture.
 *
 * The loss is gamma / 2 times the mean. Its gradient with respect to the parameters holds second derivatives of the
 * discriminator: call this inside `lossAndGradients` (see `vectorJacobian` for how they come about).
 *
 * @param discriminate pictures to logits, [N, 1]
 * @param images [N, H, W, C]
 * @returns the gradients, [N, H, W, C], and their squared lengths, [N]
 *
 * Source: Mescheder et al. 2018, equation 9; Karras et al. 2019, appendix C.
 */
export function r1Penalty(
  discriminate: (images: Tensor4D) => Tensor2D,
  images: Tensor4D,
): { readonly gradients: Tensor4D; readonly penalty: Tensor1D } {
  const gradients = vectorJacobian((x: Tensor4D) => tf.sum(discriminate(x)), images);
  return { gradients, penalty: tf.tidy(() => tf.sum(tf.square(gradients), [1, 2, 3])) };
}
