import type { CheckpointFormat } from "../checkpoint/checkpoint.js";
import type { Experiment } from "../experiment/experiment.js";
import type { FormsComparison } from "../measure/modulation.js";
import type { ChannelStatistics } from "../measure/statistics.js";
import type { DropletView, DropletWant } from "./dropletView.js";
import type { GrowthView, GrowthWant } from "./growthProtocol.js";
import type { Traffic } from "../networks/layer.js";
import type { Manifest } from "../weights/manifest.js";
import type { WriteOptions, WrittenShard } from "../weights/write.js";
import type { PathView, PathWant } from "./pathProtocol.js";

/**
 * What the page and the engine's worker say to each other. All values are structured-cloneable; large arrays
 * are transferred. Feature maps never leave the worker whole: the page asks for views of them.
 */

/** A view of a running pass that a figure wants. */
export type Want =
  | GrowthWant
  | DropletWant
  | PathWant
  /**
   * The picture; `progressive`: also each resolution's RGB as soon as it exists. `resolution`: the RGB of that
   * resolution instead of the full one; the pass stops there, so 64 is some hundred times cheaper than 1024.
   */
  | { readonly kind: "picture"; readonly progressive?: boolean; readonly resolution?: number }
  /** Thumbnails and statistics of every channel at a tap. `size`: side of a thumbnail in pixels, at most the map's own. */
  | { readonly kind: "atlas"; readonly tap: string; readonly size: number }
  /** One channel at full resolution, with histogram. */
  | { readonly kind: "channel"; readonly tap: string; readonly channel: number; readonly bins?: number }
  /** Per-channel statistics at several taps (no maps). */
  | { readonly kind: "statistics"; readonly taps: readonly string[] }
  /** The affine outputs of layers: StyleGAN1 scale (as used: + 1) and shift, StyleGAN2 scale only. */
  | { readonly kind: "styles"; readonly layers: readonly string[] }
  /**
   * StyleGAN2: what demodulation goes by in a layer that reads a feature map (so not the first). `forms`: also runs
   * the convolution in both forms and compares them.
   */
  | { readonly kind: "modulation"; readonly layer: string; readonly forms: boolean };

export type { ChannelStatistics } from "../measure/statistics.js";

export type View =
  | GrowthView
  | DropletView
  | PathView
  | {
      readonly kind: "picture";
      readonly resolution: number;
      readonly final: boolean;
      readonly width: number;
      readonly height: number;
      /** RGBA, 8 bit. */
      readonly pixels: Uint8ClampedArray<ArrayBuffer>;
    }
  | {
      readonly kind: "atlas";
      readonly tap: string;
      /** [H, W, C] of the map. */
      readonly shape: readonly [number, number, number];
      readonly size: number;
      /** C thumbnails one after the other, size x size each, area-averaged values (not normalised). */
      readonly thumbnails: Float32Array;
      readonly statistics: ChannelStatistics;
    }
  | {
      readonly kind: "channel";
      readonly tap: string;
      readonly channel: number;
      readonly width: number;
      readonly height: number;
      readonly values: Float32Array;
      readonly histogram: { readonly edges: Float32Array; readonly counts: Uint32Array };
      readonly statistics: { mean: number; std: number; min: number; max: number; peak: number };
    }
  | {
      readonly kind: "statistics";
      readonly taps: Readonly<
        Record<string, { shape: readonly [number, number, number]; statistics: ChannelStatistics }>
      >;
    }
  | {
      readonly kind: "styles";
      readonly layers: Readonly<Record<string, { scale: Float32Array; shift: Float32Array | null }>>;
    }
  | {
      readonly kind: "modulation";
      readonly layer: string;
      /** Side and channels of the input, factor of upsampling, channels of the output. */
      readonly side: number;
      readonly inputs: number;
      readonly up: number;
      readonly outputs: number;
      readonly styles: Float32Array;
      /** Root mean square of each input channel over its pixels. */
      readonly inputRms: Float32Array;
      /** Standard deviation to expect of each output channel: of unit inputs, and of inputs as strong as these are. */
      readonly expected: Float32Array;
      readonly expectedOfInputs: Float32Array;
      readonly forms: FormsComparison | null;
    };

/** What a figure can be told while its pass runs. */
export type Progress =
  /** Weights on their way; `local`: not from the site but from a file, or from what this browser keeps. */
  | { readonly kind: "download"; readonly loaded: number; readonly total: number; readonly local?: boolean }
  /** Bytes of a reader's file looked through. */
  | { readonly kind: "file"; readonly loaded: number; readonly total: number }
  | {
      readonly kind: "layer";
      readonly tap: string;
      readonly index: number;
      readonly count: number;
      /** From the step before to the device's having done this one; views are not part of it. */
      readonly milliseconds: number;
      /** Dispatches recorded meanwhile; absent where the back end has none. */
      readonly dispatches?: number;
      /** What the device's own timestamps say; absent where it was not asked, or has none. */
      readonly deviceMilliseconds?: number;
    }
  /**
   * A pass over the network's layers begins: those from `first` on run, by their index in the model's list, up to
   * `last`, as far as they are needed. `kept`: taps that an earlier pass has left.
   */
  | { readonly kind: "pass"; readonly first: number; readonly last: number; readonly kept: readonly string[] }
  /** What becomes of the last tap after it: StyleGAN1 repeats the pixels of a lower resolution. */
  | {
      readonly kind: "finish";
      readonly milliseconds: number;
      readonly dispatches?: number;
      readonly deviceMilliseconds?: number;
    }
  /** The pass begins anew, on a fresh device or another back end; views so far are void. One sentence says why. */
  | { readonly kind: "again"; readonly sentence: string };

/** How closely a pass is measured. `timed`: with the device's timestamps; `fresh`: as if nothing were kept. */
export interface Measure {
  readonly timed: boolean;
  readonly fresh: boolean;
}

/** The states a figure can fail into; each carries one sentence for the reader. */
export type FailureKind =
  "no-backend" | "device-lost" | "out-of-memory" | "download" | "bad-file" | "bad-experiment" | "internal";

export interface Failure {
  readonly kind: FailureKind;
  readonly sentence: string;
}

export type BackendName = "webgpu" | "wasm";

/** Which back end runs, and what became of the ones tried before it. */
export interface BackendReport {
  readonly name: BackendName;
  readonly threads: number;
  readonly tried: readonly { readonly name: BackendName; readonly reason: string }[];
  /** Why the back end's own, slower operations compute rather than our kernels, in a sentence. */
  readonly withoutKernels?: string;
  /** The device in words: WebGPU adapter info, or "WebAssembly SIMD, 2 threads". */
  readonly device: string;
}

/** What a model is made of, for the views (drawn from the executed network's own layer list). */
export interface ModelReport {
  readonly id: string;
  readonly title: string;
  readonly family: "stylegan1" | "stylegan2" | "stylegan3";
  readonly resolution: number;
  readonly parameters: number;
  readonly layers: readonly LayerReport[];
  readonly wLayers: number;
  /** Numbers of z and of one w, and layers of the mapping network between them. */
  readonly mapping?: { readonly z: number; readonly w: number; readonly layers: number };
  /** Classes of a conditional model; 0: unconditional. */
  readonly classes: number;
  /** "trained": shards; "initialised": seeded random weights, which the page must say. */
  readonly origin: "trained" | "initialised" | "reader";
  readonly licence: string;
  readonly bytes: number;
}

/** What a reader's file was recognised as. Nothing of it has run, and no weight has been read. */
export interface BroughtReport {
  readonly model: ModelReport;
  readonly format: CheckpointFormat;
  readonly fileBytes: number;
  /** Whose names and layout its tensors have: "NVIDIA StyleGAN2". */
  readonly layout: string;
  /** The generator's place in the file: "G_ema"; empty for a file that holds nothing else. */
  readonly path: string;
  /** Whether it is the moving average of the trained generator. */
  readonly averaged: boolean;
  /** Channels of its picture: 3 for RGB. */
  readonly imageChannels: number;
}

export interface LayerReport {
  readonly name: string;
  readonly role: "layer" | "inner" | "rgb";
  readonly resolution: number;
  readonly channels: number;
  /** [H, W, C] */
  readonly shape?: readonly [number, number, number];
  /** For an inner tap the layer it belongs to, else its own name. */
  readonly layer?: string;
  /** Channels of the layer's style; 0 for taps without one. */
  readonly styleChannels?: number;
  /** Index into w+ that this layer's style reads. */
  readonly w: number;
  readonly multiplyAdds: number;
  /** Numbers that the layer moves at least; absent: unknown. */
  readonly traffic?: Traffic;
}

export type Request =
  | {
      readonly kind: "start";
      readonly site: string;
      readonly prefer?: BackendName | null;
      /** WebAssembly threads; by default one a core, up to 8. */
      readonly threads?: number;
    }
  | { readonly kind: "describe"; readonly id: number; readonly model: string }
  | {
      readonly kind: "render";
      readonly id: number;
      readonly experiment: Experiment;
      readonly wants: readonly Want[];
      readonly measure?: Measure;
    }
  /** Looks into a reader's checkpoint file and makes its generator available as the model `reader:<name>`. */
  | { readonly kind: "bring"; readonly id: number; readonly name: string; readonly file: File }
  /** Writes a model as shards. */
  | { readonly kind: "write"; readonly id: number; readonly model: string; readonly options: WriteOptions }
  /** Frees a reader's model; asked for again, it is opened from what is kept, if it is. */
  | { readonly kind: "forget"; readonly model: string }
  | { readonly kind: "cancel"; readonly id: number };

export type Response =
  | { readonly kind: "started"; readonly backend: BackendReport }
  | { readonly kind: "described"; readonly id: number; readonly model: ModelReport }
  | { readonly kind: "view"; readonly id: number; readonly view: View }
  | { readonly kind: "brought"; readonly id: number; readonly report: BroughtReport }
  | { readonly kind: "shard"; readonly id: number; readonly shard: WrittenShard }
  | { readonly kind: "written"; readonly id: number; readonly manifest: Manifest }
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "done"; readonly id: number; readonly milliseconds: number }
  | { readonly kind: "cancelled"; readonly id: number }
  | { readonly kind: "failed"; readonly id: number | null; readonly failure: Failure };
