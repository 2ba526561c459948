declare module "mersenne-twister" {
  /** MT19937 as published by Matsumoto and Nishimura. */
  export default class MersenneTwister {
    constructor(seed?: number | readonly number[]);
    /** init_genrand: fills the state from one 32-bit seed. */
    init_seed(seed: number): void;
    /** genrand_int32: an integer of [0, 2^32). */
    random_int(): number;
    /** genrand_res53: a number of [0, 1) with 53 random bits. */
    random_long(): number;
  }
}
