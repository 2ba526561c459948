import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type {
  StyleGAN1DiscriminatorConfig,
  StyleGAN2DiscriminatorConfig,
} from "../../../lib/networks/discriminatorConfig.js";
import { stylegan1Discriminator } from "../../../lib/networks/discriminatorStyleGAN1.js";
import {
  stylegan2Discriminator,
  type DiscriminatorLook,
} from "../../../lib/networks/discriminatorStyleGAN2.js";
import { trainableTensors, type TensorMap } from "../../../lib/networks/trainable.js";
import type { Arguments } from "../arguments.js";
import type { GeneratorInputs } from "../generatorRunner.js";
import { recordedRun } from "../recordedRun.js";
import type { Check, Runner } from "../runner.js";

type Run = (
  weights: TensorMap,
  args: Arguments,
  inputs: GeneratorInputs,
  config: unknown,
  look: DiscriminatorLook,
) => Tensor;

function discriminatorRunner(name: string, kind: string, discriminate: Run): Runner {
  return {
    name,
    accepts: (description) => description.kind === kind,
    async run(loaded) {
      const weights = trainableTensors(loaded.weights);
      try {
        const checks: Check[] = [];
        for (const run of loaded.case.runs)
          checks.push(
            ...(await recordedRun(run, loaded, (args, inputs, record) => {
              for (const unused of ["record", "note"]) args.any(unused); // they only say what was stored
              const look: DiscriminatorLook = (part, output) => record(`layers/${part}`, output);
              record("logits", discriminate(weights, args, inputs, loaded.case.config, look));
            })),
          );
        return checks;
      } finally {
        tf.dispose([...weights.values()]);
      }
    },
  };
}

export const runners: Runner[] = [
  discriminatorRunner("StyleGAN1 discriminator", "sg1-discriminator", (weights, args, inputs, config, look) =>
    stylegan1Discriminator(
      config as StyleGAN1DiscriminatorConfig,
      weights,
      inputs.get<Tensor4D>("image"),
      inputs.optional<Tensor2D>("label"),
      { lod: args.number("lod", 0), look },
    ),
  ),
  discriminatorRunner("StyleGAN2 discriminator", "sg2ada-discriminator", (weights, _, inputs, config, look) =>
    stylegan2Discriminator(
      config as StyleGAN2DiscriminatorConfig,
      weights,
      inputs.get<Tensor4D>("img"),
      inputs.optional<Tensor2D>("c"),
      look,
    ),
  ),
];
