import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { tap, type Step, type Tap } from "./tap.js";

/**
 * The tensors that a pass owns at the moment. `tf.tidy` cannot span a `yield`, so a pass keeps what must live
 * across one here, and frees all of it in its `finally`, however it ends.
 */
export class Hold {
  readonly #tensors = new Set<Tensor>();

  keep<T extends Tensor>(tensor: T): T {
    this.#tensors.add(tensor);
    return tensor;
  }

  free(tensor: Tensor | null): void {
    if (tensor && this.#tensors.delete(tensor)) tensor.dispose();
  }

  /** Frees `old` and keeps `next` in its place. */
  replace<T extends Tensor>(old: Tensor | null, next: T): T {
    if (next !== (old as Tensor | null)) this.free(old);
    return this.keep(next);
  }

  /** Hands a tensor to the caller: it is no longer freed here. */
  release<T extends Tensor>(tensor: T): T {
    this.#tensors.delete(tensor);
    return tensor;
  }

  freeAll(): void {
    for (const tensor of this.#tensors) tensor.dispose();
    this.#tensors.clear();
  }

  /**
   * Shows a feature map that this hold owns, and takes the reader's replacement in its place, if there is one.
   * @throws {RangeError} for a replacement of another shape
   */
  *show(
    name: string,
    x: Tensor4D,
    role: Tap["role"] = "layer",
  ): Generator<Step, Tensor4D, Tensor4D | undefined> {
    const replacement = yield tap(name, x, role);
    if (replacement === undefined || replacement === x) return x;
    this.replace(x, replacement);
    if (replacement.shape.join() !== x.shape.join())
      throw new RangeError(`replacement for ${name} has shape [${replacement.shape}]; give [${x.shape}]`);
    return replacement;
  }
}
