import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Layer } from "../../../lib/networks/layer.js";
import { stylegan1Layers } from "../../../lib/networks/stylegan1Plan.js";
import { stylegan2Layers } from "../../../lib/networks/stylegan2Plan.js";
import { stylegan3Layers } from "../../../lib/networks/stylegan3Plan.js";
import type { StyleGAN1Config, StyleGAN2Config } from "../../../lib/weights/config.js";
import { parseManifest } from "../../../lib/weights/manifest.js";

/** name: [multiply-adds, read, kernel, written], without inner taps. */
function costs(layers: readonly Layer[]) {
  return Object.fromEntries(
    layers
      .filter(({ role }) => role !== "inner")
      .map(({ name, multiplyAdds, traffic: { read, kernel, written } }) => [
        name,
        [multiplyAdds, read, kernel, written],
      ]),
  );
}

const shipped = (id: string) =>
  parseManifest(
    JSON.parse(readFileSync(new URL(`../../../data/weights/${id}/manifest.json`, import.meta.url), "utf8")),
  ).config;

const multiplyAdds = (layers: readonly Layer[], upTo = Infinity) =>
  layers.filter(({ resolution }) => resolution <= upTo).reduce((sum, layer) => sum + layer.multiplyAdds, 0);

const SG2: StyleGAN2Config = {
  z_dim: 4,
  c_dim: 0,
  w_dim: 4,
  img_resolution: 8,
  img_channels: 3,
  synthesis_kwargs: { channels: { 4: 5, 8: 2 } },
};

describe("what a layer costs", () => {
  it("is as counted by hand for a StyleGAN2 of 8x8 with 5 and 2 channels", () => {
    expect(costs(stylegan2Layers(SG2))).toEqual({
      "b4.conv1": [16 * 9 * 25, 80, 225, 80],
      "b4.torgb": [16 * 5 * 3, 80, 15, 48],
      "b4.img": [0, 0, 0, 0],
      "b8.conv0": [16 * 9 * 10, 80, 90, 128], // the transposed kernel is stamped at each of 16 input pixels
      "b8.conv1": [64 * 9 * 4, 128, 36, 128],
      "b8.torgb": [64 * 2 * 3, 128, 6, 192],
      "b8.img": [0, 192 + 48, 0, 192],
    });
  });

  it("is as counted by hand for a residual StyleGAN2, whose blocks have a branch and a sum", () => {
    const residual = {
      ...SG2,
      synthesis_kwargs: { ...SG2.synthesis_kwargs, architecture: "resnet" } as const,
    };
    expect(costs(stylegan2Layers(residual))).toMatchObject({
      "b8.skip": [16 * 5 * 2, 80, 10, 128],
      "b8.x": [0, 256, 0, 128],
      "b8.img": [0, 0, 0, 0],
    });
  });

  it("is as counted by hand for a StyleGAN1 of 8x8 with 5 and 2 channels", () => {
    const config: StyleGAN1Config = { resolution: 8, channels: { 4: 5, 8: 2 } };
    expect(costs(stylegan1Layers(config))).toEqual({
      layer0: [0, 0, 80, 80],
      layer1: [16 * 9 * 25, 80, 225, 80],
      output0: [16 * 5 * 3, 80, 15, 48],
      layer2: [64 * 4 * 10, 80, 160, 128], // four of the 16 taps meet at each of 64 output pixels
      layer3: [64 * 9 * 4, 128, 36, 128],
      output1: [64 * 2 * 3, 128, 6, 192],
    });
  });

  it("counts StyleGAN3's convolution on the map with its margin", () => {
    const layers = stylegan3Layers({
      z_dim: 4,
      c_dim: 0,
      w_dim: 4,
      img_resolution: 32,
      img_channels: 3,
      num_layers: 4,
      channel_base: 64,
      channel_max: 8,
    });
    for (const { name, role, multiplyAdds: count, traffic, shape } of layers) {
      if (role === "inner" || name === "input") continue;
      const inner = layers.find((layer) => layer.name === `${name}.conv`)!.shape;
      expect([name, count]).toEqual([name, inner[0] * inner[1] * traffic.kernel]);
      expect(traffic.written).toBe(shape[0] * shape[1] * shape[2]);
    }
  });

  it("sums to 74.3 G multiply-adds for StyleGAN2-F at 1024, and to 45.1 G up to 256", () => {
    const layers = stylegan2Layers(shipped("full-sg2") as StyleGAN2Config);
    // the published widths, multiplied out: 512 up to 64, then halved at each doubling
    let total = 16 * 9 * 512 * 512 + 16 * 512 * 3;
    for (let side = 8; side <= 1024; side *= 2) {
      const [before, width] = [Math.min(512, 65536 / side), Math.min(512, 32768 / side)];
      total += (side / 2) ** 2 * 9 * before * width + side ** 2 * 9 * width ** 2 + side ** 2 * 3 * width;
    }
    expect(multiplyAdds(layers)).toBe(total);
    expect((multiplyAdds(layers) / 1e9).toFixed(1)).toBe("74.3");
    expect((multiplyAdds(layers, 256) / 1e9).toFixed(1)).toBe("45.1");
  });

  it("is nearly the same at each resolution of StyleGAN1 from 64 on, full size and Lite", () => {
    for (const id of ["full-sg1", "portraits-lite-sg1"]) {
      const layers = stylegan1Layers(shipped(id) as StyleGAN1Config);
      const total = multiplyAdds(layers);
      for (const side of [64, 128, 256, 512, 1024]) {
        const share = multiplyAdds(layers.filter(({ resolution }) => resolution === side)) / total;
        expect([id, side, share > 0.16 && share < 0.175]).toEqual([id, side, true]);
      }
    }
  });
});
