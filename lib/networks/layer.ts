/**
 * One entry of a network's static list: what the pass will yield under this name. Views, the profiler and the
 * checks of experiments are driven by it; a test holds it equal to the taps of an executed pass.
 */
export interface Layer {
  /** Tap name in the family's own terms. */
  readonly name: string;
  readonly role: "layer" | "inner" | "rgb";
  /** [H, W, C] */
  readonly shape: readonly [number, number, number];
  /** Side in pixels; of the weights' block, so an inner map one pixel larger still has its layer's resolution. */
  readonly resolution: number;
  readonly channels: number;
  /** For an inner tap the layer it belongs to, else its own name. */
  readonly layer: string;
  /** Index into w+ that the layer's style reads. */
  readonly w: number;
  /** Number of style channels: StyleGAN1 the output's (each has a scale and a shift), StyleGAN2 the input's. */
  readonly styleChannels: number;
  /** Multiply-adds of the convolution for one picture; 0 for inner taps and sums of pictures. */
  readonly multiplyAdds: number;
  /** What the layer moves at least for one picture; zeros for inner taps. */
  readonly traffic: Traffic;
  /**
   * What a pass can go on from when this layer's output is replaced: the tap holding the features and, where
   * pictures accumulate, the tap holding the picture so far. Null where the network cannot resume.
   */
  readonly resume: { readonly x: string; readonly img: string | null } | null;
}

/** Numbers that a layer moves, each once: feature maps and the convolution's kernel, not noise, bias or style. */
export interface Traffic {
  /** Values of the feature maps that it reads. */
  readonly read: number;
  /** Values of its kernel as it runs: an upsampling layer of StyleGAN1 has 4x4 taps. */
  readonly kernel: number;
  readonly written: number;
}

export const NO_TRAFFIC: Traffic = { read: 0, kernel: 0, written: 0 };

/** The layer of a name. @throws {RangeError} naming the closest names there are */
export function layerNamed(layers: readonly Layer[], name: string): Layer {
  const found = layers.find((layer) => layer.name === name);
  if (found) return found;
  const names = layers.filter((layer) => layer.role !== "inner").map((layer) => layer.name);
  throw new RangeError(`no layer named "${name}"; this network has ${names.join(", ")}`);
}
