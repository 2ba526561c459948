import { describe, expect, it } from "vitest";
import { checkExperiment, type Subject } from "../../../lib/experiment/checkExperiment.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../lib/experiment/experiment.js";
import { stylegan1Layers, stylegan1NumWs } from "../../../lib/networks/stylegan1Plan.js";
import { stylegan2Layers, stylegan2NumWs } from "../../../lib/networks/stylegan2Plan.js";
import { SMALL } from "../weights/site.js";

const small: Subject = {
  title: "Small",
  family: "stylegan2",
  resolution: 32,
  wLayers: stylegan2NumWs(SMALL),
  layers: stylegan2Layers(SMALL),
};
const config = { resolution: 1024 };
const large: Subject = {
  title: "Large",
  family: "stylegan1",
  resolution: 1024,
  wLayers: stylegan1NumWs(config),
  layers: stylegan1Layers(config),
};

const check = (change: Partial<Experiment>, model = small) =>
  checkExperiment({ ...DEFAULT_EXPERIMENT, ...change }, model);

describe("checkExperiment", () => {
  it("has nothing to say of an experiment that can run", () => {
    expect(check({})).toEqual([]);
    expect(check({ lod: 8, cutoff: 18, look: { tap: "layer17", channel: 15 } }, large)).toEqual([]);
  });

  it.each<[string, Partial<Experiment>, Subject, RegExp]>([
    ["psi", { psi: 3 }, small, /Psi 3 is not within/],
    ["class", { classIndex: 1 }, small, /Small is not conditional; it cannot show class 1/],
    [
      "class of a conditional model",
      { classIndex: 3 },
      { ...small, classes: 3 },
      /Small has the classes 0 to 2; there is no class 3/,
    ],
    ["cutoff", { cutoff: 9 }, small, /cutoff 9 is above the 8 w layers of Small/],
    ["mixing", { mixing: { seed: 1, from: 4, to: 18 } }, small, /4 to 18 is not within the 8 w layers/],
    [
      "lod of a StyleGAN2",
      { lod: 0.5 },
      small,
      /Only StyleGAN1 has a level of detail; Small cannot show lod 0.5/,
    ],
    ["lod", { lod: 8.5 }, large, /Lod 8.5 is above the maximum of Large, 8/],
    [
      "layer",
      { look: { tap: "layer7", channel: null } },
      small,
      /Small has no layer named "layer7"; choose one such as b4.conv1/,
    ],
    [
      "channel",
      { look: { tap: "layer17", channel: 16 } },
      large,
      /layer17 has 16 channels; there is no channel 16/,
    ],
    [
      "intervention",
      { interventions: [{ kind: "demodulation", layers: [0, 2], on: false }] },
      large,
      /Intervention demodulation: only StyleGAN2/,
    ],
  ])("names a bad %s", (_, change, model, sentence) => {
    const sentences = check(change, model);
    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toMatch(sentence);
  });

  it("gives a sentence for each of several", () => {
    expect(check({ psi: 3, lod: 2, look: { tap: "x", channel: 0 } })).toHaveLength(3);
  });
});
