import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * x, cut off at -limit and at limit.
 *
 * The gradient is stated as a product with a mask of steps, which can be differentiated again, as R1 and path-length
 * regularisation need; that of tfjs is made of comparisons, which cannot.
 */
export function clampMagnitude<T extends Tensor>(x: T, limit: number): T {
  const run = tf.customGrad((input, save) => {
    (save as (tensors: Tensor[]) => void)([input as Tensor]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      tf.tidy(() => tf.mul(dy, tf.sub(1, tf.step(tf.sub(tf.abs(saved[0]!), limit)))));
    return { value: tf.clipByValue(input as T, -limit, limit), gradFunc };
  });
  return run(x) as T;
}
