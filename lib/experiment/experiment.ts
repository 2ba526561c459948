import type { Intervention } from "../networks/interventions.js";

/**
 * Everything a figure shows follows from this one plain value: permalinks, reset, lecture steps, lab set-ups
 * and tests all hold an Experiment. It is JSON-serialisable; `codec.ts` writes it into a URL and reads it back.
 */
export interface Experiment {
  /** Id of a model: a folder of `data/weights/`, or one the reader brought. */
  readonly model: string;
  /**
   * A point of the seed plane. The lattice point (x, y) is seed x + 100 y; between lattice points w is
   * interpolated bilinearly from the four seeds around (so `{x: 85, y: 0}` is seed 85 itself).
   */
  readonly latent: { readonly x: number; readonly y: number };
  /** Class of a conditional model, counted from 0; the others have none but 0. */
  readonly classIndex: number;
  /** Truncation psi, -1 .. 2; 1 leaves w as it is, 0 gives the mean w. */
  readonly psi: number;
  /** Number of w layers truncation applies to; null: all. */
  readonly cutoff: number | null;
  /** Style mixing: w layers `from <= i < to` come from another seed. */
  readonly mixing: { readonly seed: number; readonly from: number; readonly to: number } | null;
  readonly noise: { readonly mode: "const" | "random" | "none"; readonly seed: number };
  /** StyleGAN1 only: level of detail, 0 = full resolution; fractions blend two resolutions. */
  readonly lod: number;
  readonly interventions: readonly Intervention[];
  /** What the reader looks at: a tap of the network and one of its channels. */
  readonly look: { readonly tap: string | null; readonly channel: number | null };
}

/** The experiment every figure starts from, unless its chapter says otherwise. */
export const DEFAULT_EXPERIMENT: Experiment = {
  model: "portraits-lite-sg2",
  latent: { x: 0, y: 0 },
  classIndex: 0,
  psi: 0.7,
  cutoff: null,
  mixing: null,
  noise: { mode: "const", seed: 0 },
  lod: 0,
  interventions: [],
  look: { tap: null, channel: null },
};
