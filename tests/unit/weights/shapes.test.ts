import { describe, expect, it } from "vitest";
import type { Config } from "../../../lib/weights/config.js";
import type { Family } from "../../../lib/weights/parameters.js";
import { parameterShapes } from "../../../lib/weights/shapes.js";
import { caseNames, loadCase } from "../../golden.js";

const FAMILIES: Record<string, Family> = { sg1: "stylegan1", sg2: "stylegan2", sg3: "stylegan3" };

describe("parameterShapes", () => {
  for (const name of caseNames(/^sg[123]-generator-/)) {
    it(`names every tensor of ${name}, with its shape, and no other`, async () => {
      const { case: golden, weights } = await loadCase(name);
      const family = FAMILIES[name.slice(0, 3)]!;
      const shapes = parameterShapes(family, golden.config as never as Config as never);
      const expected = Object.fromEntries([...weights].map(([key, { shape }]) => [key, [...shape]]));
      expect(Object.fromEntries(shapes)).toEqual(expected);
    });
  }

  it("counts the parameters of the published 1024x1024 networks", () => {
    const total = (family: Family, config: object) => {
      let sum = 0;
      for (const [name, shape] of parameterShapes(family, config as never)) {
        if (!/(noise_const|apply_noise\.noise|kernel|resample_filter|w_avg|lod)$/.test(name)) {
          sum += shape.reduce((a, b) => a * b, 1);
        }
      }
      return sum;
    };
    // 26.2 and 30.0 million: Karras et al. 2019 (section 2) and stylegan2-ada-pytorch's printed summary.
    expect(total("stylegan1", { resolution: 1024 })).toBe(26_219_627);
    const config = { z_dim: 512, c_dim: 0, w_dim: 512, img_resolution: 1024, img_channels: 3 };
    expect(total("stylegan2", config)).toBe(30_370_060);
  });
});
