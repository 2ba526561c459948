import { describe, expect, it } from "vitest";
import { DEFAULT_EXPERIMENT } from "../../../../lib/experiment/experiment.js";
import { inkOn, shortNumber } from "../../../../lib/figure/number-grid.js";
import { checkInterventions } from "../../../../lib/networks/interventions.js";
import { stylegan1Layers } from "../../../../lib/networks/stylegan1Plan.js";
import { stylegan2Layers, stylegan2NumWs } from "../../../../lib/networks/stylegan2Plan.js";
import { trainingSchedule } from "../../../../lib/training/lodSchedule.js";
import { describeOrigin } from "../../../../src/components/chapters/lod-added.js";
import { lodOf } from "../../../../src/components/chapters/lod-branches.js";
import { costUpTo, describeLod, resolutionsOf } from "../../../../src/components/chapters/lod-levels.js";
import { strengthOf, withStrength } from "../../../../src/components/chapters/lod-mixer.js";
import {
  imagesText,
  PRESETS,
  runOfText,
  runText,
  scheduleOptions,
} from "../../../../src/components/chapters/lod-presets.js";
import { describeStage, networkLod } from "../../../../src/components/chapters/lod-schedule.js";
import {
  denominatorOf,
  productText,
  smallMaps,
  weightText,
} from "../../../../src/components/chapters/lod-upsampling.js";

const presetOf = (key: string) => PRESETS.find((preset) => preset.key === key)!.run;

describe("levels of detail in words", () => {
  it("name the pictures with their weights, the new one first", () => {
    expect(describeLod(0, 1024)).toBe("1024 × 1024");
    expect(describeLod(2.75, 1024)).toBe("0.25 · 256 × 256 + 0.75 · 128 × 128");
    expect(describeLod(8, 1024)).toBe("4 × 4");
  });

  it("come from a resolution and its weight, and go back", () => {
    for (const side of [8, 64, 1024])
      for (const alpha of [0, 0.25, 1]) {
        const lod = lodOf({ resolution: 1024 }, side, alpha);
        expect(Math.log2(1024 / side) + 1 - lod).toBeCloseTo(alpha, 9);
      }
    expect(resolutionsOf({ resolution: 64 })).toEqual([4, 8, 16, 32, 64]);
  });

  it("cost a sixth more with each resolution from 32 on, as the text says", () => {
    for (const config of [
      { fmaps_base: 16384, fmaps_max: 512 },
      { fmaps_base: 4096, fmaps_max: 128 },
    ]) {
      const model = { layers: stylegan1Layers({ resolution: 1024, ...config }) } as never;
      const whole = costUpTo(model, 1024);
      expect(costUpTo(model, 64) / whole).toBeCloseTo(1 / 3, 2);
      for (const side of [64, 128, 256, 512, 1024])
        expect((costUpTo(model, side) - costUpTo(model, side / 2)) / whole).toBeCloseTo(1 / 6, 2);
    }
  });
});

describe("the presets of the timeline", () => {
  it("have the official tables", () => {
    const at = (key: string, images: number) => trainingSchedule(images, scheduleOptions(presetOf(key)));
    expect(at("stylegan", 0)).toMatchObject({
      lod: 7,
      resolution: 8,
      minibatch: 256,
      generatorLearningRate: 0.001,
    });
    expect(at("stylegan", 25e6)).toMatchObject({
      lod: 0,
      resolution: 1024,
      minibatch: 32,
      generatorLearningRate: 0.003,
    });
    expect(at("progan", 0)).toMatchObject({ lod: 8, resolution: 4, minibatch: 16 });
    expect(at("progan", 19e6)).toMatchObject({ lod: 0, minibatch: 3, generatorLearningRate: 0.001 });
    expect(at("none", 5)).toMatchObject({ lod: 0, resolution: 1024 });
    // genforce's rule: 4 from 64 on, more of smaller ones
    expect(at("example", 0)).toMatchObject({ lod: 8, resolution: 8, minibatch: 32 });
    expect(at("example", 6e6)).toMatchObject({
      resolution: 2048,
      minibatch: 4,
      generatorLearningRate: 0.003,
    });
  });

  it("answer the second question of the chapter", () => {
    const at = (images: number) => trainingSchedule(images, scheduleOptions(presetOf("stylegan")));
    expect(at(7_199_999).lod).toBeGreaterThan(1);
    expect(at(7_200_000)).toMatchObject({ lod: 1, resolution: 512 });
    expect(at(7_050_000)).toMatchObject({ lod: 1.25, resolution: 512 });
  });

  it("say what goes on", () => {
    const run = presetOf("stylegan");
    expect(describeStage(4.5e6, run)).toBe("128 × 128 is faded in, α = 0.50");
    expect(describeStage(5e6, run)).toBe("128 × 128 trains alone");
    expect([imagesText(4.5e6), imagesText(3e5)]).toEqual(["4.5 million", "300,000"]);
  });

  it("show what a run to another size has reached, as far as the network goes", () => {
    expect(networkLod(3, { resolution: 1024 }, 1024)).toBe(3);
    expect(networkLod(7.5, { resolution: 2048 }, 1024)).toBe(6.5);
    expect(networkLod(0.4, { resolution: 2048 }, 1024)).toBe(0);
    expect(networkLod(6, { resolution: 256 }, 1024)).toBe(8);
  });
});

describe("the mixer", () => {
  it("multiplies all colours of a resolution, and is undone by 1", () => {
    const base = { ...DEFAULT_EXPERIMENT, interventions: [] };
    const changed = withStrength(withStrength(base, 64, 0), 8, 2);
    expect(changed.interventions).toHaveLength(6);
    expect([strengthOf(changed, 64), strengthOf(changed, 8), strengthOf(changed, 16)]).toEqual([0, 2, 1]);
    expect(withStrength(withStrength(changed, 64, 1), 8, 1)).toEqual(base);
    expect(withStrength(changed, 64, 0.5).interventions).toHaveLength(6);
    const config = { z_dim: 8, c_dim: 0, w_dim: 8, img_resolution: 64, img_channels: 3 };
    const layers = stylegan2Layers(config);
    const subject = { family: "stylegan2", numWs: stylegan2NumWs(config), layers };
    expect(() => checkInterventions(changed.interventions, subject)).not.toThrow();
    expect(smallMaps({ layers } as never).map(({ name }) => name)).toEqual(
      ["b4.conv1", "b4.img", "b8.conv0", "b8.conv1", "b8.img", "b16.conv0", "b16.conv1", "b16.img"], // prettier-ignore
    );
  });
});

describe("products of the filter", () => {
  it("are written as fractions of the taps", () => {
    expect(denominatorOf([1, 3, 3, 1])).toBe(16);
    expect(weightText(9 / 16, 16)).toBe("9/16");
    expect(denominatorOf([1, 1])).toBe(1);
    const product = { x: 0, y: 0, value: -0.5, weight: 3 / 16, product: -0.09375, kind: "input" } as const;
    expect(productText(product, 16)).toBe("−0.50 × 3/16 = −0.09");
  });

  it("stand in cells in three digits, in black or white", () => {
    expect([0, 0.002, -0.517, 3.14159, -12.6, 4321].map(shortNumber)).toEqual(["0", "0.00", "−0.52", "3.1", "−13", "4,321"]); // prettier-ignore
    expect([inkOn("rgb(255, 255, 255)"), inkOn("rgb(20, 20, 60)")]).toEqual(["#000", "#fff"]);
  });
});

describe("how far a model was trained", () => {
  const model = { title: "Portraits", origin: "trained", resolution: 1024 } as const;

  it("is said by the manifest, not by the page", () => {
    expect(describeOrigin(model, 128)).toMatch(/up to 128 × 128\. .*hollow/);
    expect(describeOrigin(model, 1024)).toMatch(/every resolution up to 1024/);
    expect(describeOrigin(model, null)).toMatch(/does not say/);
    expect(describeOrigin({ ...model, origin: "initialised" }, null)).toMatch(
      /no resolution has been trained/,
    );
    expect(describeOrigin({ ...model, origin: "reader" }, null)).toMatch(/your own model/);
  });
});

describe("a run in the address", () => {
  it("is its preset's name, and what was changed of it", () => {
    for (const preset of PRESETS) {
      expect(runText(preset.run, preset)).toBe(preset.key);
      expect(runOfText(preset.key)).toEqual({ preset, run: preset.run });
      const run = { ...preset.run, transitionImages: 350_000, totalImages: 7.5e6, initialResolution: 32 };
      const text = runText(run, preset);
      expect(text).toMatch(new RegExp(`^${preset.key}:\\d+,350,7\\.5,\\d+$`));
      expect(runOfText(text)).toEqual({ preset, run });
    }
  });

  it("is none where the preset is not known or the sliders could not show it", () => {
    const wrong = ["", "what", "progan:1,2", "progan:800,800,0,8", "progan:1601,0,19,8", "progan:0,0,31,8", "progan:0,0,19,9", "progan:0,0,19,1.5", "progan:-1,0,19,2", "progan:x,0,19,2"]; // prettier-ignore
    for (const text of wrong) expect(runOfText(text), text).toBeNull();
  });
});
