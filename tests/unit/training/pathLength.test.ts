import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { trainableTensors } from "../../../lib/networks/trainable.js";
import { lossAndGradients } from "../../../lib/training/gradients.js";
import { pathLengthNoise, pathLengthPenalty, pathLengths } from "../../../lib/training/pathLength.js";
import { synthesiseStyleGAN2 } from "../../../lib/training/synthesiseStyleGAN2.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { startBackend } from "../../conformance/backend.js";
import { loadCase } from "../../golden.js";
import { normal } from "../ops/random.js";

beforeAll(() => startBackend("wasm"));

describe("the path-length penalty", () => {
  it("of an upsampling generator with clamp and noise has the gradients of finite differences, in every layer", async () => {
    const { case: description, weights: stored } = await loadCase("sg2-generator-options");
    const given = description.config as unknown as StyleGAN2Config;
    // smooth, and a clamp that is there but not reached
    const config: StyleGAN2Config = {
      ...given,
      synthesis_kwargs: { ...given.synthesis_kwargs, activation: "swish", conv_clamp: 256 },
    };
    const before = tf.memory().numTensors;
    const all = trainableTensors(stored);
    const parameters = new Map([...all].filter(([name]) => name.startsWith("synthesis.")));
    const ws = normal<Tensor3D>([2, 6, config.w_dim], 1);
    const noise = tf.tidy(() => pathLengthNoise(normal<Tensor4D>([2, 16, 16, 1], 2)));
    const maps = [4, 8, 8, 16, 16].map((side, i) => normal<Tensor4D>([2, side, side, 1], 3 + i));
    const penalty = (at: ReadonlyMap<string, Tensor>) =>
      tf.tidy(() => {
        const synthesise = (w: Tensor3D) => synthesiseStyleGAN2(config, at, w, maps);
        const { lengths } = pathLengths(synthesise, ws, noise);
        return tf.mean(pathLengthPenalty(lengths, 0.1).penalty) as tf.Scalar;
      });
    const { value, gradients } = lossAndGradients(() => penalty(parameters), parameters);
    const size = value.dataSync()[0]!;
    // a direction for each layer: its weight, bias, affine and noise strength at once
    const layers = new Set([...parameters.keys()].map((name) => name.split(".").slice(0, 3).join(".")));
    let [moving, seed] = [0, 100];
    for (const layer of layers) {
      const names = [...parameters.keys()].filter((name) => name.startsWith(layer));
      const [slope, measured] = tf.tidy(() => {
        const directions = names.map((name) => {
          const parameter = parameters.get(name)!;
          const scale = Math.sqrt(tf.mean(tf.square(parameter)).dataSync()[0]!) + 0.1;
          return tf.mul(normal(parameter.shape, seed++), scale);
        });
        const step = 1e-3;
        const at = (h: number) => {
          const moved = names.map((name, i) => tf.add(parameters.get(name)!, tf.mul(directions[i]!, h)));
          return penalty(
            new Map([...parameters, ...names.map((name, i) => [name, moved[i]!] as const)]),
          ).dataSync()[0]!;
        };
        const along = names.map((name, i) => tf.sum(tf.mul(gradients.get(name)!, directions[i]!)));
        return [tf.addN(along).dataSync()[0]!, (at(step) - at(-step)) / (2 * step)];
      });
      if (Math.abs(slope) > 0.05 * size) moving += 1;
      expect(Math.abs(measured - slope), `${layer}: ${measured} measured, ${slope} computed`).toBeLessThan(
        0.02 * Math.abs(slope) + 4e-3 * size,
      );
    }
    expect(size).toBeGreaterThan(0);
    expect(moving).toBeGreaterThan(layers.size / 2); // not all directions may be blind
    tf.dispose([ws, noise, value, ...maps, ...all.values(), ...gradients.values()]);
    expect(tf.memory().numTensors).toBe(before);
  }, 300_000);
});
