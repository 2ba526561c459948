import type { StyleGAN2Config } from "../weights/config.js";
import { stylegan2Channels } from "../weights/shapes/stylegan2.js";
import { NO_TRAFFIC, type Layer } from "./layer.js";

/** One resolution of the synthesis network. */
export interface StyleGAN2Block {
  readonly resolution: number;
  /** 0 for the first block, whose input is the learned constant. */
  readonly inChannels: number;
  readonly outChannels: number;
  /** Index into w+ of the block's first style. */
  readonly firstW: number;
  readonly isLast: boolean;
  readonly hasRgb: boolean;
}

/**
 * The blocks of a synthesis network, 4x4 first. Each block's toRGB shares its w with the next block's conv0.
 * @throws {RangeError} for a resolution that is no power of two from 4 on, or an unknown architecture
 */
export function stylegan2Blocks(config: StyleGAN2Config): StyleGAN2Block[] {
  const { img_resolution, synthesis_kwargs: { architecture = "skip" } = {} } = config;
  if (!(img_resolution >= 4) || !Number.isInteger(Math.log2(img_resolution)))
    throw new RangeError(`img_resolution ${img_resolution} is no power of two from 4 on`);
  if (!["skip", "resnet", "orig"].includes(architecture))
    throw new RangeError(`architecture "${architecture}" is none of skip, resnet, orig`);
  const blocks: StyleGAN2Block[] = [];
  for (let resolution = 4; resolution <= img_resolution; resolution *= 2) {
    const isLast = resolution === img_resolution;
    blocks.push({
      resolution,
      inChannels: resolution === 4 ? 0 : stylegan2Channels(config, resolution / 2),
      outChannels: stylegan2Channels(config, resolution),
      firstW: resolution === 4 ? 0 : 2 * Math.log2(resolution) - 5,
      isLast,
      hasRgb: isLast || architecture === "skip",
    });
  }
  return blocks;
}

/** Number of w layers: one a convolution, and one for the last toRGB. */
export function stylegan2NumWs({ img_resolution }: StyleGAN2Config): number {
  return 2 * Math.log2(img_resolution) - 2;
}

/** Inner taps of a styled convolution, in the order in which they are yielded. */
export const STYLEGAN2_INNER = ["input", "modulated", "demodulated", "noise"] as const;

/** Every tap of a pass, inner ones included, in the order in which it is yielded. */
export function stylegan2Layers(config: StyleGAN2Config): Layer[] {
  const { img_channels, synthesis_kwargs: { architecture = "skip" } = {} } = config;
  return stylegan2Blocks(config).flatMap((block) => {
    const { resolution, inChannels, outChannels, firstW, hasRgb } = block;
    const layers: Layer[] = [];
    const residual = architecture === "resnet" && inChannels > 0;
    const pictureBefore = architecture === "skip" && resolution > 4 ? `b${resolution / 2}.img` : null;
    const add = (name: string, channels: number, rest: Partial<Layer> & { w: number }) =>
      layers.push({
        name: `b${resolution}.${name}`,
        layer: `b${resolution}.${name}`,
        role: "layer",
        shape: [resolution, resolution, channels],
        resolution,
        channels,
        styleChannels: 0,
        multiplyAdds: 0,
        traffic: NO_TRAFFIC,
        resume: null,
        ...rest,
      });
    const convolution = (name: string, inputs: number, w: number) => {
      const side = name === "conv0" ? resolution / 2 : resolution;
      const layer = `b${resolution}.${name}`;
      for (const inner of STYLEGAN2_INNER) {
        const shape = inner === "input" ? { shape: [side, side, inputs] as const } : {};
        const channels = inner === "input" ? inputs : outChannels;
        add(`${name}.${inner}`, channels, { layer, role: "inner", w, styleChannels: inputs, ...shape });
      }
      add(name, outChannels, {
        w,
        styleChannels: inputs,
        multiplyAdds: side * side * 9 * inputs * outChannels,
        traffic: {
          read: side * side * inputs,
          kernel: 9 * inputs * outChannels,
          written: resolution ** 2 * outChannels,
        },
        resume: residual ? null : { x: layer, img: pictureBefore },
      });
    };

    const features = resolution ** 2 * outChannels;
    if (residual) {
      const read = (resolution / 2) ** 2 * inChannels;
      add("skip", outChannels, {
        w: firstW,
        multiplyAdds: read * outChannels,
        traffic: { read, kernel: inChannels * outChannels, written: features },
      });
    }
    if (inChannels > 0) convolution("conv0", inChannels, firstW);
    const w = firstW + (inChannels > 0 ? 1 : 0);
    convolution("conv1", outChannels, w);
    const output = `b${resolution}.${residual ? "x" : "conv1"}`;
    if (residual)
      add("x", outChannels, {
        w,
        traffic: { read: 2 * features, kernel: 0, written: features },
        resume: { x: output, img: null },
      });
    if (!hasRgb) return layers;
    const picture = resolution ** 2 * img_channels;
    add("torgb", img_channels, {
      role: "rgb",
      w: w + 1,
      styleChannels: outChannels,
      multiplyAdds: features * img_channels,
      traffic: { read: features, kernel: outChannels * img_channels, written: picture },
    });
    add("img", img_channels, {
      role: "rgb",
      w: w + 1,
      // without a picture before it, it is the block's own RGB
      traffic: pictureBefore ? { read: picture + picture / 4, kernel: 0, written: picture } : NO_TRAFFIC,
      resume: { x: output, img: `b${resolution}.img` },
    });
    return layers;
  });
}
