import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Experiment } from "../experiment/experiment.js";
import { synthesisHooks } from "../networks/interventions.js";
import { drive } from "../networks/run.js";
import { StyleGAN1 } from "../networks/stylegan1.js";
import type { StyleGAN1Config } from "../weights/config.js";
import { initialise } from "../weights/initialise.js";
import type { Parameter, Parameters } from "../weights/parameters.js";
import type { EngineModel } from "./engineModel.js";

/**
 * The parameters of one resolution's block at the first step of its training: weights N(0, 1) under the equalised
 * learning rate, biases and noise strengths 0, so that every style's scale is about 1 and its shift about 0.
 *
 * Source: Karras et al. 2018, section 4.1; Karras et al. 2019, appendix C.
 */
export function freshParameters(config: StyleGAN1Config, resolution: number, seed: number): Parameters {
  const block = Math.log2(resolution) - 2;
  const parts = [2 * block, 2 * block + 1].map((layer) => `synthesis.layer${layer}.`);
  const belongs = (name: string) =>
    [...parts, `synthesis.output${block}.`].some((part) => name.startsWith(part));
  const drawn = initialise("stylegan1", config, `fresh ${seed}`, belongs);
  return new Map<string, Parameter>(
    [...drawn].map(([name, parameter]) =>
      /\.bias$|apply_noise\.weight$/.test(name)
        ? [name, { shape: parameter.shape, data: new Float32Array(parameter.data.length) }]
        : [name, parameter],
    ),
  );
}

/**
 * The picture of a resolution whose block has fresh weights, on the features that the trained layers below give.
 *
 * @param features output of the last layer below, [1, R / 2, R / 2, C]
 * @param below picture of the resolution below, [1, R / 2, R / 2, 3]
 * @returns [1, R, R, 3], the caller's
 */
export function freshPicture(
  { network, latents }: EngineModel,
  experiment: Experiment,
  { resolution, seed }: { readonly resolution: number; readonly seed: number },
  features: Tensor4D,
  below: Tensor4D,
): Tensor4D {
  const config = network.config as StyleGAN1Config;
  const grown = new StyleGAN1(config, freshParameters(config, resolution, seed));
  const ws: Tensor3D = latents.wPlus(experiment);
  const level = Math.log2(resolution);
  const output = `output${level - 2}`;
  let picture: Tensor4D | null = null;
  try {
    drive(
      grown.synthesis(ws, {
        ...synthesisHooks(experiment.interventions, network),
        noise: { mode: "none" },
        lod: Math.log2(network.resolution) - level,
        from: { name: `output${level - 3}`, x: features, img: below },
      }),
      {
        until: output,
        onStep({ name, tensor }) {
          if (name === output) picture = tf.keep(tensor.clone());
        },
      },
    );
    return picture!;
  } finally {
    ws.dispose();
    grown.dispose();
  }
}
