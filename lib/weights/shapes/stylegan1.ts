import type { StyleGAN1Config } from "../config.js";

/** Feature maps at a resolution: min(fmaps_base / resolution, fmaps_max). */
export function stylegan1Channels(config: StyleGAN1Config, resolution: number): number {
  const own = config.channels?.[resolution];
  return own ?? Math.min(Math.floor((config.fmaps_base ?? 16384) / resolution), config.fmaps_max ?? 512);
}

/**
 * Names and shapes of all parameters and buffers of a StyleGAN1 generator, in the order of its state_dict.
 *
 * Source: genforce models/stylegan_generator.py. Layers 2i and 2i + 1 work at resolution 4 * 2^i.
 */
export function stylegan1Shapes(config: StyleGAN1Config): Map<string, number[]> {
  const { resolution, image_channels: imageChannels = 3, label_size: labels = 0 } = config;
  const { z_space_dim: z = 512, w_space_dim: w = 512 } = config;
  const { mapping_layers: depth = 8, mapping_fmaps: width = 512 } = config;
  const shapes = new Map<string, number[]>();
  const blocks = Math.log2(resolution) - 1;
  const outputs = config.repeat_w === false ? w * blocks * 2 : w;
  if (labels > 0) shapes.set("mapping.label_weight", [labels, z]);
  for (let i = 0; i < depth; ++i) {
    const inputs = i > 0 ? width : labels > 0 ? 2 * z : z;
    const features = i === depth - 1 ? outputs : width;
    shapes.set(`mapping.dense${i}.weight`, [features, inputs]);
    shapes.set(`mapping.dense${i}.bias`, [features]);
  }
  shapes.set("truncation.w_avg", [outputs]);
  shapes.set("synthesis.lod", []);
  for (let block = 0; block < blocks; ++block) {
    const size = 4 * 2 ** block;
    const channels = stylegan1Channels(config, size);
    const before = block === 0 ? channels : stylegan1Channels(config, size / 2);
    for (const layer of [2 * block, 2 * block + 1]) {
      const name = `synthesis.layer${layer}`;
      shapes.set(`${name}.bias`, [channels]);
      if (layer === 0 && config.const_input !== false) shapes.set(`${name}.const`, [1, channels, 4, 4]);
      else if (layer === 0) shapes.set(`${name}.weight`, [channels, w, 4, 4]);
      else shapes.set(`${name}.weight`, [channels, layer % 2 ? channels : before, 3, 3]);
      const spatial = config.noise_type !== "channel";
      shapes.set(`${name}.apply_noise.weight`, spatial ? [channels] : [size, size]);
      shapes.set(`${name}.apply_noise.noise`, spatial ? [1, 1, size, size] : [1, channels, 1, 1]);
      shapes.set(`${name}.style.weight`, [2 * channels, w]);
      shapes.set(`${name}.style.bias`, [2 * channels]);
      if (block > 0 && layer % 2 === 0) shapes.set(`${name}.blur.kernel`, [channels, 1, 3, 3]);
    }
    shapes.set(`synthesis.output${block}.bias`, [imageChannels]);
    shapes.set(`synthesis.output${block}.weight`, [imageChannels, channels, 1, 1]);
  }
  return shapes;
}
