import { lodAt, type LodPhases } from "./lodSchedule.js";

/** A stretch of a progressive training run in which one thing happens. */
export interface GrowthStage {
  /** Shown images at its two ends. */
  readonly from: number;
  readonly to: number;
  readonly kind: "training" | "transition";
  /** Side of the pictures that the networks see. */
  readonly resolution: number;
}

/**
 * The stages of a run, in order; the last one, to the end of the run, is training at full
 * resolution. A stage of no length is left out.
 *
 * @param totalImages length of the run
 */
export function growthStages(phases: LodPhases, totalImages: number): GrowthStage[] {
  const { resolution, initialResolution, trainingImages, transitionImages } = phases;
  lodAt(0, phases); // refuses impossible resolutions
  const stages: GrowthStage[] = [];
  const add = (length: number, kind: GrowthStage["kind"], side: number) => {
    const from = stages.at(-1)?.to ?? 0;
    const to = Math.min(from + length, totalImages);
    if (to > from) stages.push({ from, to, kind, resolution: side });
  };
  for (let side = initialResolution; side < resolution; side *= 2) {
    add(trainingImages, "training", side);
    add(transitionImages, "transition", 2 * side);
  }
  // where no time is given to any stage, the official schedule stays at its first resolution
  const grows = trainingImages + transitionImages > 0;
  add(totalImages, "training", grows ? resolution : initialResolution);
  return stages;
}

/**
 * The number of shown images at which the schedule first reaches a level of detail: the inverse of `lodAt`.
 *
 * 1. A whole lod is reached when its fading in ends; the first one at once.
 * 2. In between, the transition has gone on for as long as lod has fallen below the next whole number.
 */
export function imagesAtLod(lod: number, phases: LodPhases): number {
  const { resolution, initialResolution, trainingImages, transitionImages } = phases;
  const steps = Math.log2(resolution / initialResolution);
  const above = Math.ceil(lod);
  if (above >= steps && lod === above) return 0;
  const phase = Math.max(0, steps - above);
  const before = phase * (trainingImages + transitionImages);
  return lod === above ? before : before + trainingImages + (above - lod) * transitionImages;
}

/**
 * How much of the work that training at full resolution takes a growing network has done, after a number of shown
 * images: the sum over images of the cost at their resolution, over images times the cost at full resolution.
 *
 * @param cost of one picture at a resolution, in any unit
 * @returns 0 .. 1; 1 before the first image
 */
export function workShare(
  shownImages: number,
  phases: LodPhases,
  cost: (resolution: number) => number,
): number {
  if (shownImages <= 0) return 1;
  const work = growthStages(phases, shownImages).reduce(
    (sum, { from, to, resolution }) => sum + (to - from) * cost(resolution),
    0,
  );
  return work / (shownImages * cost(phases.resolution));
}
