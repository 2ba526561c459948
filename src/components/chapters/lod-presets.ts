import type { LodPhases, PerResolution, TrainingScheduleOptions } from "../../lib/training/lodSchedule.js";
import { growingLearningRate, growingMinibatch } from "../../lib/training/lodSchedule.js";

/** A training run that grows: what the reader can edit, and the tables that come with it. */
export interface GrowthRun extends LodPhases {
  readonly totalImages: number;
  readonly minibatch: PerResolution;
  readonly learningRate: PerResolution;
}

export interface Preset {
  readonly key: string;
  readonly label: string;
  /** Where its numbers are from. */
  readonly source: string;
  readonly run: GrowthRun;
}

const RATES: PerResolution = { base: 0.001, at: { 128: 0.0015, 256: 0.002, 512: 0.003, 1024: 0.003 } };

/** A rule by resolution as a table. */
function table(sides: readonly number[], rule: (resolution: number) => number): PerResolution {
  return { base: rule(sides.at(-1)!), at: Object.fromEntries(sides.map((side) => [side, rule(side)])) };
}

const ALL_SIDES = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

export const PRESETS: readonly Preset[] = [
  {
    key: "stylegan",
    label: "StyleGAN, FFHQ on 8 GPUs",
    source:
      "Official code of StyleGAN (train.py and training_loop.py): 600,000 images for each stage; from 8 × 8 and 25 million in all, as appendix C of the paper says.",
    run: {
      resolution: 1024,
      initialResolution: 8,
      trainingImages: 600_000,
      transitionImages: 600_000,
      totalImages: 25_000_000,
      minibatch: { base: 32, at: { 4: 512, 8: 256, 16: 128, 32: 64, 64: 32 } },
      learningRate: RATES,
    },
  },
  {
    key: "progan",
    label: "Progressive GAN, the paper",
    source:
      "Karras et al. 2018, appendix A.1: from 4 × 4, 800,000 images for each stage, one learning rate; 19 million images as in the official code's preset of that run.",
    run: {
      resolution: 1024,
      initialResolution: 4,
      trainingImages: 800_000,
      transitionImages: 800_000,
      totalImages: 19_000_000,
      minibatch: { base: 16, at: { 256: 14, 512: 6, 1024: 3 } },
      learningRate: { base: 0.001 },
    },
  },
  {
    key: "example",
    label: "worked example, 8 to 2048",
    source:
      "The worked example of the text. Batch and learning rate by the rule of genforce's scheduler: 4 pictures from 64 × 64 on and more of smaller ones, up to 64.",
    run: {
      resolution: 2048,
      initialResolution: 8,
      trainingImages: 300_000,
      transitionImages: 300_000,
      totalImages: 6_000_000,
      minibatch: table(ALL_SIDES, (side) => growingMinibatch(side, 4)),
      learningRate: table(ALL_SIDES, (side) => 0.001 * growingLearningRate(side)),
    },
  },
  {
    key: "none",
    label: "no growing",
    source: "All layers from the first image on, at full resolution, as StyleGAN2 trains.",
    run: {
      resolution: 1024,
      initialResolution: 1024,
      trainingImages: 0,
      transitionImages: 0,
      totalImages: 25_000_000,
      minibatch: { base: 32 },
      learningRate: { base: 0.002 },
    },
  },
];

/** The longest a reader can make a stage, and a run, in images. */
export const MOST_STAGE = 1600e3;
export const MOST_IMAGES = 30e6;

/**
 * A run in an address: its preset, and behind a colon what was changed of it, such as `progan:800,400,19,8`: thousands
 * of images for one resolution alone and to fade the next one in, millions in all, doublings.
 */
export function runText(run: GrowthRun, preset: Preset): string {
  const numbers = ({ trainingImages, transitionImages, totalImages, ...rest }: GrowthRun) =>
    [trainingImages / 1e3, transitionImages / 1e3, totalImages / 1e6, doublings(rest)].join(",");
  const text = numbers(run);
  return text === numbers(preset.run) ? preset.key : `${preset.key}:${text}`;
}

/** The run that such a text names; null when it names none. */
export function runOfText(text: string): { readonly preset: Preset; readonly run: GrowthRun } | null {
  const [key, numbers] = text.split(":");
  const preset = PRESETS.find((one) => one.key === key);
  if (!preset) return null;
  if (numbers === undefined) return { preset, run: preset.run };
  const [alone, fade, total, count] = numbers.split(",").map(Number) as [number, number, number, number];
  const most = [MOST_STAGE / 1e3, MOST_STAGE / 1e3, MOST_IMAGES / 1e6, Math.log2(preset.run.resolution / 4)];
  const isFine = [alone, fade, total, count].every((value, i) => value >= 0 && value <= most[i]!);
  if (!isFine || total === 0 || !Number.isInteger(count)) return null;
  const initialResolution = preset.run.resolution / 2 ** count;
  return {
    preset,
    run: {
      ...preset.run,
      trainingImages: alone * 1e3,
      transitionImages: fade * 1e3,
      totalImages: total * 1e6,
      initialResolution,
    },
  };
}

/** How often a run doubles its resolution. */
export function doublings({
  resolution,
  initialResolution,
}: Pick<GrowthRun, "resolution" | "initialResolution">): number {
  return Math.log2(resolution / initialResolution);
}

export function scheduleOptions({ minibatch, learningRate, ...phases }: GrowthRun): TrainingScheduleOptions {
  return {
    ...phases,
    minibatch,
    generatorLearningRate: learningRate,
    discriminatorLearningRate: learningRate,
  };
}

/** Shown images as text: 4.5 million, 300,000. */
export function imagesText(images: number): string {
  if (images >= 1e6) return `${Number((images / 1e6).toFixed(3))} million`;
  return Math.round(images).toLocaleString("en");
}
