import type { StyleGAN1Config } from "../weights/config.js";
import { stylegan1Channels } from "../weights/shapes/stylegan1.js";
import { NO_TRAFFIC, type Layer, type Traffic } from "./layer.js";

/** Number of convolutions, each with a w layer of its own: two a resolution. */
export function stylegan1NumWs({ resolution }: StyleGAN1Config): number {
  return 2 * stylegan1Blocks(resolution);
}

/** Number of resolutions. @throws {RangeError} for one that is no power of two from 8 on */
export function stylegan1Blocks(resolution: number): number {
  if (!(resolution >= 8) || !Number.isInteger(Math.log2(resolution)))
    throw new RangeError(`resolution ${resolution} is no power of two from 8 on`);
  return Math.log2(resolution) - 1;
}

/** Whether a layer upsamples by a transposed convolution (fused) instead of repeating pixels first. */
export function isFusedScale({ fused_scale = "auto" }: StyleGAN1Config, resolution: number): boolean {
  return fused_scale === "auto" ? resolution >= 128 : fused_scale;
}

/** Inner taps of a layer, in the order in which they are yielded. `style` is the layer's output itself. */
export const STYLEGAN1_INNER = ["conv", "noise", "activate", "normalize", "style"] as const;

/** Every tap of a pass with previews, inner ones included, in the order in which it is yielded. */
export function stylegan1Layers(config: StyleGAN1Config): Layer[] {
  const { resolution: full, image_channels = 3, const_input = true, w_space_dim = 512 } = config;
  const layers: Layer[] = [];
  for (let block = 0; block < stylegan1Blocks(full); block++) {
    const resolution = 4 * 2 ** block;
    const channels = stylegan1Channels(config, resolution);
    for (const index of [2 * block, 2 * block + 1]) {
      const layer = `layer${index}`;
      const common = {
        layer,
        shape: [resolution, resolution, channels] as const,
        resolution,
        channels,
        w: index,
        styleChannels: channels,
      };
      for (const inner of STYLEGAN1_INNER)
        layers.push({
          ...common,
          name: `${layer}.${inner}`,
          role: "inner",
          multiplyAdds: 0,
          traffic: NO_TRAFFIC,
          resume: null,
        });
      layers.push({
        ...common,
        name: layer,
        role: "layer",
        multiplyAdds: multiplyAdds(config, index, resolution, channels, const_input, w_space_dim),
        traffic: traffic(config, index, resolution, channels, const_input, w_space_dim),
        resume: { x: layer, img: null },
      });
    }
    layers.push({
      name: `output${block}`,
      layer: `output${block}`,
      role: "rgb",
      shape: [resolution, resolution, image_channels],
      resolution,
      channels: image_channels,
      w: 2 * block + 1,
      styleChannels: 0,
      multiplyAdds: resolution ** 2 * channels * image_channels,
      traffic: {
        read: resolution ** 2 * channels,
        kernel: channels * image_channels,
        written: resolution ** 2 * image_channels,
      },
      resume: { x: `layer${2 * block + 1}`, img: `output${block}` },
    });
  }
  return layers;
}

/** Upsampling layers run as transposed convolutions with 4x4 taps, so four of them meet at each output pixel. */
function multiplyAdds(
  config: StyleGAN1Config,
  index: number,
  resolution: number,
  channels: number,
  constInput: boolean,
  wDim: number,
): number {
  if (index === 0) return constInput ? 0 : 16 * wDim * channels;
  if (index % 2 === 1) return resolution ** 2 * 9 * channels * channels;
  return resolution ** 2 * 4 * stylegan1Channels(config, resolution / 2) * channels;
}

/** The first layer copies its learned constant, or convolves w with a 4x4 kernel. */
function traffic(
  config: StyleGAN1Config,
  index: number,
  resolution: number,
  channels: number,
  constInput: boolean,
  wDim: number,
): Traffic {
  const written = resolution ** 2 * channels;
  if (index === 0)
    return constInput
      ? { read: 0, kernel: 16 * channels, written }
      : { read: wDim, kernel: 16 * wDim * channels, written };
  if (index % 2 === 1) return { read: written, kernel: 9 * channels * channels, written };
  const inputs = stylegan1Channels(config, resolution / 2);
  return { read: (resolution / 2) ** 2 * inputs, kernel: 16 * inputs * channels, written };
}
