import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { instanceNorm } from "../../../lib/ops/instanceNorm.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { contrastBatch, oneContrastLoss, shownAmplitudes } from "../../../lib/training/contrastTask.js";
import { lossAndGradients } from "../../../lib/training/gradients.js";
import { tinyGenerator, tinyParameters, type Normalisation } from "../../../lib/training/tinyGenerator.js";
import { meanAbsoluteError, TinyTraining, withoutSpikes } from "../../../lib/training/tinyTraining.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

const KINDS: readonly Normalisation[] = ["instance", "demodulation", "none"];
const numbers = (x: Tensor) => [...x.dataSync()];
const furthest = (a: Tensor, b: Tensor) => tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);

describe("the contrast task", () => {
  it("asks for pictures whose every colour is as strong as the amplitude says, whatever the direction", () => {
    const { pictures, amplitudes } = contrastBatch("strength", 12);
    const { variance } = tf.moments(pictures, [1, 2]);
    const deviations = tf.sqrt(variance).arraySync() as number[][];
    deviations.forEach((one, n) =>
      one.forEach((deviation) => expect(deviation).toBeCloseTo(0.3 * amplitudes[n]!, 5)),
    );
    expect(Math.max(...amplitudes)).toBeLessThanOrEqual(1);
    expect(Math.min(...amplitudes)).toBeGreaterThanOrEqual(0.1);
  });

  it("loses its amplitude under instance normalisation, and nothing else", () => {
    const { pictures, amplitudes } = contrastBatch("lost", 6);
    const scaled = tf.div(pictures, tf.tensor4d(amplitudes, [6, 1, 1, 1])) as Tensor4D;
    expect(furthest(instanceNorm(pictures), instanceNorm(scaled))).toBeLessThan(1e-4);
    expect(furthest(pictures, scaled)).toBeGreaterThan(0.1);
  });

  it("reads amplitudes off pictures, also with a wrong pixel in them", async () => {
    const batch = contrastBatch("read", 5);
    const half = tf.mul(batch.pictures, 0.5) as Tensor4D;
    (await shownAmplitudes(half, batch)).forEach((a, n) =>
      expect(a / batch.amplitudes[n]!).toBeCloseTo(0.5, 5),
    );
    const drop = tf.buffer([5, 32, 32, 3]);
    for (let n = 0; n < 5; n++) drop.set(1, n, 3, 4, 0);
    const marred = tf.add(batch.pictures, drop.toTensor()) as Tensor4D;
    (await shownAmplitudes(marred, batch)).forEach((a, n) =>
      expect(Math.abs(a - batch.amplitudes[n]!)).toBeLessThan(0.02),
    );
  });

  it("knows what one contrast for all would cost", async () => {
    const batch = contrastBatch("cost", 9);
    const one = (amplitude: number) =>
      meanAbsoluteError(
        tf.mul(
          batch.pictures,
          tf.tensor4d(
            batch.amplitudes.map((a) => amplitude / a),
            [9, 1, 1, 1],
          ),
        ) as Tensor4D,
        batch.pictures,
      ).dataSync()[0]!;
    const least = Math.min(...Array.from({ length: 101 }, (_, i) => one(i / 100)));
    expect(await oneContrastLoss(batch)).toBeCloseTo(least, 6);
    expect(await oneContrastLoss(contrastBatch("cost", 9, "one"))).toBeCloseTo(0, 6);
  });

  it("is the same for the same key, and another for another", () => {
    expect(numbers(contrastBatch("a", 3).z)).toEqual(numbers(contrastBatch("a", 3).z));
    expect(numbers(contrastBatch("a", 3).z)).not.toEqual(numbers(contrastBatch("b", 3).z));
  });
});

describe("the tiny generator", () => {
  it.each(KINDS)("with %s has the gradients that finite differences have", (kind) => {
    const parameters = tinyParameters("gradient", kind);
    const { z, pictures } = contrastBatch("gradient", 2);
    // squares, since an absolute value has a corner at every pixel that is just right
    const lossAt = (at: ReadonlyMap<string, Tensor>) =>
      tf.mean(tf.square(tf.sub(tinyGenerator(at, z, kind), pictures))) as Scalar;
    const { gradients } = lossAndGradients(() => lossAt(parameters), parameters);
    for (const name of ["const", "input", "conv0.weight", "conv1.style", "conv1.bias", "picture.weight"]) {
      const { shape, size } = parameters.get(name)!;
      const direction = tf.tensor(hashNormal(`towards ${name}`, size), shape);
      const slope = tf.tidy(() => tf.sum(tf.mul(gradients.get(name)!, direction)).dataSync()[0]!);
      const at = (step: number) =>
        tf.tidy(() => {
          const moved = tf.add(parameters.get(name)!, tf.mul(direction, step));
          return lossAt(new Map(parameters).set(name, moved)).dataSync()[0]!;
        });
      const h = 1e-2; // small enough for the curvature, large enough for float32
      const measured = (at(h) - at(-h)) / (2 * h);
      expect(Math.abs(measured - slope), name).toBeLessThan(0.06 * Math.abs(slope) + 5e-4);
    }
  });

  it("forgets the strength of what it starts from under instance normalisation only", () => {
    const { z } = contrastBatch("forget", 2);
    const logits = (kind: Normalisation, factor: number) => {
      const parameters = tinyParameters("forget", kind);
      for (const name of ["const", "input"]) parameters.set(name, tf.mul(parameters.get(name)!, factor));
      return tf.atanh(tf.clipByValue(tinyGenerator(parameters, z, kind), -0.99, 0.99));
    };
    expect(furthest(logits("instance", 1), logits("instance", 1e-2))).toBeLessThan(1e-2);
    for (const kind of ["demodulation", "none"] as const) {
      // weak enough not to be clipped, nor bent by tanh
      const [one, two] = [logits(kind, 1e-2), logits(kind, 2e-2)];
      expect(furthest(tf.mul(one, 2), two), kind).toBeLessThan(1e-4);
      expect(furthest(one, two), kind).toBeGreaterThan(1e-3);
    }
  });

  it("starts from the same weights whatever normalises them", () => {
    const [a, b] = [tinyParameters("5", "instance"), tinyParameters("5", "demodulation")];
    for (const name of ["const", "input", "conv0.weight", "picture.weight"])
      expect(numbers(a.get(name)!)).toEqual(numbers(b.get(name)!));
    expect(numbers(tinyParameters("6", "instance").get("input")!)).not.toEqual(numbers(a.get("input")!));
  });

  it("loses its spikes when they are painted out, and nothing else", () => {
    const x = tf.tensor4d(
      hashNormal("bulk", 2 * 64).map((v) => Math.max(-2, Math.min(2, v))),
      [1, 8, 8, 2],
    );
    const spiked = x.dataSync<"float32">().slice();
    spiked[20] = 500;
    const y = numbers(withoutSpikes(tf.tensor4d(spiked, [1, 8, 8, 2]), 3));
    const column = [...spiked].filter((_, i) => i % 2 === 0);
    expect(y[20]).toBeCloseTo(column.reduce((sum, v) => sum + v) / 64, 3);
    y.forEach((value, i) => i !== 20 && expect(value).toBeCloseTo(spiked[i]!, 4));
  });
});

describe("training", () => {
  it("gives the same numbers for the same set-up, and holds no more tensors after a step than before", () => {
    const setUp = { seed: 3, normalisation: "instance", contrast: "varying" } as const;
    const [a, b] = [new TinyTraining(setUp), new TinyTraining(setUp)];
    a.step();
    const before = tf.memory().numTensors;
    a.step();
    expect(tf.memory().numTensors).toBe(before);
    b.step();
    b.step();
    const { z } = contrastBatch("same", 2);
    expect(numbers(a.generate(z))).toEqual(numbers(b.generate(z)));
    expect(a.steps).toBe(2);
    a.dispose();
    b.dispose();
  });
});
