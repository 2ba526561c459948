import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import type { StyleGAN1DiscriminatorConfig } from "../../../lib/networks/discriminatorConfig.js";
import { stylegan1Discriminator } from "../../../lib/networks/discriminatorStyleGAN1.js";
import { officialLayout, trainableTensors, type TensorMap } from "../../../lib/networks/trainable.js";
import { lossAndGradients, vectorJacobian } from "../../../lib/training/gradients.js";
import {
  discriminatorFakeLoss,
  discriminatorRealLoss,
  generatorLoss,
} from "../../../lib/training/logisticLoss.js";
import { r1Penalty } from "../../../lib/training/r1.js";
import { fadeRealImages } from "../../../lib/training/realImages.js";
import type { GoldenRun } from "../../golden.js";
import type { Arguments } from "../arguments.js";
import type { GeneratorInputs, Record } from "../generatorRunner.js";
import { recordedRun } from "../recordedRun.js";
import type { Check, Runner } from "../runner.js";

/** StyleGAN1's discriminator loss with R1 in every step, and its gradients. */
function discriminatorLoss(
  config: StyleGAN1DiscriminatorConfig,
  weights: TensorMap,
  run: GoldenRun,
  args: Arguments,
  inputs: GeneratorInputs,
  record: Record,
  asItIs: Record,
): void {
  const lod = args.number("lod");
  const gamma = args.number("r1_gamma");
  const discriminate = (images: Tensor4D) => stylegan1Discriminator(config, weights, images, null, { lod });
  const real = inputs.get<Tensor4D>("real");
  const fake = inputs.get<Tensor4D>("fake");
  const loss = (): Scalar => {
    const [realScores, fakeScores] = [discriminate(real), discriminate(fake)];
    record("real_scores", realScores);
    record("fake_scores", fakeScores);
    record("g_loss", tf.mean(generatorLoss(fakeScores)));
    const logistic = tf.add<Scalar>(
      tf.mean(discriminatorFakeLoss(fakeScores)),
      tf.mean(discriminatorRealLoss(realScores)),
    );
    record("d_gan_loss", logistic);
    const { gradients, penalty } = r1Penalty(discriminate, real);
    record("real_grad", gradients);
    const mean = tf.mean<Scalar>(penalty);
    record("grad_penalty", mean);
    return tf.add(logistic, tf.mul(mean, gamma / 2));
  };
  const { value, gradients } = lossAndGradients(loss, weights);
  record("d_loss", value);
  for (const output of Object.keys(run.outputs)) {
    const name = /^grads\/(.*)$/.exec(output)?.[1];
    const gradient = name === undefined ? undefined : gradients.get(name);
    if (gradient) asItIs(output, officialLayout(name!, gradient));
  }
}

const stylegan1: Runner = {
  name: "StyleGAN1 losses",
  accepts: ({ kind }) => kind === "sg1-losses",
  async run(loaded) {
    const config = loaded.case.config["discriminator"] as StyleGAN1DiscriminatorConfig;
    const weights = trainableTensors(loaded.weights);
    try {
      const checks: Check[] = [];
      for (const run of loaded.case.runs)
        checks.push(
          ...(await recordedRun(run, loaded, (args, inputs, record, asItIs) => {
            const what = args.string("fn");
            if (what === "preprocess_image")
              record("y", fadeRealImages(inputs.get<Tensor4D>("images"), args.number("lod")));
            else if (what === "d_loss") discriminatorLoss(config, weights, run, args, inputs, record, asItIs);
            else throw new Error(`unknown function "${what}"`);
          })),
        );
      return checks;
    } finally {
      tf.dispose([...weights.values()]);
    }
  },
};

const logistic: Runner = {
  name: "logistic losses",
  accepts: ({ kind }) => kind === "logistic",
  async run(loaded) {
    const checks: Check[] = [];
    for (const run of loaded.case.runs)
      checks.push(
        ...(await recordedRun(run, loaded, (args, inputs, record) => {
          const logits = inputs.get<Tensor1D>("logits");
          const sign = args.number("sign");
          if (Math.abs(sign) !== 1) throw new Error(`unknown sign ${sign}`);
          const loss = (x: Tensor1D) => (sign === 1 ? discriminatorFakeLoss(x) : generatorLoss(x));
          record("loss", loss(logits));
          record("grad", vectorJacobian(loss, logits));
        })),
      );
    return checks;
  },
};

export const runners: Runner[] = [stylegan1, logistic];
