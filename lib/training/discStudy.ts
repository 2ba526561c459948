import type { StyleGAN2Config } from "../weights/config.js";
import { discOf, drawDisc } from "./discPictures.js";
import type { TargetTrainerOptions } from "./targetTrainer.js";

const SIDE = 16;
const CHANNELS = 12;
const LEARNING_RATE = 0.004;

/** A StyleGAN2 of 16 x 16 pixels, without noise, with a W of 16 dimensions. */
export const DISC_GENERATOR: StyleGAN2Config = {
  z_dim: 4,
  c_dim: 0,
  w_dim: 16,
  img_resolution: SIDE,
  img_channels: 3,
  mapping_kwargs: { num_layers: 4, layer_features: 32, lr_multiplier: 0.1 },
  synthesis_kwargs: {
    channel_base: CHANNELS * SIDE,
    channel_max: CHANNELS,
    num_fp16_res: 0,
    use_noise: false,
  },
};

/**
 * The training of the chapter's pair of small generators: the same start, the same batches, the same targets, with
 * and without the path-length penalty. The learning rate stays for the first half and falls to zero in the second.
 *
 * @param weight of the penalty: 0, or 2 as in the official code
 */
export function discTraining(options: {
  readonly seed: string;
  readonly steps: number;
  readonly weight: number;
}): TargetTrainerOptions {
  const { seed, steps, weight } = options;
  return {
    generator: DISC_GENERATOR,
    seed,
    batch: 16,
    target: (z) => drawDisc(discOf(z), SIDE),
    adam: (step) => ({
      learningRate: LEARNING_RATE * Math.min(1, 2 * (1 - step / steps)),
      beta1: 0.9, // 0 is for adversarial training
      beta2: 0.99,
    }),
    pathLength: { weight, interval: 4, decay: 0.01 },
  };
}
