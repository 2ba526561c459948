import { describe, expect, it } from "vitest";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../../lib/experiment/experiment.js";
import { curveDomain, nearestPoint } from "../../../../lib/figure/curve-chart.js";
import { normalised } from "../../../../lib/figure/normalised-map.js";
import { medianOf } from "../../../../lib/figure/seed-lines.js";
import { slopeOf } from "../../../../lib/measure/slope.js";
import { checkInterventions } from "../../../../lib/networks/interventions.js";
import { stylegan1Layers } from "../../../../lib/networks/stylegan1Plan.js";
import {
  NO_CHANGE,
  interventionsOf,
  settingsOf,
  styledLayers,
  untouched,
  type SpikeSettings,
} from "../../../../src/components/chapters/droplet-experiments.js";
import { knobInterventions, knobOf } from "../../../../src/components/chapters/droplet-knob.js";
import { lastLayers } from "../../../../src/components/chapters/droplet-maps.js";
import { startsOf } from "../../../../src/components/chapters/droplet-scores.js";
import { layerStrength } from "../../../../src/components/chapters/droplet-strength.js";
import {
  BASE_SETTINGS,
  readTrainingQuery,
  RIVAL_NAMES,
  trainingQuery,
} from "../../../../src/components/chapters/droplet-training-link.js";

const withThose = (interventions: Experiment["interventions"]): Experiment => ({
  ...DEFAULT_EXPERIMENT,
  interventions,
});
const ALL: SpikeSettings = {
  paintIn: { layer: "layer8", height: 300 },
  paintOut: { layer: "layer12" },
  cap: { layer: "layer13", limit: 3 },
  unnormalised: { from: 14 },
  place: [0.3, 0.7],
};
const NETWORK = {
  family: "stylegan1",
  numWs: 18,
  layers: stylegan1Layers({ resolution: 1024, fmaps_base: 4096, fmaps_max: 128 }),
} as const;

describe("the switches of the spike experiments", () => {
  it.each([
    ["nothing", NO_CHANGE],
    ["all of them", ALL],
    ["a spike of negative height", { ...NO_CHANGE, paintIn: { layer: "layer4", height: -50 } }],
    ["painting out alone", { ...NO_CHANGE, paintOut: { layer: "layer9" } }],
  ] as const)("come back from the experiment that holds them: %s", (_, settings) => {
    expect(settingsOf(withThose(interventionsOf(settings, 18)))).toEqual(settings);
  });

  it("ask for what the network has", () => {
    expect(() => checkInterventions(interventionsOf(ALL, 18), NETWORK)).not.toThrow();
    expect(interventionsOf(ALL, 18).at(-1)).toMatchObject({ layers: [14, 18], on: false });
  });

  it("leave nothing behind in the untouched experiment", () => {
    expect(untouched(withThose(interventionsOf(ALL, 18))).interventions).toEqual([]);
  });
});

describe("the volume knob", () => {
  it.each([1 / 8, 1, 8])(
    "keeps the spike's height at volume %f, and comes back from its experiment",
    (factor) => {
      const knob = { layer: "layer8", channel: 3, factor, height: 200 };
      const interventions = knobInterventions(knob);
      expect(knobOf(withThose(interventions))).toEqual(knob);
      const [volume, spike] = interventions;
      // the height counts in standard deviations behind the volume
      expect(volume!.kind === "scaleChannel" && spike!.kind === "spike" && volume.scale * spike.height).toBe(
        200,
      );
      expect(() => checkInterventions(interventions, NETWORK)).not.toThrow();
    },
  );
});

describe("the layers of a StyleGAN1", () => {
  it("are two a resolution, of which the maps show the second", () => {
    const all = { layers: NETWORK.layers } as Parameters<typeof styledLayers>[0];
    expect(styledLayers(all).map(({ name }) => name)).toEqual(
      Array.from({ length: 18 }, (_, i) => `layer${i}`),
    );
    expect(styledLayers(all, 64)).toHaveLength(10);
    expect(lastLayers(all).map(({ name, resolution }) => [name, resolution])).toEqual([
      ["layer5", 16],
      ["layer7", 32],
      ["layer9", 64],
      ["layer11", 128],
      ["layer13", 256],
      ["layer15", 512],
      ["layer17", 1024],
    ]);
  });

  it("are counted by where their spikes start, of seeds that are known to the end", () => {
    const seeds = [[1, 7, 8], [1, 2, 9], [1, 7, 7], [9, 9, 2], [1, null, 9], []];
    expect(startsOf(["a", "b", "c"], seeds)).toEqual([
      { layer: "b", seeds: 2 },
      { layer: "c", seeds: 1 },
      { layer: null, seeds: 1 },
    ]);
  });

  it("are as strong as the root mean square of their channels", () => {
    expect(layerStrength({ strengths: Float32Array.of(3, 4) })).toBeCloseTo(Math.sqrt(12.5), 6);
  });
});

describe("the training's address", () => {
  it("is empty at first, and comes back whatever is set", () => {
    expect(trainingQuery(BASE_SETTINGS, "training")).toBe("");
    for (const seed of [0, 7, 9999])
      for (const rival of RIVAL_NAMES) {
        const { settings, problems } = readTrainingQuery(`?${trainingQuery({ seed, rival }, "t")}`, "t");
        expect(settings).toEqual({ seed, rival });
        expect(problems).toEqual([]);
      }
  });

  it("keeps what can be read, and says what cannot", () => {
    const { settings, problems } = readTrainingQuery("?t.seed=-3&t.right=one&u.seed=5", "t");
    expect(settings).toEqual({ seed: 0, rival: "one" });
    expect(problems.join()).toContain('"-3"');
    expect(readTrainingQuery("?t.right=batch", "t").problems.join()).toContain('"batch"');
  });
});

describe("the chapter's numbers", () => {
  it("give a slope of 1 to equal contrasts, 0 to one contrast, and none where one is asked for", () => {
    const asked = Float32Array.of(0.1, 0.4, 0.9, 1);
    expect(slopeOf(asked, asked)).toBeCloseTo(1, 6);
    expect(slopeOf(asked, asked.map((a) => 0.2 + a / 2))).toBeCloseTo(0.5, 6); // prettier-ignore
    expect(slopeOf(asked, new Float32Array(4).fill(0.5))).toBeCloseTo(0, 6);
    expect(slopeOf(new Float32Array(4).fill(0.55), asked)).toBeNaN();
  });

  it("take the median of an odd and of an even count, and of none", () => {
    expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3]), medianOf([])]).toEqual([2, 2.5, null]);
  });

  it("bring a map into its own standard deviations, and a constant one to zeros", () => {
    expect([...normalised(Float32Array.of(1, 3, 5), 3, 2)]).toEqual([-1, 0, 1]);
    expect([...normalised(Float32Array.of(3, 3), 3, 0)]).toEqual([0, 0]);
  });

  it("fit on a curve's axis, on a log axis where they are above 0", () => {
    const [low, high] = curveDomain([0.01, 0.5, 0, NaN], true);
    expect(low).toBeLessThan(0.01);
    expect(low).toBeGreaterThan(0);
    expect(high).toBeGreaterThan(0.5);
    expect(curveDomain([], true)[0]).toBeGreaterThan(0);
    expect(curveDomain([2, 4], false)[0]).toBe(0);
    expect(nearestPoint([{ x: 0, y: 1 }, { x: 10, y: 2 }], 6)).toEqual({ x: 10, y: 2 }); // prettier-ignore
    expect(nearestPoint([], 1)).toBeNull();
  });
});
