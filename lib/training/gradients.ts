import "@tensorflow/tfjs"; // registers the gradients, which tfjs-core alone lacks
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";
import type { TensorMap } from "../networks/trainable.js";

/**
 * The gradient of sum(f(x) * seed) with respect to x: a vector-Jacobian product, itself differentiable.
 *
 * tfjs records the backward pass on the tape of an enclosing gradient, so a loss may contain this gradient and be
 * differentiated in turn, as R1 and path-length regularisation need. That holds where every operation's gradient is
 * made of operations that have gradients: our convolutions, resampling, leaky ReLU and means state theirs so, on all
 * back ends.
 *
 * @param f the function; what it computes from x must be recorded, that is, made of tf operations
 * @param x where
 * @returns the gradient, of the shape of x
 */
export function vectorJacobian<X extends Tensor, Y extends Tensor>(f: (x: X) => Y, x: X, seed?: Y): X {
  return tf.grad((at) => f(at as X))(x, seed) as X;
}

/**
 * A loss and its gradients with respect to parameters. Parameters on which the loss does not depend have zeros.
 *
 * @param loss computes the loss from the very tensors of `parameters`
 * @returns the loss and one gradient per name, all the caller's
 */
export function lossAndGradients(
  loss: () => Scalar,
  parameters: TensorMap,
): { readonly value: Scalar; readonly gradients: Map<string, Tensor> } {
  const names = [...parameters.keys()];
  const tensors = [...parameters.values()];
  const kept = tf.tidy(() => {
    const { value, grads } = tf.engine().gradients(loss, tensors, undefined, true);
    const all = grads.map((gradient, i) => (gradient as Tensor | null) ?? tf.zerosLike(tensors[i]!));
    return [value, ...all];
  });
  const [value, ...gradients] = kept as [Scalar, ...Tensor[]];
  return { value, gradients: new Map(gradients.map((gradient, i) => [names[i]!, gradient])) };
}
