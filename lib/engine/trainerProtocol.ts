import type { TrainingSetUp } from "../training/tinyTraining.js";

export type { TrainingSetUp } from "../training/tinyTraining.js";

/** Training ends by itself here, lest a forgotten page keep a machine busy. */
export const MOST_STEPS = 3000;

/** Latents that no training batch holds, on which runs are measured. */
export const HELD_OUT = 16;

/** What the page and the worker that trains say to each other. */
export type TrainerRequest =
  | { readonly kind: "start"; readonly site: string }
  /** Begins anew with these runs, paused. `generation` comes back with everything said about them. */
  | { readonly kind: "reset"; readonly generation: number; readonly setUps: readonly TrainingSetUp[] }
  /** Goes on training until told otherwise. */
  | { readonly kind: "run"; readonly on: boolean }
  /** Takes some steps, then pauses. */
  | { readonly kind: "step"; readonly count: number };

/** A point of the curves. */
export interface TrainingRecord {
  readonly step: number;
  /** Mean absolute error over held-out latents. */
  readonly loss: number;
  /** Droplet score of each layer, before its normalisation; mean over the held-out latents. */
  readonly scores: readonly number[];
}

/** A feature map, normalised: how many standard deviations each pixel lies off its channel's mean. */
export interface NormalisedMap {
  readonly layer: string;
  readonly channel: number;
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
  /** Largest magnitude among `values`. */
  readonly peak: number;
  /** Where it is, in parts of the sides. */
  readonly place: readonly [x: number, y: number];
}

/** What a run looks like at some step. */
export interface TrainingLook {
  readonly step: number;
  /** RGBA pictures of SIDE x SIDE pixels for the shown latents. */
  readonly pictures: readonly Uint8ClampedArray<ArrayBuffer>[];
  /** For the strongest of the shown latents, the channel of each layer with the highest peak. */
  readonly maps: readonly NormalisedMap[];
  /** Amplitudes of the held-out latents: asked for, shown in the pictures, and shown with all spikes painted out. */
  readonly asked: Float32Array;
  readonly shown: Float32Array;
  readonly shownWithout: Float32Array;
}

/** The task of a run. */
export interface TaskView {
  /** The pictures that the shown latents ask for. */
  readonly targets: readonly Uint8ClampedArray<ArrayBuffer>[];
  readonly amplitudes: readonly number[];
  /** The least loss that one and the same contrast for all pictures can have. */
  readonly oneContrastLoss: number;
}

export type TrainerResponse =
  | { readonly kind: "started"; readonly device: string; readonly tried: string | null }
  | { readonly kind: "task"; readonly generation: number; readonly tasks: readonly TaskView[] }
  | {
      readonly kind: "progress";
      readonly generation: number;
      readonly running: boolean;
      readonly step: number;
      readonly stepsPerSecond: number | null;
      /** New points, by run. */
      readonly records: readonly (readonly TrainingRecord[])[];
      /** The newest look at each run. */
      readonly looks: readonly TrainingLook[];
    }
  | { readonly kind: "failed"; readonly sentence: string };
