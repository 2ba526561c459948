import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Parameter, Parameters } from "../weights/parameters.js";
import { isDesignedBuffer } from "../weights/shapes.js";
import { convolution } from "./tensors.js";

/**
 * A network's parameters as tensors that gradients may be taken of, by official name. Convolutions are
 * [kh, kw, I, O] and the learned constant is [1, 4, 4, C]; everything else keeps its official layout.
 */
export type TensorMap = ReadonlyMap<string, Tensor>;

/** The tensor of a name. @throws {Error} when there is none */
export function tensorNamed<T extends Tensor>(tensors: TensorMap, name: string): T {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`parameter ${name} is missing; load weights of the same configuration`);
  return tensor as T;
}

/** How a parameter's axes are turned from the official layout, and how they are turned back. */
function turns(name: string, rank: number): { readonly to: number[]; readonly back: number[] } | null {
  if (rank === 4 && name.endsWith(".weight")) return { to: [2, 3, 1, 0], back: [3, 2, 0, 1] };
  if (rank === 3 && name.endsWith(".const")) return { to: [1, 2, 0], back: [2, 0, 1] };
  return null;
}

/** Official parameters as tensors, which are the caller's. Filters, which networks design themselves, are left out. */
export function trainableTensors(parameters: Parameters): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, parameter] of parameters) {
    if (isDesignedBuffer(name) || name === "lod") continue;
    tensors.set(
      name,
      tf.tidy(() => tensorOf(name, parameter)),
    );
  }
  return tensors;
}

function tensorOf(name: string, parameter: Parameter): Tensor {
  const { shape, data } = parameter;
  if (shape.length === 4 && name.endsWith(".weight")) return convolution(parameter);
  const tensor = tf.tensor(data, [...shape]);
  const turn = turns(name, shape.length);
  return turn ? tf.expandDims(tf.transpose(tensor, turn.to), 0) : tensor;
}

/** A trainable tensor, or its gradient, in the official layout. */
export function officialLayout(name: string, tensor: Tensor): Tensor {
  return tf.tidy(() => {
    const flat = name.endsWith(".const") ? tf.squeeze(tensor, [0]) : tensor;
    const turn = turns(name, flat.rank);
    return turn ? tf.transpose(flat, turn.back) : flat.clone();
  });
}
