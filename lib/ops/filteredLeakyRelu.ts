import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { biasAct } from "./biasAct.js";
import type { Padding } from "./check.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d } from "./upfirdn2d.js";

export interface FilteredLeakyReluOptions {
  readonly upFilter?: Filter | null;
  readonly downFilter?: Filter | null;
  readonly up?: number;
  readonly down?: number;
  /** Padding of the upsampled image; negative numbers crop. */
  readonly padding?: Padding;
  readonly gain?: number;
  /** Slope below zero. */
  readonly slope?: number;
  readonly clamp?: number | null;
  readonly flipFilter?: boolean;
}

/**
 * StyleGAN3's alias-free nonlinearity: the leaky ReLU at a higher sampling rate, between two low-pass filters.
 *
 * 1. Adds the bias.
 * 2. Upsamples with `upFilter` and gain up squared.
 * 3. Applies the leaky ReLU, the gain and the clamp.
 * 4. Filters with `downFilter` and downsamples: what frequencies the corner of the ReLU made above the new
 *    rate's limit are gone before they can alias.
 *
 * @param x features, [N, H, W, C]
 * @param bias one number per channel, [C], or null
 * @returns features, [N, H', W', C]
 *
 * Source: Karras et al. 2021, section 2.2 and appendix C.
 */
export function filteredLeakyRelu(
  x: Tensor4D,
  bias: Tensor1D | null,
  options: FilteredLeakyReluOptions = {},
): Tensor4D {
  const { upFilter = null, downFilter = null, up = 1, down = 1, padding = 0, flipFilter = false } = options;
  const { gain = Math.SQRT2, slope = 0.2, clamp = null } = options;
  return tf.tidy(() => {
    const biased = biasAct(x, bias);
    const fine = upfirdn2d(biased, upFilter, { up, padding, gain: up * up, flipFilter });
    const bent = biasAct(fine, null, { activation: "lrelu", alpha: slope, gain, clamp });
    return upfirdn2d(bent, downFilter, { down, flipFilter });
  });
}
