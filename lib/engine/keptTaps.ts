import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";

/** Feature maps kept for whoever needs several of them at once. Holds clones, which share the memory of equals. */
export class KeptTaps<Owner> {
  readonly #taps = new Map<Owner, Map<string, Tensor4D>>();

  /** Keeps a map, and gives all that its owner has so far; they stay here. */
  add(owner: Owner, name: string, tensor: Tensor4D): ReadonlyMap<string, Tensor4D> {
    const taps = this.#taps.get(owner) ?? new Map<string, Tensor4D>();
    this.#taps.set(owner, taps);
    taps.get(name)?.dispose();
    taps.set(name, tf.keep(tensor.clone()));
    return taps;
  }

  drop(owner: Owner): void {
    for (const tensor of this.#taps.get(owner)?.values() ?? []) tensor.dispose();
    this.#taps.delete(owner);
  }

  dispose(): void {
    for (const owner of [...this.#taps.keys()]) this.drop(owner);
  }
}
