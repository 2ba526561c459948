import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { pullBack } from "../../../lib/networks/pullBack.js";
import { nextTurn } from "../../../lib/networks/run.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { discOf, drawDisc } from "../../../lib/training/discPictures.js";
import { discTraining } from "../../../lib/training/discStudy.js";
import {
  TargetTrainer,
  type TargetTrainerOptions,
  type TrainingStep,
} from "../../../lib/training/targetTrainer.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

/** The study's training on a network of 8 x 8 pixels. */
function small(weight: number): TargetTrainerOptions {
  const study = discTraining({ seed: "test", steps: 100, weight });
  const generator = {
    ...study.generator,
    w_dim: 6,
    img_resolution: 8,
    synthesis_kwargs: { ...study.generator.synthesis_kwargs, channel_base: 32, channel_max: 4 },
  };
  return { ...study, generator, batch: 4, target: (z) => drawDisc(discOf(z), 8) };
}

/** Trains, and gives way between steps: the runner wants to be answered, also by a busy machine. */
async function steps(trainer: TargetTrainer, count: number): Promise<TrainingStep[]> {
  const done: TrainingStep[] = [];
  while (done.length < count) {
    done.push(trainer.step());
    await nextTurn();
  }
  return done;
}

describe("training to a picture for each latent", () => {
  it("lowers the error, and gives the same numbers again for the same seed", async () => {
    const runs: number[][] = [];
    for (let run = 0; run < 2; run++) {
      const trainer = new TargetTrainer(small(0));
      runs.push((await steps(trainer, 14)).map(({ error }) => error));
      trainer.dispose();
    }
    expect(runs[0]).toEqual(runs[1]);
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(mean(runs[0]!.slice(-4))).toBeLessThan(0.6 * mean(runs[0]!.slice(0, 2)));
  });

  it("penalises in every fourth step, and shortens lengths that begin far above their moving mean", async () => {
    const trainer = new TargetTrainer(small(2));
    const done = await steps(trainer, 13);
    expect(done.map(({ pathLength }) => pathLength !== null).slice(0, 6)).toEqual([true, false, false, false, true, false]); // prettier-ignore
    const penalised = done.flatMap(({ pathLength }) => pathLength ?? []);
    expect(penalised[0]!.mean).toBeCloseTo(0.01 * penalised[0]!.length, 6);
    expect(penalised.at(-1)!.length).toBeLessThan(0.9 * penalised[0]!.length);
    trainer.dispose();
  });

  it("gives a generator in the official layout, and leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    const options = small(2);
    const trainer = new TargetTrainer(options);
    trainer.step();
    const parameters = trainer.result(64);
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const network = new StyleGAN2(options.generator, parameters);
    const ws = network.map(tf.tensor2d(hashNormal("z", 4), [1, 4]));
    const steps = pullBack(network, ws, []);
    let step = steps.next();
    while (!step.done) step = steps.next();
    expect(step.value.picture.shape).toEqual([1, 8, 8, 3]);
    const average = tf.norm(network.wAverage).dataSync()[0]!;
    expect(average).toBeGreaterThan(0);
    network.dispose();
  });
});

describe("the discs", () => {
  it("jump from left to right where z[0] changes its sign, and change their colour evenly", () => {
    const at = (a: number, b: number) => discOf(Float32Array.of(a, b, 1, -1));
    expect(at(-0.9, 0).x).toBeLessThan(0.3);
    expect(at(0.9, 0).x).toBeGreaterThan(0.7);
    const jump = at(0.05, 0).x - at(-0.05, 0).x;
    const rest = at(0.95, 0).x - at(0.85, 0).x;
    expect(jump).toBeGreaterThan(10 * rest);
    expect(at(0, 0.6).blue - at(0, 0.2).blue).toBeCloseTo(at(0, -0.2).blue - at(0, -0.6).blue, 6);
    // only the direction of z counts, as for the mapping network
    expect(discOf(Float32Array.of(2, 4, 0, 0)).x).toBeCloseTo(discOf(Float32Array.of(1, 2, 0, 0)).x, 6);
  });

  it("are drawn where they are, on a dark ground", () => {
    const picture = drawDisc({ x: 0.28, y: 0.5, blue: 0 }, 16);
    const red = (column: number, row: number) => picture[3 * (16 * row + column)]!;
    expect(red(4, 8)).toBeCloseTo(0.9, 5);
    expect(red(14, 8)).toBeCloseTo(-0.75, 5);
    expect(Math.max(...picture.map(Math.abs))).toBeLessThanOrEqual(1);
  });
});
