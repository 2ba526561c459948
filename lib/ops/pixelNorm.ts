import type { Tensor } from "@tensorflow/tfjs-core";
import { normalizeSecondMoment } from "./normalizeSecondMoment.js";

/**
 * Pixelwise feature normalisation: every pixel's channels, or every latent, to root mean square 1.
 *
 * @param x features, [N, H, W, C], or latents, [N, C]; channels last
 *
 * Source: Karras et al. 2018, section 4.2.
 */
export function pixelNorm<T extends Tensor>(x: T, epsilon = 1e-8): T {
  return normalizeSecondMoment(x, x.rank - 1, epsilon);
}
