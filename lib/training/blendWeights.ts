/** The part that one resolution has in the picture at a level of detail. */
export interface LevelWeight {
  readonly resolution: number;
  /** The level of detail at which this resolution alone is the picture. */
  readonly level: number;
  /** Weight of its RGB in the picture, 0 .. 1; the weights of all resolutions add up to 1. */
  readonly weight: number;
  /** Whether its layers run at all. */
  readonly runs: boolean;
}

/**
 * Which resolutions make up the picture of a progressive generator, lowest first.
 *
 * 1. At a whole lod one resolution has weight 1.
 * 2. Between lod l and l + 1 the resolution of level l has 1 - (lod - l), the one below it lod - l.
 *
 * @param lod level of detail, 0 .. that of the lowest resolution
 * @param resolution side of the final picture
 * @param lowest side of the smallest picture
 * @throws {RangeError} for a lod that the network does not have
 *
 * Source: Karras et al. 2018, section 2, figure 2.
 */
export function blendWeights(lod: number, resolution: number, lowest = 4): LevelWeight[] {
  const levels = Math.log2(resolution / lowest);
  if (!(lod >= 0 && lod <= levels))
    throw new RangeError(`level of detail ${lod} is not within 0 .. ${levels}; choose one that is`);
  return Array.from({ length: levels + 1 }, (_, i) => {
    const level = levels - i;
    const weight = Math.max(0, 1 - Math.abs(lod - level));
    return { resolution: lowest * 2 ** i, level, weight, runs: lod < level + 1 };
  });
}
