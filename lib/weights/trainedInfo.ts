import type { Manifest } from "./manifest.js";

/**
 * The highest resolution at which a model of ours was trained on pictures, as its manifest's list of stages tells:
 * each stage names its views, such as "256:96:4" (windows of 96 pixels of pictures of 256), or the `top` it reached.
 *
 * @returns null when the manifest does not say
 */
export function trainedUpTo({ trained }: Pick<Manifest, "trained">): number | null {
  const { stages } = (trained ?? {}) as { stages?: unknown };
  if (!Array.isArray(stages)) return null;
  const sides = (stages as { views?: unknown; top?: unknown }[]).flatMap(({ views, top }) =>
    Array.isArray(views) ? views.map((view) => parseInt(String(view), 10)) : [Number(top)],
  );
  const known = sides.filter((side) => Number.isInteger(side) && side > 0);
  return known.length > 0 ? Math.max(...known) : null;
}
