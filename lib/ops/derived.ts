import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** What operations derived from constant weights, by the weight and a description of the derivation. */
const derivations = new WeakMap<Tensor, Map<string, Tensor>>();

/**
 * Declares a weight constant until {@link forget}: what operations derive from it, such as the kernels of an
 * upsampling convolution's phases, is then computed once and kept.
 */
export function remember(weight: Tensor): void {
  if (!derivations.has(weight)) derivations.set(weight, new Map());
}

/** Whether a weight was declared constant, so that what is derived from it pays. */
export function isRemembered(weight: Tensor): boolean {
  return derivations.has(weight);
}

/** Frees what was derived from a weight. Called by the weight's owner, before or after disposing it. */
export function forget(weight: Tensor): void {
  for (const tensor of derivations.get(weight)?.values() ?? []) tensor.dispose();
  derivations.delete(weight);
}

/**
 * A tensor that follows from a weight alone.
 *
 * @param how names the derivation; the same name must stand for the same result
 * @returns the tensor: kept for a remembered weight, else a fresh one
 */
export function derive<T extends Tensor>(weight: Tensor, how: string, make: () => T): T {
  const known = derivations.get(weight);
  if (!known) return make();
  const found = known.get(how);
  if (found) return found as T;
  const made = tf.keep(make());
  known.set(how, made);
  return made;
}
