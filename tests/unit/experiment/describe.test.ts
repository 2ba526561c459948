import { describe, expect, test } from "vitest";
import { describeExperiment, describeIntervention } from "../../../lib/experiment/describe.js";
import { DEFAULT_EXPERIMENT } from "../../../lib/experiment/experiment.js";

describe("an experiment in words", () => {
  test("names seed, truncation and noise, and nothing that changes nothing", () => {
    expect(describeExperiment(DEFAULT_EXPERIMENT)).toBe("seed 0; truncation ψ 0.7; stored noise");
  });

  test("names everything that was changed", () => {
    const text = describeExperiment({
      ...DEFAULT_EXPERIMENT,
      latent: { x: 4, y: 2 },
      psi: -0.5,
      cutoff: 8,
      mixing: { seed: 9, from: 8, to: 18 },
      noise: { mode: "random", seed: 3 },
      lod: 1.25,
      interventions: [{ kind: "zeroChannel", tap: "layer3", channel: 7 }],
      look: { tap: "layer8", channel: 2 },
    });
    expect(text).toBe(
      "seed 204; truncation ψ −0.5 in the first 8 layers; layers w[8] to w[17] mixed in from seed 9; noise from seed 3; level of detail 1.25; layer3 channel 7 set to 0; looking at layer8 channel 2",
    );
  });

  test("names a point between seeds", () => {
    expect(describeExperiment({ ...DEFAULT_EXPERIMENT, latent: { x: 0.5, y: 1 } })).toMatch(
      /^the point 0\.5, 1 of the seed plane;/,
    );
  });

  test.each([
    [{ kind: "swapStyle", layers: [2, 3], seed: 5 }, "layer w[2] styled by seed 5"],
    [
      {
        kind: "spike",
        tap: "layer8.activate",
        channel: null,
        centre: [0.25, 0.5],
        radius: 0.02,
        height: 300,
      },
      "layer8.activate, all channels: a spike of 300 standard deviations painted in at 25 % across, 50 % down",
    ],
    [{ kind: "editStyle", layer: "layer8", channel: 1, scale: 2 }, "layer8 channel 1 with scale 2"],
    [
      { kind: "demodulation", layers: [0, 4], on: false, instead: "adain" },
      "AdaIN's normalisation instead of demodulation in layers w[0] to w[3]",
    ],
    [
      { kind: "paint", tap: "layer9", channel: null, centre: [0.25, 0.5], radius: 0.1, value: 40 },
      "layer9, all channels: a disc of 40 painted at 25 % across, 50 % down",
    ],
  ] as const)("puts %j as a clause", (one, clause) => {
    expect(describeIntervention(one)).toBe(clause);
  });
});
