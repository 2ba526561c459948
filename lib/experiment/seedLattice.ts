import type { Experiment } from "./experiment.js";

export type Latent = Experiment["latent"];

/** Seeds in a row of the seed plane, as the official viewer has them. */
export const SEEDS_A_ROW = 100;

/** The seed of a lattice point of the seed plane: x + 100 y, modulo 2^32. */
export function seedAt(x: number, y: number): number {
  return (((x + SEEDS_A_ROW * y) % 2 ** 32) + 2 ** 32) % 2 ** 32;
}

/** The lattice point of a seed. */
export function latentOfSeed(seed: number): Latent {
  return { x: seed % SEEDS_A_ROW, y: Math.floor(seed / SEEDS_A_ROW) };
}

/** The seeds that w is interpolated from at a point, with their bilinear weights; those of weight 0 are left out. */
export function seedsAround({ x, y }: Latent): { readonly seed: number; readonly weight: number }[] {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  return [
    { seed: seedAt(left, top), weight: (1 - right) * (1 - down) },
    { seed: seedAt(left + 1, top), weight: right * (1 - down) },
    { seed: seedAt(left, top + 1), weight: (1 - right) * down },
    { seed: seedAt(left + 1, top + 1), weight: right * down },
  ].filter(({ weight }) => weight > 0);
}
