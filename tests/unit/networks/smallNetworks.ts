import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Network } from "../../../lib/networks/network.js";
import { StyleGAN1 } from "../../../lib/networks/stylegan1.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import type { StyleGAN1Config, StyleGAN2Config } from "../../../lib/weights/config.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { loadCase, type LoadedCase } from "../../golden.js";

/** Small networks of the reference cases: every family and architecture that the book runs. */
export const SMALL = [
  "sg1-generator-fused-scale",
  "sg1-generator-no-const",
  "sg2-generator-options",
  "sg2-generator-resnet",
] as const;

export function create({ case: { kind, config }, weights }: LoadedCase, loadWeights = true): Network {
  const parameters = loadWeights ? weights : undefined;
  return kind === "sg1-generator"
    ? new StyleGAN1(config as unknown as StyleGAN1Config, parameters)
    : new StyleGAN2(config as unknown as StyleGAN2Config, parameters);
}

export async function small(name: string): Promise<{ network: Network; loaded: LoadedCase }> {
  const loaded = await loadCase(name);
  return { network: create(loaded), loaded };
}

/** w+ of a seed, [batch, L, D]. */
export function wsOf(network: Network, seed: number, batch = 1): Tensor3D {
  return tf.tidy(() => {
    const z = tf.tensor2d(hashNormal(`z ${seed}`, batch * network.zDim), [batch, network.zDim]);
    const label = network.cDim > 0 ? (tf.oneHot(Array(batch).fill(1), network.cDim) as Tensor2D) : null;
    return network.map(z, label && tf.cast(label, "float32"));
  });
}
