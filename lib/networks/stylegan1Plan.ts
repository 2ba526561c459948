import type { StyleGAN1Config } from "../weights/config.js";
import { stylegan1Channels } from "../weights/shapes/stylegan1.js";
import { NO_TRAFFIC, type Layer } from "./layer.js";

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
      const inputs = stylegan1Channels(config, index % 2 === 1 ? resolution : resolution / 2);
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
        ...cost({ index, resolution, channels, inputs }, const_input ? 0 : w_space_dim),
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

interface Convolution {
  readonly index: number;
  readonly resolution: number;
  readonly channels: number;
  readonly inputs: number;
}

/**
 * The first layer copies its learned constant, or convolves w with a 4x4 kernel. Upsampling layers run as transposed
 * convolutions with 4x4 taps, so four of them meet at each output pixel.
 *
 * @param wDim numbers in w that the first layer convolves, 0 where it has a constant
 */
function cost(
  { index, resolution, channels, inputs }: Convolution,
  wDim: number,
): Pick<Layer, "multiplyAdds" | "traffic"> {
  const written = resolution ** 2 * channels;
  if (index === 0)
    return {
      multiplyAdds: 16 * wDim * channels,
      traffic: { read: wDim, kernel: 16 * Math.max(wDim, 1) * channels, written },
    };
  if (index % 2 === 1) {
    const kernel = 9 * channels * channels;
    return { multiplyAdds: resolution ** 2 * kernel, traffic: { read: written, kernel, written } };
  }
  return {
    multiplyAdds: resolution ** 2 * 4 * inputs * channels,
    traffic: { read: (resolution / 2) ** 2 * inputs, kernel: 16 * inputs * channels, written },
  };
}
