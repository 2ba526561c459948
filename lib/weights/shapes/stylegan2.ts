import type { MappingConfig, StyleGAN2Config } from "../config.js";

/** Channels at a resolution: min(channel_base / resolution, channel_max). */
export function stylegan2Channels(config: StyleGAN2Config, resolution: number): number {
  const { channel_base: base = 32768, channel_max: max = 512, channels } = config.synthesis_kwargs ?? {};
  return channels?.[resolution] ?? Math.min(Math.floor(base / resolution), max);
}

/** The mapping network of StyleGAN2-ADA and StyleGAN3, which differ in the default number of layers only. */
export function mappingShapes(
  { z_dim: z, c_dim: c, w_dim: w }: { z_dim: number; c_dim: number; w_dim: number },
  { num_layers: layers = 8, embed_features: embed, layer_features: width, w_avg_beta: beta }: MappingConfig,
): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const embedding = c > 0 ? (embed ?? w) : 0;
  if (beta !== null) shapes.set("mapping.w_avg", [w]);
  if (c > 0) {
    shapes.set("mapping.embed.weight", [embedding, c]);
    shapes.set("mapping.embed.bias", [embedding]);
  }
  for (let i = 0; i < layers; ++i) {
    const inputs = i === 0 ? z + embedding : (width ?? w);
    const outputs = i === layers - 1 ? w : (width ?? w);
    shapes.set(`mapping.fc${i}.weight`, [outputs, inputs]);
    shapes.set(`mapping.fc${i}.bias`, [outputs]);
  }
  return shapes;
}

/**
 * Names and shapes of all parameters and buffers of a StyleGAN2 generator, in the order of its state_dict.
 *
 * Source: stylegan2-ada-pytorch training/networks.py, SynthesisNetwork and SynthesisBlock.
 */
export function stylegan2Shapes(config: StyleGAN2Config): Map<string, number[]> {
  const { w_dim: w, img_resolution: resolution, img_channels: imageChannels } = config;
  const { architecture = "skip", use_noise: noise = true, resample_filter } = config.synthesis_kwargs ?? {};
  const taps = resample_filter?.length ?? 4;
  const shapes = new Map<string, number[]>();
  const affine = (name: string, features: number) => {
    shapes.set(`${name}.affine.weight`, [features, w]);
    shapes.set(`${name}.affine.bias`, [features]);
  };
  for (let size = 4; size <= resolution; size *= 2) {
    const block = `synthesis.b${size}`;
    const channels = stylegan2Channels(config, size);
    const before = size === 4 ? channels : stylegan2Channels(config, size / 2);
    if (size === 4) shapes.set(`${block}.const`, [channels, 4, 4]);
    shapes.set(`${block}.resample_filter`, [taps, taps]);
    for (const conv of size === 4 ? ["conv1"] : ["conv0", "conv1"]) {
      const name = `${block}.${conv}`;
      const inputs = conv === "conv0" ? before : channels;
      shapes.set(`${name}.weight`, [channels, inputs, 3, 3]);
      if (noise) shapes.set(`${name}.noise_strength`, []);
      shapes.set(`${name}.bias`, [channels]);
      // Only the upsampling convolution is given the block's filter; the other keeps its default of four taps.
      shapes.set(`${name}.resample_filter`, conv === "conv0" ? [taps, taps] : [4, 4]);
      if (noise) shapes.set(`${name}.noise_const`, [size, size]);
      affine(name, inputs);
    }
    if (architecture === "skip" || size === resolution) {
      shapes.set(`${block}.torgb.weight`, [imageChannels, channels, 1, 1]);
      shapes.set(`${block}.torgb.bias`, [imageChannels]);
      affine(`${block}.torgb`, channels);
    }
    if (architecture === "resnet" && size > 4) {
      shapes.set(`${block}.skip.weight`, [channels, before, 1, 1]);
      shapes.set(`${block}.skip.resample_filter`, [taps, taps]);
    }
  }
  return new Map([...shapes, ...mappingShapes(config, config.mapping_kwargs ?? {})]);
}
