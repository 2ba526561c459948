import type { PictureBytes, SignedPicture } from "../measure/pictureSteps.js";

/** Wants of the chapter on path-length regularisation. StyleGAN2 with skips only. */
export type PathWant =
  /**
   * Image directions, pulled back to w+ at the experiment's w+. `directions` are seeds of the random pictures y;
   * `resolution`: the RGB of that resolution is the picture. `answer`: also shows what comes back when w+ takes a
   * small step along the first product.
   */
  | {
      readonly kind: "pathLength";
      readonly resolution: number;
      readonly directions: readonly number[];
      readonly answer?: boolean;
    }
  /**
   * Path lengths at many places, many of them in one pass: for small networks, where a pass is mostly overhead. A
   * place is a seed (without interventions), or a point of the plane of the experiment's `plane` intervention.
   */
  | {
      readonly kind: "pathLengths";
      readonly resolution: number;
      readonly directions: readonly number[];
      readonly places: readonly PathPlace[];
    }
  /**
   * A step of perceptual path length between two seeds, with the mean squared difference of the pixels as distance:
   * d(g(p(t)), g(p(t + epsilon))) / epsilon^2, where p runs through Z on a great circle, or through W straight.
   * Neither truncation nor interventions apply.
   */
  | {
      readonly kind: "pathStep";
      readonly space: "z" | "w";
      readonly from: number;
      readonly to: number;
      readonly t: number;
      readonly epsilon: number;
      readonly resolution: number;
    }
  /** Distances in W between seeds, under the experiment's truncation. */
  | { readonly kind: "wDistances"; readonly seeds: readonly number[] };

/** A seed, or a point of a plane of W. */
export type PathPlace = { readonly seed: number } | { readonly u: number; readonly v: number };

/** What a step of w+ along J^T y does to the picture. */
export interface PathAnswer {
  /** The direction y, as the picture of its noise. */
  readonly direction: SignedPicture;
  readonly picture: PictureBytes;
  /** J J^T y, from the pictures a small step before and behind. */
  readonly response: SignedPicture;
  /** Length of the step from the one to the other, over all of w+. */
  readonly step: number;
  /** Change of sum(g(w) * y) over the step: |J^T y|^2 times the step's part of it, and as the pictures have it. */
  readonly predicted: number;
  readonly measured: number;
}

export type PathView =
  | {
      readonly kind: "pathLength";
      readonly resolution: number;
      readonly directions: readonly number[];
      /** Path length of each direction. */
      readonly lengths: Float32Array;
      /** Length of each row of each product J^T y, direction by direction. */
      readonly rows: Float32Array;
      readonly answer: PathAnswer | null;
    }
  | {
      readonly kind: "pathLengths";
      readonly resolution: number;
      /** Root mean square of each place's path lengths over the directions. */
      readonly lengths: Float32Array;
    }
  | {
      readonly kind: "pathStep";
      readonly space: "z" | "w";
      /** d / epsilon^2 */
      readonly distance: number;
    }
  | {
      readonly kind: "wDistances";
      readonly seeds: readonly number[];
      /** |w_i - w_j|, row by row. For truncation with a cutoff, that of the first layer. */
      readonly distances: Float32Array;
    };
