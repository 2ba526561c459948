import type { Config, ConfigOf } from "./config.js";
import { imageResolution } from "./config.js";
import type { Family } from "./parameters.js";
import { stylegan1Shapes } from "./shapes/stylegan1.js";
import { stylegan2Shapes } from "./shapes/stylegan2.js";
import { stylegan3Shapes } from "./shapes/stylegan3.js";

const SHAPES: { readonly [F in Family]: (config: ConfigOf[F]) => Map<string, number[]> } = {
  stylegan1: stylegan1Shapes,
  stylegan2: stylegan2Shapes,
  stylegan3: stylegan3Shapes,
};

/** Names and shapes of every parameter and buffer of a generator, by its official names and in their order. */
export function parameterShapes<F extends Family>(family: F, config: ConfigOf[F]): Map<string, number[]> {
  return SHAPES[family](config);
}

/** Buffers that follow from the config by a formula: the networks design them, no file has to hold them. */
export function isDesignedBuffer(name: string): boolean {
  return /(^|\.)(resample_filter|up_filter|down_filter|kernel|input\.transform|synthesis\.lod)$/.test(name);
}

/** Buffers of fixed noise: random once and for all, so a seed can stand for them. */
export function isNoiseBuffer(name: string): boolean {
  return /\.(noise_const|apply_noise\.noise)$/.test(name);
}

/**
 * The resolution from which a tensor is needed: 4 for the mapping network, else that of its block. StyleGAN3 has no
 * picture before its last layer, so all its layers count as the full resolution.
 */
export function tensorResolution(family: Family, config: Config, name: string): number {
  if (!name.startsWith("synthesis.")) return 4;
  const index = (pattern: RegExp) => Number(pattern.exec(name)?.[1] ?? 0);
  if (family === "stylegan1") {
    if (name.startsWith("synthesis.output")) return 4 * 2 ** index(/^synthesis\.output(\d+)\./);
    return 4 * 2 ** Math.floor(index(/^synthesis\.layer(\d+)\./) / 2);
  }
  if (family === "stylegan2") return index(/^synthesis\.b(\d+)\./) || 4;
  return imageResolution(config);
}

/** Number of learned parameters of a generator: no designed filters, noise buffers, running means or lod. */
export function parameterCount<F extends Family>(family: F, config: ConfigOf[F]): number {
  let count = 0;
  for (const [name, shape] of parameterShapes(family, config)) {
    if (isDesignedBuffer(name) || isNoiseBuffer(name) || /(w_avg|magnitude_ema|freqs|phases)$/.test(name))
      continue;
    count += shape.reduce((product, side) => product * side, 1);
  }
  return count;
}
