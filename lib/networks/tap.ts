import type { Tensor4D } from "@tensorflow/tfjs-core";

/**
 * One step of a forward pass. A network is a generator function: it yields each named feature map and takes
 * back what the reader did to it (`undefined`: nothing).
 */
export type Step = Tap | Need;

/** A named feature map, [N, H, W, C], on its way through the network. */
export interface Tap {
  readonly kind: "tap";
  /** The family's own name, such as `b64.conv0` (StyleGAN2), `layer7` (StyleGAN1), `L9_148_1024` (StyleGAN3). */
  readonly name: string;
  /**
   * The feature map. It belongs to the network: whoever looks must not dispose it, and must not keep it past
   * the next step (`clone()` it to keep it).
   */
  readonly tensor: Tensor4D;
  /** Side of the feature map in pixels. */
  readonly resolution: number;
  /** What the map is: a layer's output, an intermediate of a layer (such as `layer7.normalize`), or an RGB picture. */
  readonly role: "layer" | "inner" | "rgb";
}

/** A request for the weights of one resolution, so that a pass can start while the rest is still downloading. */
export interface Need {
  readonly kind: "need";
  readonly resolution: number;
}

/**
 * A running pass. `next(replacement)` hands a changed feature map back (same shape; the network takes
 * ownership of it and disposes its own); `return()` stops the pass early and frees what it holds.
 */
export type Pass<Result> = Generator<Step, Result, Tensor4D | undefined>;

export function tap(name: string, tensor: Tensor4D, role: Tap["role"] = "layer"): Tap {
  return { kind: "tap", name, tensor, resolution: tensor.shape[1], role };
}

export function need(resolution: number): Need {
  return { kind: "need", resolution };
}
