import type { StyleGAN3Config } from "../weights/config.js";
import { stylegan3Geometry, type StyleGAN3Layer } from "../weights/shapes/stylegan3.js";
import { NO_TRAFFIC, type Layer } from "./layer.js";

/** How a layer's filtered leaky ReLU resamples: everything but the taps. */
export interface StyleGAN3Resampling {
  readonly up: number;
  readonly down: number;
  /** Rate at which the leaky ReLU is computed. */
  readonly samplingRate: number;
  /** 1 means no filter. */
  readonly upTaps: number;
  readonly downTaps: number;
  /** The downsampling filter is radially symmetric instead of separable. */
  readonly radial: boolean;
  /** Side of the convolution's kernel; it grows the map by one less. */
  readonly kernel: number;
  /** Padding of the upsampled map, [left, right, top, bottom]; negative numbers crop. */
  readonly padding: readonly [number, number, number, number];
}

/**
 * The resampling of one layer.
 *
 * 1. The leaky ReLU runs at `lrelu_upsampling` times the higher of the layer's two sampling rates; ToRGB has none.
 * 2. Filters have `filter_size` taps for each sample of the slower rate.
 * 3. The padding is what takes the convolved map, up and down again, to the output's size; an odd rest goes left.
 *
 * Source: Karras et al. 2021, section 3.2 and appendix F.1 (the temporary sampling rate), appendix C.3 (taps).
 */
export function stylegan3Resampling(layer: StyleGAN3Layer, config: StyleGAN3Config): StyleGAN3Resampling {
  const { conv_kernel = 3, filter_size = 6, lrelu_upsampling = 2, use_radial_filters = false } = config;
  const { isToRGB, isCriticallySampled, inSamplingRate, outSamplingRate, inSize, outSize } = layer;
  const samplingRate = Math.max(inSamplingRate, outSamplingRate) * (isToRGB ? 1 : lrelu_upsampling);
  const up = Math.round(samplingRate / inSamplingRate);
  const down = Math.round(samplingRate / outSamplingRate);
  const taps = (factor: number) => (factor > 1 && !isToRGB ? filter_size * factor : 1);
  const kernel = isToRGB ? 1 : conv_kernel;
  const total = (outSize - 1) * down + 1 - (inSize + kernel - 1) * up + taps(up) + taps(down) - 2;
  const low = Math.floor((total + up) / 2);
  const high = total - low;
  return {
    up,
    down,
    samplingRate,
    upTaps: taps(up),
    downTaps: taps(down),
    radial: use_radial_filters && !isCriticallySampled,
    kernel,
    padding: [low, high, low, high],
  };
}

/** Number of w layers: one for the Fourier features, one for each convolution. */
export function stylegan3NumWs({ num_layers = 14 }: StyleGAN3Config): number {
  return num_layers + 2;
}

/** Every tap of a pass, inner ones included, in the order in which it is yielded. */
export function stylegan3Layers(config: StyleGAN3Config): Layer[] {
  const { input, layers } = stylegan3Geometry(config);
  const first: Layer = {
    name: "input",
    layer: "input",
    role: "layer",
    shape: [input.size, input.size, input.channels],
    resolution: input.size,
    channels: input.channels,
    w: 0,
    styleChannels: 4,
    multiplyAdds: input.size ** 2 * input.channels * (input.channels + 2),
    traffic: {
      read: 0,
      kernel: input.channels * (input.channels + 2),
      written: input.size ** 2 * input.channels,
    },
    resume: { x: "input", img: null },
  };
  return [
    first,
    ...layers.flatMap((layer, i): Layer[] => {
      const { name, isToRGB, inSize, inChannels, outSize, outChannels } = layer;
      const { kernel } = stylegan3Resampling(layer, config);
      const convolved = inSize + kernel - 1;
      const common = { layer: name, channels: outChannels, w: i + 1, styleChannels: inChannels };
      return [
        {
          ...common,
          name: `${name}.conv`,
          role: "inner",
          shape: [convolved, convolved, outChannels],
          resolution: outSize,
          multiplyAdds: 0,
          traffic: NO_TRAFFIC,
          resume: null,
        },
        {
          ...common,
          name,
          role: isToRGB ? "rgb" : "layer",
          shape: [outSize, outSize, outChannels],
          resolution: outSize,
          multiplyAdds: convolved ** 2 * kernel ** 2 * inChannels * outChannels,
          traffic: {
            read: inSize ** 2 * inChannels,
            kernel: kernel ** 2 * inChannels * outChannels,
            written: outSize ** 2 * outChannels,
          },
          resume: isToRGB ? null : { x: name, img: null },
        },
      ];
    }),
  ];
}
