import { elementCount } from "../checkpoint/checkpoint.js";
import { hashNormal, hashUniform } from "../random/hashNormal.js";
import type { Config, ConfigOf, StyleGAN1Config, StyleGAN2Config, StyleGAN3Config } from "./config.js";
import type { Family, Parameter, Parameters } from "./parameters.js";
import { isDesignedBuffer, isNoiseBuffer, parameterShapes } from "./shapes.js";
import { stylegan3Geometry } from "./shapes/stylegan3.js";

/** Mean and standard deviation of a tensor at the start of training. */
type Draw = readonly [mean: number, std: number];

/**
 * Strength of noise inputs and of biases. Ours, not the papers': both start at zero there, which leaves the noise
 * inputs without effect and StyleGAN1's first layer flat until they have been trained.
 */
const OURS = 0.1;

function drawStyleGAN1(config: StyleGAN1Config, name: string, shape: readonly number[]): Draw {
  const lr = config.mapping_lr_mul ?? 0.01;
  if (isNoiseBuffer(name)) return [0, 1];
  if (name.endsWith("apply_noise.weight")) return [0, OURS];
  if (name.endsWith("w_avg")) return [0, 0];
  if (name.startsWith("mapping.") && name.endsWith(".bias")) return [0, 0];
  if (name.endsWith(".bias")) return [0, OURS];
  // The paper's constant is all ones, which instance normalisation turns to zero: ours is drawn like a weight.
  if (name.endsWith(".const") || name.endsWith("label_weight")) return [0, 1];
  if (config.use_wscale !== false) return [0, /^mapping\.dense/.test(name) ? 1 / lr : 1];
  // Without run-time scaling He's constant is in the weights; gain 1 for styles and outputs, sqrt(2) elsewhere.
  const gain = /style|output/.test(name) ? 1 : Math.SQRT2;
  return [0, gain / Math.sqrt(elementCount(shape.slice(1)))];
}

function drawStyleGAN2(config: StyleGAN2Config | StyleGAN3Config, name: string): Draw {
  const lr = config.mapping_kwargs?.lr_multiplier ?? 0.01;
  if (name.endsWith("noise_strength")) return [0, OURS];
  if (name.endsWith("w_avg")) return [0, 0];
  if (name.endsWith("magnitude_ema")) return [1, 0];
  if (/^mapping\.fc\d+\.weight$/.test(name)) return [0, 1 / lr];
  if (/^mapping\..*\.bias$/.test(name)) return [0, 0];
  if (name.endsWith("affine.bias")) return [1, 0];
  if (name.endsWith(".bias")) return [0, OURS];
  return [0, 1];
}

/** StyleGAN3's Fourier input: directions and phases of its features, and an affine that starts at the identity. */
function inputOfStyleGAN3(config: StyleGAN3Config, key: string, name: string, length: number) {
  if (name === "synthesis.input.affine.weight") return new Float32Array(length);
  if (name === "synthesis.input.affine.bias") return Float32Array.of(1, 0, 0, 0);
  if (name === "synthesis.input.phases") return hashUniform(key, length).map((u) => u - 0.5);
  if (name !== "synthesis.input.freqs") return undefined;
  // Normal directions, their length r pulled towards a disc of the bandwidth's radius: f / (r exp(r^2)^(1/4)).
  const { bandwidth } = stylegan3Geometry(config).input;
  const freqs = hashNormal(key, length);
  for (let i = 0; i < length; i += 2) {
    const radius = Math.hypot(freqs[i]!, freqs[i + 1]!);
    const scale = bandwidth / (radius * Math.exp(radius ** 2) ** 0.25);
    freqs[i]! *= scale;
    freqs[i + 1]! *= scale;
  }
  return freqs;
}

/** One tensor of `initialise`, given its official name and its shape. */
export function initialTensor(
  family: Family,
  config: Config,
  seed: string,
  name: string,
  shape: readonly number[],
): Parameter {
  const key = `${seed}/${name}`;
  const length = elementCount(shape);
  if (family === "stylegan3") {
    const data = inputOfStyleGAN3(config as StyleGAN3Config, key, name, length);
    if (data) return { shape, data };
  }
  const [mean, std] =
    family === "stylegan1"
      ? drawStyleGAN1(config as StyleGAN1Config, name, shape)
      : drawStyleGAN2(config as StyleGAN2Config, name);
  const data = std === 0 ? new Float32Array(length).fill(mean) : hashNormal(key, length, mean, std);
  return { shape, data };
}

/**
 * The parameters of a generator before training, drawn from a seed.
 *
 * 1. Weights: N(0, 1), their He constant applied at run time (equalised learning rate; Karras et al. 2018, section
 *    4.1); those of the mapping network N(0, 1 / lr^2), since lr multiplies them at run time.
 * 2. StyleGAN2 and 3: biases of the affine layers 1; StyleGAN1 adds its 1 in the network.
 * 3. StyleGAN3: features of the Fourier input in a disc, phases uniform, magnitudes 1.
 * 4. Ours: noise strengths and the biases of convolutions N(0, 0.1^2) where the papers start at 0, so that every
 *    part of the network shows; StyleGAN1's constant N(0, 1) in place of ones.
 *
 * Every value depends on the seed, the tensor's name and its index alone (`hashNormal`, key "seed/name"). Buffers that
 * follow from the config (filters) are left out.
 *
 * @param only keeps the names it says yes to.
 */
export function initialise<F extends Family>(
  family: F,
  config: ConfigOf[F],
  seed: string,
  only: (name: string) => boolean = () => true,
): Parameters {
  const out = new Map<string, Parameter>();
  for (const [name, shape] of parameterShapes(family, config)) {
    if (!isDesignedBuffer(name) && only(name)) {
      out.set(name, initialTensor(family, config, seed, name, shape));
    }
  }
  return out;
}

/** The fixed noise of a buffer no file holds: normal numbers of the key "noise/name". */
export function seededNoise(name: string, shape: readonly number[]): Parameter {
  return { shape, data: hashNormal(`noise/${name}`, elementCount(shape)) };
}
