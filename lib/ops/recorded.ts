import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Tensors by the names that an operation has for them; those that are not given are null. */
export type Given<Name extends string> = Readonly<Record<Name, Tensor | null>>;

interface Call<O> {
  readonly names: readonly string[];
  readonly options: O;
}

/**
 * An operation that a gradient's tape records as one, with a gradient that it states itself.
 *
 * tfjs's own `customGrad` computes the gradients of all inputs. Here each is computed when it is asked for, so that a
 * product with a Jacobian of the latents pays for no gradient of a weight.
 *
 * @param name unlike that of any operation of tfjs
 * @param compute the result; nothing is recorded meanwhile
 * @param gradients for each tensor that is differentiated with respect to, a function that makes its gradient; to be
 *   made of operations that have gradients, where second derivatives are wanted
 */
export function recorded<Name extends string, O>(
  name: string,
  compute: (given: Given<Name>, options: O) => Tensor,
  gradients: (dy: Tensor, given: Given<Name>, options: O) => Partial<Record<Name, () => Tensor>>,
): (given: Given<Name>, options: O) => Tensor {
  const byName = (tensors: readonly Tensor[], { names }: Call<O>): Given<Name> => {
    const entries = names.map((key, i) => [key, tensors[i]!]);
    return Object.fromEntries(entries) as Given<Name>;
  };
  tf.registerGradient({
    kernelName: name,
    saveAllInputs: true,
    gradFunc: (dy, saved, attributes) => {
      const call = attributes as unknown as Call<O>;
      const made = gradients(dy as Tensor, byName(saved, call), call.options);
      const constant = (i: number) => () => tf.zerosLike(saved[i]!);
      return Object.fromEntries(call.names.map((key, i) => [i, made[key as Name] ?? constant(i)]));
    },
  });
  return (given, options) => {
    const backendName = tf.getBackend();
    if (!tf.getKernel(name, backendName))
      tf.registerKernel({
        kernelName: name,
        backendName,
        kernelFunc: ({ inputs, attrs }) => {
          const call = attrs as unknown as Call<O>;
          return compute(byName(inputs as unknown as Tensor[], call), call.options);
        },
      });
    const entries = Object.entries(given).filter(([, tensor]) => tensor !== null) as [string, Tensor][];
    const call: Call<O> = { names: entries.map(([key]) => key), options };
    const inputs = entries.map(([, tensor]) => tensor);
    return tf.engine().runKernel(name, inputs as never, call as never);
  };
}
