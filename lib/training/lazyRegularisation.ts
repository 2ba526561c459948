/** Hyperparameters of Adam under lazy regularisation. */
export interface LazyOptimizer {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
}

/**
 * The weight of the path-length penalty for pictures of side r: gamma = ln 2 / (r^2 (ln r - ln 2)).
 *
 * It is 2 / (r^2 * L) with the L = 2 log2 r - 2 layers of w+: a weight of 2 on a penalty whose noise is divided by the
 * r^2 pixels and whose squares are averaged over L.
 *
 * @throws {RangeError} for a side of 2 or less, which has no layers
 *
 * Source: Karras et al. 2020a, appendix B, equation 5.
 */
export function pathLengthWeight(resolution: number): number {
  if (!(resolution > 2)) throw new RangeError(`resolution ${resolution} has no layers; give one above 2`);
  return Math.LN2 / (resolution ** 2 * (Math.log(resolution) - Math.LN2));
}

/**
 * Lazy regularisation: a regulariser that runs every `interval` steps only is multiplied by `interval`, so that its
 * share of the gradient stays the same on average. The paper regularises the discriminator in every 16th step and the
 * generator in every 8th; the official code takes 4 for the generator.
 *
 * @returns whether it runs at this step, from 0, and its gain
 *
 * Source: Karras et al. 2020a, section 3.1 and appendix B.
 */
export function lazyRegularisation(
  step: number,
  interval: number,
): { readonly runs: boolean; readonly gain: number } {
  if (!(Number.isInteger(interval) && interval >= 1))
    throw new RangeError(`the interval must be a whole number of at least 1, not ${interval}`);
  return { runs: step % interval === 0, gain: interval };
}

/**
 * Adam's settings for one more step in every `interval`: with c = interval / (interval + 1), the learning rate is
 * multiplied by c and the decays are raised to its power, so that moments reach as far back in time as before.
 *
 * Source: Karras et al. 2020a, appendix B.
 */
export function lazyOptimizer(
  { learningRate, beta1, beta2 }: LazyOptimizer,
  interval: number,
): LazyOptimizer {
  const c = interval / (interval + 1);
  return { learningRate: learningRate * c, beta1: beta1 ** c, beta2: beta2 ** c };
}
