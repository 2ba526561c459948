import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { filterSize } from "./filter2d.js";
import { setupFilter } from "./setupFilter.js";
import { upfirdn2d } from "./upfirdn2d.js";

/**
 * StyleGAN1's low-pass filter behind upsampling: correlates every channel with a small kernel and keeps the size.
 *
 * 1. Makes the kernel from a list of taps: the outer product with itself, divided by its sum.
 * 2. Pads with zeros by half the kernel and correlates.
 *
 * @param x features, [N, H, W, C]
 * @param kernel list of taps, such as [1, 2, 1], or a ready kernel, [kh, kw], odd sides
 * @returns features, [N, H, W, C]
 *
 * Source: Karras et al. 2019, appendix C (a binomial filter of second order), after Zhang 2019.
 */
export function blur(x: Tensor4D, kernel: readonly number[] | Tensor2D = [1, 2, 1]): Tensor4D {
  return tf.tidy(() => {
    // a list is applied along columns and rows in turn
    const taps = kernel instanceof tf.Tensor ? kernel : setupFilter(kernel, { separable: true });
    const [kw, kh] = filterSize(taps);
    return upfirdn2d(x, taps, { padding: [Math.floor(kw / 2), Math.floor(kh / 2)], flipFilter: true });
  });
}
