import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN1 } from "../../../lib/networks/stylegan1.js";
import { upsampleNearest } from "../../../lib/ops/upsampleNearest.js";
import { blendWeights } from "../../../lib/training/blendWeights.js";
import { growthStages, imagesAtLod, workShare } from "../../../lib/training/growthWork.js";
import { lodAt } from "../../../lib/training/lodSchedule.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { useWasm } from "../measure/maps.js";

beforeAll(useWasm);

const CONFIG = {
  resolution: 32,
  z_space_dim: 8,
  w_space_dim: 8,
  mapping_layers: 1,
  mapping_fmaps: 8,
  fmaps_base: 64,
  fmaps_max: 8,
};

describe("blendWeights", () => {
  it.each([0, 0.3, 1, 1.75, 2.5, 3])("gives at lod %f the weights that the network's picture has", (lod) => {
    const network = new StyleGAN1(CONFIG, initialise("stylegan1", CONFIG, "weights"));
    const ws = tf.ones<tf.Rank.R3>([1, network.numWs, 8]);
    const outputs: Record<string, Tensor4D> = {};
    const layers = new Set<number>();
    const picture = drive(network.synthesis(ws, { lod, previews: true }), {
      onStep({ name, tensor, role, resolution }) {
        if (role === "rgb") outputs[name] = tf.keep(tensor.clone());
        else layers.add(resolution);
      },
    })!;
    const weights = blendWeights(lod, 32);
    expect(weights.filter(({ runs }) => runs).map(({ resolution }) => resolution)).toEqual([...layers]);
    expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
    const expected = tf.tidy(() =>
      weights
        .filter(({ weight }) => weight > 0)
        .map(({ resolution, weight }) => {
          const rgb = outputs[`output${Math.log2(resolution) - 2}`]!;
          return tf.mul(upsampleNearest(rgb, 32 / resolution), weight);
        })
        .reduce((sum, part) => tf.add(sum, part)),
    );
    const difference = tf.max(tf.abs(tf.sub(expected, picture))).dataSync()[0]!;
    expect(difference).toBeLessThan(1e-4);
    network.dispose();
  });

  it("refuses a level of detail that the network does not have", () => {
    expect(() => blendWeights(8.5, 1024)).toThrow(/8.5 is not within 0 .. 8/);
    expect(blendWeights(8, 1024)[0]).toMatchObject({ resolution: 4, weight: 1, runs: true });
  });
});

const PHASES = { resolution: 1024, initialResolution: 8, trainingImages: 600_000, transitionImages: 400_000 };

describe("growthStages", () => {
  it("agrees with the level of detail of the schedule inside every stage", () => {
    const stages = growthStages(PHASES, 25e6);
    expect(stages[0]!.from).toBe(0);
    expect(stages.at(-1)).toMatchObject({ to: 25e6, kind: "training", resolution: 1024 });
    stages.forEach(({ from, to, kind, resolution }, i) => {
      if (i > 0) expect(from).toBe(stages[i - 1]!.to);
      for (const share of [0.001, 0.4, 0.999]) {
        const { lod, resolution: side } = lodAt(from + share * (to - from), PHASES);
        expect(side).toBe(resolution);
        expect(Number.isInteger(lod)).toBe(kind === "training");
      }
    });
    expect(stages).toHaveLength(15);
  });

  it("follows the worked example: 8 to 2048 pixels, 300,000 images alone and 300,000 to fade in", () => {
    const phases = { resolution: 2048, initialResolution: 8, trainingImages: 3e5, transitionImages: 3e5 };
    const stages = growthStages(phases, 6e6);
    expect(stages.slice(0, 3)).toEqual([
      { from: 0, to: 3e5, kind: "training", resolution: 8 },
      { from: 3e5, to: 6e5, kind: "transition", resolution: 16 },
      { from: 6e5, to: 9e5, kind: "training", resolution: 16 },
    ]);
    expect([0, 3e5, 4.5e5, 6e5].map((n) => lodAt(n, phases).lod)).toEqual([8, 8, 7.5, 7]);
    expect(lodAt(4.5e5, phases).resolution).toBe(16);
    expect(stages.at(-1)).toEqual({ from: 4.8e6, to: 6e6, kind: "training", resolution: 2048 });
  });

  it("ends with the run, and is one stage where nothing grows", () => {
    expect(growthStages(PHASES, 700_000).at(-1)).toMatchObject({ to: 700_000, kind: "transition" });
    expect(growthStages({ ...PHASES, initialResolution: 1024 }, 1e6)).toHaveLength(1);
    const never = { ...PHASES, trainingImages: 0, transitionImages: 0 };
    expect(growthStages(never, 1e6)).toEqual([{ from: 0, to: 1e6, kind: "training", resolution: 8 }]);
    expect(lodAt(9e5, never).resolution).toBe(8);
    expect(growthStages({ ...PHASES, transitionImages: 0 }, 25e6)).toHaveLength(8);
    expect(() => growthStages({ ...PHASES, initialResolution: 12 }, 1e6)).toThrow(/power of two/);
  });
});

describe("imagesAtLod", () => {
  it("is the first moment at which the schedule has that level of detail", () => {
    for (const lod of [7, 6.75, 6, 5.5, 3.2, 1, 0.4, 0]) {
      const images = imagesAtLod(lod, PHASES);
      expect(lodAt(images, PHASES).lod).toBeCloseTo(lod, 9);
      if (images > 0) expect(lodAt(images - 100, PHASES).lod).toBeGreaterThan(lod);
    }
    expect(imagesAtLod(7, PHASES)).toBe(0);
    expect(imagesAtLod(0, PHASES)).toBe(7e6);
  });

  it("is the beginning for levels of detail above the first", () => {
    expect(imagesAtLod(8, PHASES)).toBe(0);
  });
});

describe("workShare", () => {
  const cost = (side: number) => side ** 2;

  it("adds the cost of every image up", () => {
    const step = 10_000;
    let work = 0;
    for (let n = 0; n < 8e6; n += step) work += step * cost(lodAt(n + step / 2, PHASES).resolution);
    expect(workShare(8e6, PHASES, cost)).toBeCloseTo(work / (8e6 * cost(1024)), 6);
  });

  it("is all of it where nothing grows", () => {
    expect(workShare(5e6, { ...PHASES, initialResolution: 1024 }, cost)).toBe(1);
    expect(workShare(0, PHASES, cost)).toBe(1);
  });
});
