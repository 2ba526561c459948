import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { BiasActOptions } from "./biasAct.js";
import type { AddedNoise, ConvolutionLayerOptions } from "./convolutionLayer.js";
import type { FilteredLeakyReluOptions } from "./filteredLeakyRelu.js";
import type { FullyConnectedOptions } from "./fullyConnected.js";
import { OWN_OPERATIONS } from "./ownOperations.js";
import type { Sides } from "./resampleGrid.js";
import type { Filter } from "./setupFilter.js";
import type { RgbLayerOptions } from "./rgbLayer.js";

export type { AddedNoise };

/**
 * Faster twins of operations that a back end brings. Each takes what its operation takes, defaults filled in and
 * shapes checked, and gives the same numbers but for rounding, or null for arguments that it does not cover: the
 * readable operation then goes on by itself.
 */
export interface Kernels {
  readonly conv2d?: (
    x: Tensor4D,
    weight: Tensor4D,
    stride: readonly [number, number],
    padding: Sides,
  ) => Tensor4D | null;
  /** Whether `conv2d` is faster with a kept weight, and so with scaled activations, than with one scaled anew. */
  readonly prefersKeptWeight?: (weight: Tensor4D, height: number, width: number) => boolean;
  readonly upsampleConv2d?: (x: Tensor4D, weight: Tensor4D, up: number, padding: Sides) => Tensor4D | null;
  readonly interleave?: (phases: readonly (readonly Tensor4D[])[]) => Tensor4D | null;
  readonly upfirdn2d?: (
    x: Tensor4D,
    filter: Filter,
    up: readonly [number, number],
    down: readonly [number, number],
    padding: Sides,
    flipFilter: boolean,
    gain: number,
  ) => Tensor4D | null;
  readonly convolutionLayer?: (
    x: Tensor4D,
    weight: Tensor4D,
    options: ConvolutionLayerOptions,
  ) => Tensor4D | null;
  readonly rgbLayer?: (
    x: Tensor4D,
    weight: Tensor4D,
    styles: Tensor2D | null,
    options: RgbLayerOptions,
  ) => Tensor4D | null;
  /** What a convolution layer does behind its convolution: noise, bias, activation, gain and clamp. */
  readonly finish?: (
    x: Tensor4D,
    noise: AddedNoise | null,
    bias: Tensor1D | null,
    options: BiasActOptions,
  ) => Tensor4D | null;
  /** Told of a remembered weight once what follows from it is derived: it may be kept in a form of the back end's. */
  readonly keepWeight?: (weight: Tensor4D) => void;
  readonly weightEnergy?: (weight: Tensor4D) => Tensor2D | null;
  readonly adain?: (x: Tensor4D, style: Tensor2D, epsilon: number) => Tensor4D | null;
  readonly instanceNorm?: (x: Tensor4D, epsilon: number) => Tensor4D | null;
  readonly filteredLeakyRelu?: (
    x: Tensor4D,
    bias: Tensor1D | null,
    options: FilteredLeakyReluOptions,
  ) => Tensor4D | null;
  /** `row`: x is [N, L, I], and the layer reads its row of that number. */
  readonly fullyConnected?: (
    x: Tensor2D | Tensor3D,
    row: number,
    weight: Tensor2D,
    bias: Tensor1D | null,
    options: FullyConnectedOptions,
  ) => Tensor2D | null;
}

const NONE: Kernels = {};
const brought = new Map<string, Kernels>();

/**
 * Has the operations use a back end's kernels from now on; null: the readable operations again. Where these are a
 * reader's own, no kernel stands in for them.
 */
export function registerKernels(backend: string, kernels: Kernels | null): void {
  if (kernels && !OWN_OPERATIONS) brought.set(backend, kernels);
  else brought.delete(backend);
}

/** Does something with the readable operations alone. It must not wait for anything. */
export function withoutKernels<T>(work: () => T): T {
  const set = new Map(brought);
  brought.clear();
  try {
    return work();
  } finally {
    for (const [backend, kernels] of set) brought.set(backend, kernels);
  }
}

/**
 * Kernels for what runs now: those of the active back end. While gradients are recorded there are none, since what
 * is recorded must be made of operations that have gradients; inside an operation that states its own gradient
 * nothing is recorded, and they serve again.
 */
export function kernels(): Kernels {
  if (brought.size === 0 || tf.engine().isTapeOn()) return NONE;
  return brought.get(tf.getBackend()) ?? NONE;
}

/**
 * Whether the active back end has a kernel of this name that the tape keeps out at the moment: an operation that can
 * state its own gradient then serves it (see `recorded`).
 */
export function isKeptOut(name: keyof Kernels): boolean {
  return tf.engine().isTapeOn() && brought.get(tf.getBackend())?.[name] !== undefined;
}

/** Whether all tensors hold 32-bit floats, which is what the kernels read. */
export function areFloats(...tensors: readonly (Tensor | null)[]): boolean {
  return tensors.every((tensor) => tensor === null || tensor.dtype === "float32");
}
