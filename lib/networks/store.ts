import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { forget } from "../ops/derived.js";
import type { Config } from "../weights/config.js";
import type { Family, Parameter, Parameters } from "../weights/parameters.js";
import { isDesignedBuffer, tensorResolution } from "../weights/shapes.js";

/** The mapping network with its mean w, or the synthesis block of a resolution. */
export type Part = "mapping" | number;

/**
 * Collects parameters as they arrive and turns each part of a network into tensors once it is complete, so that
 * the first blocks can run while the rest is still downloading. Raw arrays are let go when their part is built.
 */
export class Store<Block> {
  readonly #waiting = new Map<string, Parameter>();
  readonly #missing = new Map<Part, Set<string>>();
  readonly #specs = new Map<string, { readonly shape: readonly number[]; readonly part: Part }>();
  readonly #blocks = new Map<Part, Block>();
  readonly #tensors = new Map<Part, Tensor[]>();

  /**
   * @param shapes the parameters and buffers of the network, by official name
   * @param build makes a part's tensors once all its parameters are there
   */
  constructor(
    family: Family,
    config: Config,
    shapes: ReadonlyMap<string, readonly number[]>,
    private readonly build: (part: Part, take: Take) => Block,
  ) {
    for (const [name, shape] of shapes) {
      if (isDesignedBuffer(name)) continue;
      const part = name.startsWith("synthesis.") ? tensorResolution(family, config, name) : "mapping";
      this.#specs.set(name, { shape, part });
      if (!this.#missing.has(part)) this.#missing.set(part, new Set());
      this.#missing.get(part)!.add(name);
    }
  }

  /**
   * Takes parameters in any portions. Names that this network does not know are left alone (a checkpoint holds
   * buffers that a network computes itself).
   * @throws {RangeError} for a known name with another shape
   */
  add(parameters: Parameters): void {
    const touched = new Set<Part>();
    for (const [name, parameter] of parameters) {
      const spec = this.#specs.get(name);
      if (!spec || this.#blocks.has(spec.part)) continue;
      if (parameter.shape.join() !== spec.shape.join() && !sameScalar(parameter.shape, spec.shape))
        throw new RangeError(
          `parameter ${name} has shape [${parameter.shape}] but this configuration needs [${spec.shape}]; load weights of the same configuration`,
        );
      this.#waiting.set(name, parameter);
      this.#missing.get(spec.part)!.delete(name);
      touched.add(spec.part);
    }
    for (const part of touched) if (this.#missing.get(part)!.size === 0) this.#build(part);
  }

  has(part: Part): boolean {
    return this.#blocks.has(part);
  }

  /** @throws {Error} naming a parameter that has not arrived */
  get(part: Part): Block {
    const block = this.#blocks.get(part);
    if (block !== undefined) return block;
    const [first] = this.#missing.get(part) ?? [];
    throw new Error(
      `weights of ${part === "mapping" ? "the mapping network" : `block ${part}`} are not loaded` +
        (first ? ` (${first} is missing)` : "") +
        "; load them before the pass reaches it",
    );
  }

  /** Bytes of the tensors built so far. */
  get bytes(): number {
    let bytes = 0;
    for (const tensors of this.#tensors.values()) for (const tensor of tensors) bytes += tensor.size * 4;
    return bytes;
  }

  dispose(): void {
    for (const tensors of this.#tensors.values())
      for (const tensor of tensors) {
        forget(tensor);
        tensor.dispose();
      }
    this.#tensors.clear();
    this.#blocks.clear();
    this.#waiting.clear();
  }

  #build(part: Part): void {
    const tensors: Tensor[] = [];
    const read: Take["read"] = (name) => {
      const parameter = this.#waiting.get(name);
      if (!parameter) throw new Error(`parameter ${name} is not part of this configuration`);
      this.#waiting.delete(name);
      return parameter;
    };
    const keep: Take["keep"] = (tensor) => {
      tensors.push(tf.keep(tensor));
      return tensor;
    };
    const tensor: Take["tensor"] = (name, convert) => {
      const parameter = read(name);
      return keep(tf.tidy(() => convert(parameter)));
    };
    this.#tensors.set(part, tensors);
    this.#blocks.set(part, this.build(part, { read, tensor, keep }));
  }
}

/** Takes parameters out of those that wait. */
export interface Take {
  read(name: string): Parameter;
  /** Makes the parameter's tensor, which the store owns. */
  tensor<T extends Tensor>(name: string, convert: (parameter: Parameter) => T): T;
  /** Has the store own a tensor that belongs to the part and is no parameter's. */
  keep<T extends Tensor>(tensor: T): T;
}

/** A scalar may be stored as [] or [1]. */
function sameScalar(a: readonly number[], b: readonly number[]): boolean {
  return a.every((n) => n === 1) && b.every((n) => n === 1) && a.length <= 1 && b.length <= 1;
}
