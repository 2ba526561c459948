import type { Experiment } from "../experiment/experiment.js";
import type { Intervention } from "../networks/interventions.js";
import type { Layer } from "../networks/layer.js";

/** What of a network decides how far a change reaches. */
export interface AffectedSubject {
  /** Every tap a pass can yield, in its order. */
  readonly layers: readonly Pick<Layer, "name" | "layer" | "role" | "w">[];
  readonly numWs: number;
}

/**
 * How far a pass of experiment `a` is still good for experiment `b`: the index, in the network's list of layers,
 * of the first tap whose values may differ; the list's length when only the final picture may; Infinity when
 * nothing does.
 *
 * 1. Another model, or other noise (every layer has some): everything.
 * 2. Latent, class, psi, cutoff, mixing: the first layer that reads a row of w+ that changed. Rows that a mixing takes from
 *    the same seed in both do not follow the latent.
 * 3. Interventions: the first layer that one acts on which is not in both lists.
 * 4. Level of detail: no feature map, only what becomes of them.
 * 5. What the reader looks at: nothing.
 */
export function firstAffectedLayer(a: Experiment, b: Experiment, subject: AffectedSubject): number {
  return firstLayer(a, b, subject, firstTapOf);
}

/**
 * The same for what the layers compute by themselves: an intervention on a feature map leaves the layer that gave it as
 * it was, and reaches only those that follow.
 */
export function firstRecomputedLayer(a: Experiment, b: Experiment, subject: AffectedSubject): number {
  return firstLayer(a, b, subject, (one, layers) => firstTapOf(one, layers) + ("tap" in one ? 1 : 0));
}

function firstLayer(
  a: Experiment,
  b: Experiment,
  { layers, numWs }: AffectedSubject,
  reachOf: typeof firstTapOf,
): number {
  if (a.model !== b.model) return 0;
  if (!sameNoise(a.noise, b.noise)) return 0;
  const rows = changedRows(a, b, numWs);
  const reached = layers.findIndex(({ w }) => rows.has(w));
  const places = [
    reached < 0 ? Infinity : reached,
    ...changedInterventions(a.interventions, b.interventions).map((one) => reachOf(one, layers)),
    a.lod === b.lod ? Infinity : layers.length,
  ];
  return Math.min(...places);
}

/** The stored noise and no noise do not depend on the seed. */
function sameNoise(a: Experiment["noise"], b: Experiment["noise"]): boolean {
  return a.mode === b.mode && (a.mode !== "random" || a.seed === b.seed);
}

/** Rows of w+ that may differ. */
export function changedRows(a: Experiment, b: Experiment, numWs: number): Set<number> {
  const rows = new Set<number>();
  for (let row = 0; row < numWs; row++) if (source(a, row, numWs) !== source(b, row, numWs)) rows.add(row);
  return rows;
}

/** Where a row of w+ comes from, as text: equal texts, equal rows. */
function source({ latent, classIndex, psi, cutoff, mixing }: Experiment, row: number, numWs: number): string {
  const mixed = mixing !== null && row >= mixing.from && row < mixing.to;
  const from = mixed ? `seed ${mixing.seed}` : `at ${latent.x},${latent.y}`;
  return `${from} class ${classIndex} psi ${row < (cutoff ?? numWs) ? psi : 1}`;
}

/** Those that are not in both lists; all of them when their order differs, since they act one after the other. */
function changedInterventions(a: readonly Intervention[], b: readonly Intervention[]): Intervention[] {
  const [textsA, textsB] = [a, b].map((list) => list.map((one) => JSON.stringify(one))) as [
    string[],
    string[],
  ];
  const commonA = textsA.filter((text) => textsB.includes(text));
  const commonB = textsB.filter((text) => textsA.includes(text));
  if (commonA.join() !== commonB.join()) return [...a, ...b];
  return [
    ...a.filter((_, i) => !textsB.includes(textsA[i]!)),
    ...b.filter((_, i) => !textsA.includes(textsB[i]!)),
  ];
}

/** Index of the first tap that an intervention changes. One that names nothing there is changes everything. */
function firstTapOf(one: Intervention, layers: AffectedSubject["layers"]): number {
  const found = layers.findIndex(({ name, layer, w }) => {
    if ("tap" in one) return name === one.tap;
    if ("layers" in one) return w >= one.layers[0] && w < one.layers[1];
    return layer === one.layer;
  });
  if (found >= 0) return found;
  return "layers" in one && one.layers[0] === one.layers[1] ? Infinity : 0;
}
