import type { Layer } from "../networks/layer.js";
import { RESULT } from "./keptPass.js";

/** How the taps that somebody wants can be had with the least work. */
export interface PassPlan {
  /** Wanted taps that are kept already. */
  readonly ready: readonly string[];
  /** Wanted taps that need a pass. */
  readonly missing: readonly string[];
  /** The layer after which the pass goes on; null: from the beginning. */
  readonly from: Layer | null;
  /** The tap after which the pass may end; null: it runs to the picture. */
  readonly until: string | null;
}

/**
 * Plans a pass.
 *
 * 1. A kept tap is valid when it lies before the first affected layer.
 * 2. Wanted taps that are kept and valid are ready.
 * 3. A pass for the others goes on from the last layer before both the first affected and the first missing tap
 *    whose features (and picture so far) are kept.
 * 4. It ends at the last missing one.
 *
 * @param layers the network's list, every tap in its order
 * @param wanted names of taps, and RESULT for the finished picture
 * @param kept names of the taps that are kept
 * @param affected index of the first tap that the change reaches, see {@link firstAffectedLayer}
 * @param mayResume whether a pass may go on from a layer, beyond what is kept of it
 */
export function planPass(
  layers: readonly Layer[],
  wanted: readonly string[],
  kept: ReadonlySet<string>,
  affected: number,
  mayResume: (layer: Layer) => boolean = () => true,
): PassPlan {
  const place = new Map(layers.map(({ name }, index) => [name, index]));
  place.set(RESULT, layers.length);
  const valid = (name: string) => kept.has(name) && place.get(name)! < affected;
  const ready = wanted.filter(valid);
  const missing = wanted.filter((name) => !valid(name));
  if (missing.length === 0) return { ready, missing, from: null, until: null };
  const first = Math.min(affected, ...missing.map((name) => place.get(name)!));
  const from = layers.findLast(
    (layer, index) =>
      index < first &&
      layer.resume !== null &&
      valid(layer.resume.x) &&
      (layer.resume.img === null || valid(layer.resume.img)) &&
      mayResume(layer),
  );
  const last = Math.max(...missing.map((name) => place.get(name)!));
  return { ready, missing, from: from ?? null, until: last < layers.length ? layers[last]!.name : null };
}
