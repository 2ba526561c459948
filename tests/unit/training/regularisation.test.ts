import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { officialLayout, trainableTensors } from "../../../lib/networks/trainable.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { lossAndGradients } from "../../../lib/training/gradients.js";
import {
  lazyOptimizer,
  lazyRegularisation,
  pathLengthWeight,
} from "../../../lib/training/lazyRegularisation.js";
import { lodAt, lodIterations, totalIterations } from "../../../lib/training/lodSchedule.js";
import { saturatingGeneratorLoss, generatorLoss } from "../../../lib/training/logisticLoss.js";
import { pathLengthPenalty, pathLengths } from "../../../lib/training/pathLength.js";
import { mixingDraw, mixingRegularisation } from "../../../lib/training/styleMixing.js";
import { synthesiseStyleGAN2 } from "../../../lib/training/synthesiseStyleGAN2.js";
import { updateWeightAverage, weightDecay } from "../../../lib/training/weightAverage.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { startBackend } from "../../conformance/backend.js";
import { loadCase } from "../../golden.js";

beforeAll(() => startBackend("wasm"));

const normal = <T extends tf.Tensor>(key: string, shape: number[]) =>
  tf.tensor(
    hashNormal(
      key,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  ) as T;

describe("path-length regularisation", () => {
  it("has the gradient that finite differences of the penalty have, along a random direction", async () => {
    const { case: description, weights } = await loadCase("sg2-generator-res4");
    const given = description.config as unknown as StyleGAN2Config;
    // smooth, since a step across a leaky ReLU's corner would change the Jacobian by a jump
    const config = { ...given, synthesis_kwargs: { ...given.synthesis_kwargs, activation: "swish" } };
    const parameters = trainableTensors(weights);
    const name = "synthesis.b4.conv1.weight";
    const weight = parameters.get(name)!;
    const ws = normal<Tensor3D>("ws", [2, 2, config.w_dim]);
    const noise = normal<Tensor4D>("y", [2, 4, 4, config.img_channels]);
    const penalty = (at: tf.Tensor) => {
      const changed = new Map(parameters).set(name, at);
      const synthesise = (w: Tensor3D) => synthesiseStyleGAN2(config, changed, w, null);
      return tf.mean<tf.Scalar>(pathLengthPenalty(pathLengths(synthesise, ws, noise).lengths, 0.5).penalty);
    };
    const direction = normal("direction", weight.shape);
    const { value, gradients } = lossAndGradients(() => penalty(weight), new Map([[name, weight]]));
    const slope = tf.tidy(() => tf.sum(tf.mul(gradients.get(name)!, direction)).dataSync()[0]!);
    const step = 3e-4;
    const at = (h: number) => tf.tidy(() => penalty(tf.add(weight, tf.mul(direction, h))).dataSync()[0]!);
    const measured = (at(step) - at(-step)) / (2 * step);
    expect(Math.abs(slope)).toBeGreaterThan(1e-3);
    expect(Math.abs(measured - slope)).toBeLessThan(0.02 * Math.abs(slope) + 1e-3 * value.dataSync()[0]!);
  });

  it("has the weight that a weight of 2 has, spread over pixels and layers", () => {
    for (const r of [8, 256, 1024])
      expect(pathLengthWeight(r)).toBeCloseTo(2 / (r * r * (2 * Math.log2(r) - 2)), 14);
    expect(() => pathLengthWeight(2)).toThrow(/no layers/);
  });
});

describe("lazy regularisation", () => {
  it("runs one step in an interval, with the gain of all of them", () => {
    const runs = Array.from({ length: 32 }, (_, step) => lazyRegularisation(step, 8));
    expect(runs.filter((run) => run.runs).length * runs[0]!.gain).toBe(32);
    expect(() => lazyRegularisation(0, 0)).toThrow(/interval/);
  });

  it("lets a whole interval of steps decay as it did before", () => {
    const adam = lazyOptimizer({ learningRate: 0.002, beta1: 0.5, beta2: 0.99 }, 16);
    expect(adam.beta2 ** 17).toBeCloseTo(0.99 ** 16, 12);
    expect(adam.learningRate * 17).toBeCloseTo(0.002 * 16, 12);
  });
});

describe("mixing regularisation", () => {
  it("takes the layers from the cutoff on from the other latent, in the mixed share of batches only", async () => {
    const ws = tf.zeros<tf.Rank.R3>([1, 4, 1]);
    const other = () => tf.ones<tf.Rank.R3>([1, 4, 1]);
    const draw = mixingDraw(0.5, 0.4, 4);
    expect(draw.cutoff).toBe(2);
    expect([...(await mixingRegularisation(ws, other, draw).data())]).toEqual([0, 0, 1, 1]);
    const not = mixingRegularisation(ws, () => expect.unreachable(), { uniform: 0.95, cutoff: 2 });
    expect([...(await not.data())]).toEqual([0, 0, 0, 0]);
    expect([mixingDraw(0, 0, 4).cutoff, mixingDraw(0, 0.999999, 4).cutoff]).toEqual([1, 3]);
  });
});

describe("the average of the weights", () => {
  it("has forgotten half after its half-life", async () => {
    const decay = weightDecay(32, 320);
    let average = new Map<string, tf.Tensor>([["w", tf.scalar(1)]]);
    for (let i = 0; i < 10; i++)
      average = updateWeightAverage(average, new Map([["w", tf.scalar(0)]]), decay);
    expect((await average.get("w")!.data())[0]).toBeCloseTo(0.5, 6);
    expect(weightDecay(32, 10_000, 640, 0.05)).toBeCloseTo(0.5, 12);
  });
});

describe("the logistic losses", () => {
  it("push the generator the same way, the non-saturating one harder where the discriminator is sure", () => {
    const logits = tf.tensor1d([-8, 0, 8]);
    const slope = (f: (x: tf.Tensor1D) => tf.Tensor1D) => [
      ...tf
        .grad((x) => f(x as tf.Tensor1D))(logits)
        .dataSync(),
    ];
    const [pushing, saturating] = [slope(generatorLoss), slope(saturatingGeneratorLoss)];
    for (const value of [...pushing, ...saturating]) expect(value).toBeLessThan(0);
    expect(pushing[0]! / saturating[0]!).toBeGreaterThan(1000);
  });
});

describe("trainable tensors", () => {
  it("go back to the official layout", async () => {
    const { weights } = await loadCase("sg2-generator-res4");
    for (const [name, tensor] of trainableTensors(weights)) {
      const back = officialLayout(name, tensor);
      expect(back.shape, name).toEqual(weights.get(name)!.shape);
      expect([...(await back.data())], name).toEqual([...weights.get(name)!.data]);
    }
  });
});

describe("progressive growing", () => {
  const phases = { resolution: 64, initialResolution: 8, trainingImages: 100, transitionImages: 50 };

  it("never grows backwards, and ends at full resolution", () => {
    let last = Infinity;
    for (let images = 0; images < 700; images += 7) {
      const { lod } = lodAt(images, phases);
      expect(lod).toBeLessThanOrEqual(last);
      last = lod;
    }
    expect(lodAt(1000, phases)).toEqual({ lod: 0, resolution: 64 });
    expect(() => lodAt(0, { ...phases, initialResolution: 24 })).toThrow(/power of two/);
  });

  it("looks at the schedule once only where a batch is repeated once, as the official loop does", () => {
    const options = {
      ...phases,
      totalImages: 600,
      minibatch: () => 4,
      learningRateScale: () => 1,
      minibatchRepeats: 1,
    };
    const lods = new Set([...lodIterations(options)].map(({ lod }) => lod));
    expect([...lods]).toEqual([3]);
    expect([...lodIterations(options)]).toHaveLength(totalIterations(options));
  });
});
