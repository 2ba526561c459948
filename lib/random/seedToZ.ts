import MersenneTwister from "mersenne-twister";

/**
 * The latent that the official scripts call "seed 85": `numpy.random.RandomState(seed).randn(dim)`.
 *
 * 1. MT19937 is initialised from the seed (init_genrand).
 * 2. Pairs of uniform numbers with 53 bits are drawn until they fall into the unit disc without its centre.
 * 3. Marsaglia's polar method makes two normal numbers of each pair; numpy hands out the *second* one first
 *    and keeps the first for the next draw.
 *
 * @param seed integer, 0 .. 2^32 - 1
 * @param dim how many numbers, the width of z
 * @returns standard normal numbers, rounded to float32
 * @throws {RangeError} for a seed or a dim that numpy would refuse
 * @see numpy, `numpy/random/src/legacy/legacy-distributions.c`, `legacy_gauss`
 */
export function seedToZ(seed: number, dim: number): Float32Array {
  return Float32Array.from(randn(seed, dim));
}

/** The same numbers in double precision: `numpy.random.RandomState(seed).randn(count)`. */
export function randn(seed: number, count: number): Float64Array {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new RangeError(`seed ${seed} is no integer of 0 .. 4294967295; choose one`);
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError(`cannot draw ${count} numbers; give a whole count`);
  const uniform = new MersenneTwister(seed);
  const normal = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    let x: number, y: number, squaredRadius: number;
    do {
      x = 2 * uniform.random_long() - 1;
      y = 2 * uniform.random_long() - 1;
      squaredRadius = x * x + y * y;
    } while (squaredRadius >= 1 || squaredRadius === 0);
    const stretch = Math.sqrt((-2 * Math.log(squaredRadius)) / squaredRadius);
    normal[i] = stretch * y;
    if (i + 1 < count) normal[i + 1] = stretch * x;
  }
  return normal;
}
