import type { PictureBytes, SignedPicture } from "../measure/pictureSteps.js";
import type { PictureMoments } from "../measure/contributionShares.js";
import type { UpsamplingSteps } from "../measure/upsamplingProducts.js";

/** Wants of the chapter on progressive growing; most of them look at several taps of one pass. */
export type GrowthWant =
  /**
   * StyleGAN1: the two pictures that the experiment's level of detail blends. `fresh`: the higher one is of this
   * resolution, and its block's weights are drawn anew from the seed, as at the first step of a transition.
   */
  | { readonly kind: "branches"; readonly fresh?: { readonly resolution: number; readonly seed: number } }
  /** StyleGAN1 at level of detail 0: what each resolution's picture adds to that of the one below. */
  | { readonly kind: "levels" }
  /** StyleGAN2 with skips: the picture before a resolution's RGB is added, that RGB, and the picture after. */
  | { readonly kind: "skip"; readonly resolution: number }
  /** StyleGAN2 with skips: moments of every resolution's part of the picture. */
  | { readonly kind: "contributions" }
  /** Upsampling by two of one channel of a small map, step by step. */
  | {
      readonly kind: "upsampling";
      readonly tap: string;
      readonly channel: number;
      readonly filter: readonly number[];
    };

export type GrowthView =
  | {
      readonly kind: "branches";
      /** Side of the pictures. */
      readonly resolution: number;
      /** Weight of the lower resolution's picture: the fraction of the level of detail. */
      readonly fraction: number;
      /** The lower resolution's picture with its pixels repeated; null at 4x4. */
      readonly low: PictureBytes | null;
      readonly high: PictureBytes;
      readonly blend: PictureBytes;
      /** high - low; null at 4x4. */
      readonly difference: SignedPicture | null;
      /** Root mean square of blend - low; null at 4x4. A picture's values run from -1 to 1. */
      readonly change: number | null;
    }
  | {
      readonly kind: "levels";
      readonly levels: readonly {
        readonly resolution: number;
        /** Root mean square of this resolution's picture less that of the one below, its pixels repeated. */
        readonly added: number;
      }[];
    }
  | {
      readonly kind: "skip";
      readonly resolution: number;
      /** The picture so far, enlarged; null at 4x4. */
      readonly before: PictureBytes | null;
      readonly added: SignedPicture;
      readonly after: PictureBytes;
    }
  | { readonly kind: "contributions"; readonly moments: PictureMoments }
  | {
      readonly kind: "upsampling";
      readonly tap: string;
      readonly channel: number;
      readonly steps: UpsamplingSteps;
    };
