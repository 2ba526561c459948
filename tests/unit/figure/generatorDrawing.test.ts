import { describe, expect, it } from "vitest";
import type { ModelReport } from "../../../lib/engine/protocol.js";
import { describeGenerator, drawnBlocks, isDrawable } from "../../../lib/figure/generator-drawing.js";
import { stylegan2Layers } from "../../../lib/networks/stylegan2Plan.js";
import { fakeModel } from "../components/fakeEngine.js";

const config = {
  z_dim: 32,
  c_dim: 0,
  w_dim: 24,
  img_resolution: 16,
  img_channels: 3,
  synthesis_kwargs: { channels: { 4: 8, 8: 4, 16: 2 } },
};
const report: ModelReport = {
  ...fakeModel("small"),
  family: "stylegan2",
  layers: stylegan2Layers(config),
  wLayers: 6,
  mapping: { z: 32, w: 24, layers: 3 },
};

describe("the drawing of a generator", () => {
  it("has a row for each resolution, with the layers' own names and sizes", () => {
    const rows = drawnBlocks(report.layers).map(({ conv0, conv1, torgb }) => [
      conv0?.name ?? null,
      `${conv1.name} ${conv1.channels}`,
      torgb.name,
    ]);
    expect(rows).toEqual([
      [null, "b4.conv1 8", "b4.torgb"],
      ["b8.conv0", "b8.conv1 4", "b8.torgb"],
      ["b16.conv0", "b16.conv1 2", "b16.torgb"],
    ]);
  });

  it("says in words what it shows", () => {
    const words = describeGenerator(report);
    expect(words).toContain("z, 32 numbers, goes through a mapping network of 3 layers and becomes w, 24");
    expect(words).toContain("5 convolutions, from b4.conv1 to b16.conv1");
    expect(words).toContain("up to 16 × 16 × 2");
  });

  it("is refused for networks of another design", () => {
    const residual = {
      ...config,
      synthesis_kwargs: { ...config.synthesis_kwargs, architecture: "resnet" as const },
    };
    expect(isDrawable(report)).toBe(true);
    expect(isDrawable(fakeModel("stylegan1"))).toBe(false);
    expect(isDrawable({ ...report, layers: stylegan2Layers(residual) })).toBe(false);
    expect(() => drawnBlocks(stylegan2Layers(residual))).toThrow(/b4.torgb cannot be drawn/);
  });
});
