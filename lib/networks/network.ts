import type { Scalar, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Config } from "../weights/config.js";
import type { Family, Parameters } from "../weights/parameters.js";
import type { Layer } from "./layer.js";
import type { MappingLook } from "./mapping.js";
import type { Noise } from "./noise.js";
import type { Part } from "./store.js";
import type { Transform } from "./stylegan3Input.js";
import type { Pass } from "./tap.js";

/** What a pass may be asked for. Every callback gets the layer's tap name. */
export interface SynthesisOptions {
  /** Default: the stored maps. */
  readonly noise?: Noise;
  /** Layers whose intermediates are yielded too, as taps of role "inner". Default: none. */
  readonly inner?: (layer: string) => boolean;
  /**
   * Taps that nobody looks at or changes. A pass may leave one out where it then needs fewer steps: StyleGAN2's
   * `b64.torgb`, which is added to the picture so far. Default: every tap is yielded.
   */
  readonly unseen?: (tap: string) => boolean;
  /**
   * Goes on from a stored tap; the layers before it do not run. `x` is that tap's tensor (for a picture's tap:
   * the features that belong to it), `img` the picture so far, as the layer's `resume` entry says. They stay the
   * caller's and must live until the pass's first step.
   */
  readonly from?: { readonly name: string; readonly x: Tensor4D; readonly img?: Tensor4D | null };
  /** Edits the style of a layer before it is used; the result may be the tensor itself. Runs inside `tf.tidy`. */
  readonly editStyle?: (layer: string, style: Tensor2D) => Tensor2D;
  /** StyleGAN1: level of detail, 0 (default) = full resolution. */
  readonly lod?: number;
  /** StyleGAN1: also yields the picture of each resolution below, which its training has finished with. */
  readonly previews?: boolean;
  /** StyleGAN1: false leaves a layer's instance normalisation out. */
  readonly normalise?: (layer: string) => boolean;
  /** StyleGAN2: what keeps a layer's output at unit standard deviation. Default: "weights". */
  readonly demodulate?: (layer: string) => Demodulation;
  /** StyleGAN2 and 3: modulate the weights (true) or the activations (false); by default whichever is cheaper. */
  readonly fused?: boolean;
  /** StyleGAN3: transforms the Fourier features (see `pictureTransform`); default: as they are. */
  readonly transform?: Transform | null;
  /**
   * StyleGAN3, in training: each layer's running mean square of its input takes this batch in before it is used, and
   * is shown here; what is wanted must be kept.
   */
  readonly updateMagnitudes?: (layer: string, magnitude: Scalar) => void;
}

/**
 * How StyleGAN2's convolution is normalised (Karras et al. 2020a, figure 2):
 *
 * - "weights": by its weights' expected effect, demodulation, (d);
 * - "deviation": the feature map over its actual standard deviation, before noise and bias, (c);
 * - "adain": the feature map's actual mean and standard deviation, behind noise, bias and activation, (a) and (b);
 * - "none": not at all.
 *
 * Without demodulation the weights are scaled by 1 / sqrt(fan-in), which it would cancel.
 */
export type Demodulation = "weights" | "deviation" | "adain" | "none";

/** A generator whose weights may still be arriving. */
export interface Network {
  readonly family: Family;
  readonly config: Config;
  readonly resolution: number;
  readonly zDim: number;
  /** Number of classes; 0: unconditional. */
  readonly cDim: number;
  readonly wDim: number;
  readonly numWs: number;
  /** Every tap that a pass with previews and all intermediates yields, in order. */
  readonly layers: readonly Layer[];
  /** Takes parameters in official layout, in any portions and order. */
  add(parameters: Parameters): void;
  /** Whether the mapping network, or the block of a resolution, can run. */
  has(part: Part): boolean;
  /** The mean w: [D], or [L, D] where each layer has a w of its own. It stays the network's. */
  readonly wAverage: Tensor1D | Tensor2D;
  /** z [N, Z] (and classes [N, C]) to w+ [N, L, D], without truncation. */
  map(z: Tensor2D, label?: Tensor2D | null, look?: MappingLook): Tensor3D;
  /** The affine output of a layer for w+: StyleGAN1 [N, 2C] (scale, shift), StyleGAN2 [N, I]. */
  style(layer: string, ws: Tensor3D, edit?: SynthesisOptions["editStyle"]): Tensor2D;
  /** w+ [N, L, D] to a picture [N, H, W, 3], tap by tap. The picture is the caller's. */
  synthesis(ws: Tensor3D, options?: SynthesisOptions): Pass<Tensor4D>;
  /** Bytes of the weights held as tensors. */
  readonly bytes: number;
  dispose(): void;
}
