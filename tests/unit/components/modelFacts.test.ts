import { describe, expect, it } from "vitest";
import { stylegan2Layers } from "../../../lib/networks/stylegan2Plan.js";
import { channelsText } from "../../../src/components/own-model/model-facts.js";

describe("channelsText", () => {
  it("puts runs of equal numbers of channels together, with the sides of their maps", () => {
    const config = {
      z_dim: 512,
      c_dim: 0,
      w_dim: 512,
      img_resolution: 256,
      img_channels: 3,
      synthesis_kwargs: { channel_base: 32768, channel_max: 512 },
    };
    expect(channelsText(stylegan2Layers(config))).toBe(
      "512 (4 to 64), 256 (128), 128 (256); in brackets the maps' sides in pixels",
    );
  });
});
