import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { StyleGAN2DiscriminatorConfig } from "../../../lib/networks/discriminatorConfig.js";
import { stylegan2Discriminator } from "../../../lib/networks/discriminatorStyleGAN2.js";
import { trainableTensors } from "../../../lib/networks/trainable.js";
import { lossAndGradients } from "../../../lib/training/gradients.js";
import { r1Penalty } from "../../../lib/training/r1.js";
import { startBackend } from "../../conformance/backend.js";
import { loadCase } from "../../golden.js";
import { normal } from "../ops/random.js";

beforeAll(() => startBackend("wasm"));

describe("R1", () => {
  it("is the squared slope of a discriminator that is linear in the picture", () => {
    tf.tidy(() => {
      const direction = normal<Tensor4D>([1, 4, 4, 3], 1);
      const linear = (x: Tensor4D) => tf.sum(tf.mul(x, direction), [1, 2, 3], false) as Tensor;
      const { gradients, penalty } = r1Penalty(
        (x) => tf.expandDims<Tensor2D>(linear(x), 1),
        normal<Tensor4D>([2, 4, 4, 3], 2),
      );
      const length = tf.sum(tf.square(direction)).dataSync()[0]!;
      for (const value of penalty.dataSync()) expect(value).toBeCloseTo(length, 3);
      expect(gradients.shape).toEqual([2, 4, 4, 3]);
    });
  });

  const cases = [
    ["resnet", "swish"],
    ["skip", "elu"],
    ["orig", "softplus"],
  ] as const;
  it.each(cases)(
    "of a %s discriminator with %s has the gradients that finite differences of the penalty have, in every parameter",
    async (architecture, activation) => {
      const { case: description, weights: stored } = await loadCase("sg2-discriminator-options");
      // smooth activations, since a step across a corner changes the gradient by a jump; the clamp is there, but wide
      const config: StyleGAN2DiscriminatorConfig = {
        ...(description.config as unknown as StyleGAN2DiscriminatorConfig),
        architecture,
        conv_clamp: 256,
        block_kwargs: { activation, resample_filter: [1, 2, 1] },
        mapping_kwargs: { num_layers: 2, activation: "swish" },
      };
      const before = tf.memory().numTensors;
      const parameters = trainableTensors(stored);
      addMissing(parameters, config);
      const images = normal<Tensor4D>([4, 16, 16, 1], 3);
      const label = tf.tensor2d([[1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]); // prettier-ignore
      const penalty = (at: ReadonlyMap<string, Tensor>) =>
        tf.tidy(() => {
          const judge = (x: Tensor4D) => stylegan2Discriminator(config, at, x, label);
          return tf.mean(r1Penalty(judge, images).penalty) as tf.Scalar;
        });
      const { value, gradients } = lossAndGradients(() => penalty(parameters), parameters);
      const size = value.dataSync()[0]!;
      expect(size).toBeGreaterThan(0);
      let moving = 0;
      let seed = 100;
      for (const [name, parameter] of parameters) {
        const [slope, measured] = tf.tidy(() => {
          const scale = Math.sqrt(tf.mean(tf.square(parameter)).dataSync()[0]!) + 0.1;
          const direction = tf.mul(normal(parameter.shape, seed++), scale);
          const step = 1e-3;
          const at = (h: number) =>
            penalty(new Map(parameters).set(name, tf.add(parameter, tf.mul(direction, h)))).dataSync()[0]!;
          return [
            tf.sum(tf.mul(gradients.get(name)!, direction)).dataSync()[0]!,
            (at(step) - at(-step)) / (2 * step),
          ];
        });
        if (Math.abs(slope) > 0.05 * size) moving += 1;
        expect(Math.abs(measured - slope), `${name}: ${measured} measured, ${slope} computed`).toBeLessThan(
          0.02 * Math.abs(slope) + 4e-3 * size,
        );
      }
      expect(moving).toBeGreaterThan(parameters.size / 3); // not all directions may be blind
      tf.dispose([images, label, value, ...parameters.values(), ...gradients.values()]);
      expect(tf.memory().numTensors).toBe(before);
    },
    120_000,
  );
});

/** Parameters that the stored architecture, skip or not, lacks: 1x1 convolutions of other architectures. */
function addMissing(parameters: Map<string, Tensor>, config: StyleGAN2DiscriminatorConfig): void {
  const channels = (size: number) => parameters.get(`b${size}.conv0.weight`)?.shape[2];
  for (let size = config.img_resolution; size >= 4; size /= 2) {
    const inputs = channels(size) ?? parameters.get("b4.conv.weight")!.shape[3];
    const outputs = channels(size / 2) ?? parameters.get("b4.conv.weight")!.shape[3];
    if (size > 4 && config.architecture === "resnet" && !parameters.has(`b${size}.skip.weight`))
      parameters.set(`b${size}.skip.weight`, normal([1, 1, inputs!, outputs!], size));
    if (config.architecture === "skip" && !parameters.has(`b${size}.fromrgb.weight`)) {
      parameters.set(`b${size}.fromrgb.weight`, normal([1, 1, config.img_channels, inputs!], size + 1));
      parameters.set(`b${size}.fromrgb.bias`, normal([inputs!], size + 2));
    }
  }
}
