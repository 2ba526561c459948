import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Experiment } from "../experiment/experiment.js";
import { asPicture, differencePicture, rootMeanSquare } from "../measure/pictureSteps.js";
import { valuesOf } from "../measure/readback.js";
import { contributionMoments } from "../measure/skipContributions.js";
import { upsamplingSteps } from "../measure/upsamplingSteps.js";
import { StyleGAN2 } from "../networks/stylegan2.js";
import { lodBlend } from "../ops/lodBlend.js";
import { setupFilter } from "../ops/setupFilter.js";
import { upsample2d } from "../ops/upsample2d.js";
import { upsampleNearest } from "../ops/upsampleNearest.js";
import type { EngineModel } from "./engineModel.js";
import { EngineFailure } from "./failure.js";
import { freshPicture } from "./freshBlock.js";
import type { GrowthView, GrowthWant } from "./growthProtocol.js";
import { RESULT } from "./keptPass.js";

type Of<Kind extends GrowthWant["kind"]> = Extract<GrowthWant, { kind: Kind }>;
type ViewOf<Kind extends GrowthView["kind"]> = Extract<GrowthView, { kind: Kind }>;

/** The feature maps of a pass, by tap; they stay the pass's. */
export type Taps = ReadonlyMap<string, Tensor4D>;

const KINDS: readonly string[] = ["branches", "levels", "skip", "contributions", "upsampling"];

export function isGrowthWant(want: { readonly kind: string }): want is GrowthWant {
  return KINDS.includes(want.kind);
}

/**
 * The taps that a want needs.
 * @throws {EngineFailure} for a model or a level of detail that has not got them
 */
export function growthTaps(model: EngineModel, experiment: Experiment, want: GrowthWant): readonly string[] {
  switch (want.kind) {
    case "branches": {
      needFamily(model, "stylegan1", "has no level of detail; choose a StyleGAN1");
      const high = higherOf(model, experiment, want);
      const low = high > 4 ? [outputTap(high / 2)] : [];
      return want.fresh ? [lastLayer(high / 2), ...low] : [...low, outputTap(high)];
    }
    case "levels":
      needFamily(model, "stylegan1", "has one picture only; choose a StyleGAN1");
      if (experiment.lod !== 0)
        throw new EngineFailure(
          "bad-experiment",
          `Every resolution's picture is made at level of detail 0 only, not at ${experiment.lod}.`,
        );
      return resolutionsUpTo(model.network.resolution).map(outputTap);
    case "skip": {
      needSkip(model);
      const { resolution } = want;
      model.indexOf(`b${resolution}.torgb`);
      const before = resolution > 4 ? [`b${resolution / 2}.img`] : [];
      return [...before, `b${resolution}.torgb`, `b${resolution}.img`];
    }
    case "contributions":
      needSkip(model);
      return [...resolutionsUpTo(model.network.resolution).map((side) => `b${side}.torgb`), RESULT];
    case "upsampling":
      model.indexOf(want.tap);
      return [want.tap];
  }
}

/** What a want shows, from the taps that {@link growthTaps} names. */
export async function growthView(
  model: EngineModel,
  experiment: Experiment,
  want: GrowthWant,
  taps: Taps,
): Promise<GrowthView> {
  switch (want.kind) {
    case "branches":
      return branchesView(model, experiment, want, taps);
    case "levels":
      return levelsView(model, taps);
    case "skip":
      return skipView(model, want, taps);
    case "contributions":
      return contributionsView(model, taps);
    case "upsampling":
      return upsamplingView(want, taps);
  }
}

async function branchesView(
  model: EngineModel,
  experiment: Experiment,
  want: Of<"branches">,
  taps: Taps,
): Promise<ViewOf<"branches">> {
  const resolution = higherOf(model, experiment, want);
  const fraction = experiment.lod - Math.log2(model.network.resolution / resolution);
  const below = resolution > 4 ? taps.get(outputTap(resolution / 2))! : null;
  const low = below && upsampleNearest(below);
  const high = want.fresh
    ? freshPicture(model, experiment, want.fresh, taps.get(lastLayer(resolution / 2))!, below!)
    : taps.get(outputTap(resolution))!.clone();
  // at the whole lod that ends a transition downwards, the lower picture is alone
  const blend = !low ? high.clone() : fraction === 1 ? low.clone() : lodBlend(high, low, experiment.lod);
  const step = low && (tf.sub(blend, low) as Tensor4D);
  try {
    return {
      kind: "branches",
      resolution,
      fraction,
      low: low && (await asPicture(low)),
      high: await asPicture(high),
      blend: await asPicture(blend),
      difference: low && (await differencePicture(low, high)),
      change: step && rootMeanSquare(await valuesOf(step)),
    };
  } finally {
    tf.dispose([low, high, blend, step].filter((tensor) => tensor !== null));
  }
}

async function levelsView({ network }: EngineModel, taps: Taps): Promise<ViewOf<"levels">> {
  const levels: { resolution: number; added: number }[] = [];
  for (const resolution of resolutionsUpTo(network.resolution).slice(1)) {
    const step = tf.tidy(() =>
      tf.sub(taps.get(outputTap(resolution))!, upsampleNearest(taps.get(outputTap(resolution / 2))!)),
    );
    levels.push({ resolution, added: rootMeanSquare(await valuesOf(step)) });
    step.dispose();
  }
  return { kind: "levels", levels };
}

async function skipView(model: EngineModel, { resolution }: Of<"skip">, taps: Taps): Promise<ViewOf<"skip">> {
  const below = taps.get(`b${resolution / 2}.img`);
  const before = below && tf.tidy(() => upsample2d(below, filterOf(model)));
  try {
    return {
      kind: "skip",
      resolution,
      before: before ? await asPicture(before) : null,
      added: await differencePicture(null, taps.get(`b${resolution}.torgb`)!),
      after: await asPicture(taps.get(`b${resolution}.img`)!),
    };
  } finally {
    before?.dispose();
  }
}

async function contributionsView(model: EngineModel, taps: Taps): Promise<ViewOf<"contributions">> {
  const rgbs = resolutionsUpTo(model.network.resolution).map((side) => taps.get(`b${side}.torgb`)!);
  const filter = tf.keep(filterOf(model));
  try {
    const moments = await contributionMoments(rgbs, taps.get(RESULT)!, filter);
    return { kind: "contributions", moments };
  } finally {
    filter.dispose();
  }
}

async function upsamplingView(
  { tap, channel, filter }: Of<"upsampling">,
  taps: Taps,
): Promise<ViewOf<"upsampling">> {
  const map = taps.get(tap)!;
  const [, height, width, channels] = map.shape;
  if (!(channel >= 0 && channel < channels))
    throw new EngineFailure(
      "bad-experiment",
      `Layer ${tap} has ${channels} channels; there is no channel ${channel}.`,
    );
  const one = tf.slice(map, [0, 0, 0, channel], [1, height, width, 1]);
  try {
    return { kind: "upsampling", tap, channel, steps: await upsamplingSteps(one, filter) };
  } finally {
    one.dispose();
  }
}

/** The higher of the two resolutions that are blended. @throws {EngineFailure} for a fresh block at another lod */
function higherOf({ network, report }: EngineModel, { lod }: Experiment, { fresh }: Of<"branches">): number {
  if (!fresh) return network.resolution / 2 ** Math.floor(lod);
  const { resolution } = fresh;
  const level = Math.log2(network.resolution / resolution);
  if (!(Number.isInteger(level) && level >= 0 && resolution > 4))
    throw new EngineFailure(
      "bad-experiment",
      `${report.title} has no block of ${resolution} × ${resolution} that grows on another; choose one from 8 to ${network.resolution}.`,
    );
  if (!(lod >= level && lod <= level + 1))
    throw new EngineFailure(
      "bad-experiment",
      `Level of detail ${lod} does not fade ${resolution} × ${resolution} in; choose one from ${level} to ${level + 1}.`,
    );
  return resolution;
}

function resolutionsUpTo(full: number): number[] {
  return Array.from({ length: Math.log2(full) - 1 }, (_, i) => 4 * 2 ** i);
}

function outputTap(resolution: number): string {
  return `output${Math.log2(resolution) - 2}`;
}

/** StyleGAN1's second layer at a resolution, which its RGB is read from. */
function lastLayer(resolution: number): string {
  return `layer${2 * Math.log2(resolution) - 3}`;
}

function filterOf({ network }: EngineModel) {
  const { resample_filter } = (network as StyleGAN2).config.synthesis_kwargs ?? {};
  return setupFilter(resample_filter ?? [1, 3, 3, 1], { separable: true });
}

function needFamily({ network, report }: EngineModel, family: string, complaint: string): void {
  if (network.family !== family) throw new EngineFailure("bad-experiment", `${report.title} ${complaint}.`);
}

function needSkip({ network, report }: EngineModel): void {
  if (network instanceof StyleGAN2 && network.layers.some(({ name }) => name === "b4.torgb")) return;
  throw new EngineFailure(
    "bad-experiment",
    `${report.title} does not add its picture up from every resolution; choose a StyleGAN2 with skips.`,
  );
}
