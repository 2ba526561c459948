import { readFileSync } from "node:fs";
import type { StyleGAN2Config } from "../../lib/weights/config.js";
import { parseManifest } from "../../lib/weights/manifest.js";

/** StyleGAN2-F up to a resolution, at full width or with no more than so many channels. */
export function stylegan2Config(resolution: number, channelMax?: number): StyleGAN2Config {
  const path = new URL("../../data/weights/full-sg2/manifest.json", import.meta.url);
  const config = parseManifest(JSON.parse(readFileSync(path, "utf8"))).config as StyleGAN2Config;
  return {
    ...config,
    img_resolution: resolution,
    ...(channelMax && { synthesis_kwargs: { ...config.synthesis_kwargs, channel_max: channelMax } }),
  };
}
