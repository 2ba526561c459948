import { describe, expect, it } from "vitest";
import { mapQuestions, mapValues } from "../../../../src/components/chapters/path-length-map.js";
import { Results, type Question } from "../../../../src/components/results.js";
import { planeOf, withPlane } from "../../../../src/components/chapters/path-length-steps.js";
import { rowNames } from "../../../../src/components/chapters/path-length-direction.js";
import type { View } from "../../../../lib/engine/protocol.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../../lib/experiment/experiment.js";
import { toUv, wPlane } from "../../../../lib/figure/w-plane.js";
import { stylegan2Layers } from "../../../../lib/networks/stylegan2Plan.js";
import type { StyleGAN2Config } from "../../../../lib/weights/config.js";

const slice: Experiment = {
  ...DEFAULT_EXPERIMENT,
  interventions: [
    { kind: "swapStyle", layers: [0, 2], seed: 9 },
    { kind: "plane", layers: [0, 18], a: 4, b: 17, c: 42, u: 0, v: 0 },
  ],
};
const lengthView = (...lengths: number[]): View => ({
  kind: "pathLength",
  resolution: 32,
  directions: lengths.map((_, i) => i),
  lengths: Float32Array.from(lengths),
  rows: new Float32Array(8),
  answer: null,
});

describe("results", () => {
  const question = (seed: number): Question => ({
    experiment: { ...DEFAULT_EXPERIMENT, latent: { x: seed, y: 0 } },
    want: { kind: "pathLength", resolution: 32, directions: [seed] },
  });

  it("ask for what is not known, and for nothing twice, whatever the reader looks at", () => {
    const results = new Results();
    let told = 0;
    const passes = results.passes([question(1), question(2)], () => told++);
    expect(passes).toHaveLength(2);
    passes[1]!.show(lengthView(3));
    expect(told).toBe(1);
    expect(results.get(question(1))).toBeNull();
    expect(results.get<"pathLength">(question(2))!.lengths[0]).toBe(3);
    expect(results.passes([question(2), question(1)], () => undefined)).toHaveLength(1);
    const looking = {
      ...question(2),
      experiment: { ...question(2).experiment, look: { tap: "b4.conv1", channel: 1 } },
    };
    expect(results.get(looking)).not.toBeNull();
    expect(results.get({ ...question(2), experiment: { ...question(2).experiment, psi: 0.5 } })).toBeNull();
  });

  it("wait for the picture itself, not for a preview", () => {
    const results = new Results();
    const picture: Question = { experiment: DEFAULT_EXPERIMENT, want: { kind: "picture", resolution: 64 } };
    const [pass] = results.passes([picture], () => undefined);
    const view = {
      kind: "picture",
      resolution: 64,
      width: 1,
      height: 1,
      pixels: new Uint8ClampedArray(4),
    } as const;
    pass!.show({ ...view, final: false });
    expect(results.get(picture)).toBeNull();
    pass!.show({ ...view, final: true });
    expect(results.get(picture)).not.toBeNull();
  });
});

describe("a map", () => {
  const plane = wPlane(30, 25, 28);
  const questions = mapQuestions(slice, plane, { levels: 1, resolution: 32, draws: 2 });

  it("asks for each place once, with the same directions and the other interventions left alone", () => {
    expect(new Set(questions.map(({ experiment }) => JSON.stringify(planeOf(experiment)))).size).toBe(25);
    for (const { experiment, want } of questions) {
      expect(want).toEqual({ kind: "pathLength", resolution: 32, directions: [0, 1] });
      expect(experiment.interventions[0]).toEqual(slice.interventions[0]);
    }
    const [u, v] = toUv(plane, plane.middle);
    const { u: middleU, v: middleV } = planeOf(questions[12]!.experiment);
    expect(middleU).toBeCloseTo(u, 3);
    expect(middleV).toBeCloseTo(v, 3);
  });

  it("shows root mean squares over the directions, up to the first gap", () => {
    const results = new Results();
    const passes = results.passes(questions, () => undefined);
    passes[0]!.show(lengthView(3, 4));
    passes[2]!.show(lengthView(1, 1));
    expect(mapValues(results, questions)).toEqual([Math.sqrt(12.5)]);
    passes[1]!.show(lengthView(2, 2));
    expect(mapValues(results, questions)).toHaveLength(3);
  });
});

describe("the plane of an experiment", () => {
  it("moves without the rest", () => {
    const moved = withPlane(slice, { u: 0.5, c: 7 });
    expect(planeOf(moved)).toMatchObject({ a: 4, c: 7, u: 0.5, v: 0 });
    expect(planeOf(slice).u).toBe(0);
    expect(moved.interventions[0]).toBe(slice.interventions[0]);
  });
});

describe("the rows of w+", () => {
  it("are named for the layers that read them in a picture of that size", () => {
    const config = { img_resolution: 64, img_channels: 3, synthesis_kwargs: {} } as StyleGAN2Config;
    const layers = stylegan2Layers(config) as never;
    const names = rowNames({ layers }, 6, 16);
    expect(names).toEqual([
      "w[0] b4.conv1",
      "w[1] b8.conv0",
      "w[2] b8.conv1",
      "w[3] b16.conv0",
      "w[4] b16.conv1",
      "w[5] b16.torgb",
    ]);
  });
});
