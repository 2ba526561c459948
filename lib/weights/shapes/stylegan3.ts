import type { StyleGAN3Config } from "../config.js";
import { mappingShapes } from "./stylegan2.js";

/** One layer of StyleGAN3's synthesis network: what its name, weights and filters follow from. */
export interface StyleGAN3Layer {
  /** "L<index>_<size>_<channels>" */
  readonly name: string;
  readonly isToRGB: boolean;
  readonly isCriticallySampled: boolean;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inSize: number;
  readonly outSize: number;
  /** Samples per unit square side, and the pass band's and transition band's figures, in cycles. */
  readonly inSamplingRate: number;
  readonly outSamplingRate: number;
  readonly inCutoff: number;
  readonly outCutoff: number;
  readonly inHalfWidth: number;
  readonly outHalfWidth: number;
  /** Frequency above which nothing is left. */
  readonly outStopband: number;
}

export interface StyleGAN3Geometry {
  readonly input: { channels: number; size: number; samplingRate: number; bandwidth: number };
  readonly layers: readonly StyleGAN3Layer[];
}

/** Nearest integer, halves to even, as numpy.rint. */
function rint(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The geometry of the synthesis network (Karras et al. 2021, section 3.2, configuration T, and
 * appendix F.1, equations 35 and 36).
 *
 * 1. Cutoff and stopband frequencies grow geometrically from the first layer's to those of the picture, which the
 *    last `num_critical` layers share.
 * 2. The sampling rate of a layer is the power of two that holds twice its stopband, at most the picture's.
 * 3. A layer's canvas is its sampling rate and a margin on each side; the last two are the picture's size.
 * 4. Channels fall as the cutoff grows, up to channel_max.
 */
export function stylegan3Geometry(config: StyleGAN3Config): StyleGAN3Geometry {
  const { img_resolution: resolution, img_channels: imageChannels } = config;
  const { channel_base: base = 32768, channel_max: max = 512, margin_size: margin = 10 } = config;
  const { num_layers: count = 14, num_critical: critical = 2, first_cutoff: firstCutoff = 2 } = config;
  const { first_stopband: firstStopband = 2 ** 2.1, last_stopband_rel: lastStopband = 2 ** 0.3 } = config;
  const rows = Array.from({ length: count + 1 }, (_, i) => {
    const exponent = Math.min(i / (count - critical), 1);
    const cutoff = firstCutoff * (resolution / 2 / firstCutoff) ** exponent;
    const stopband = firstStopband * (((resolution / 2) * lastStopband) / firstStopband) ** exponent;
    const samplingRate = 2 ** Math.ceil(Math.log2(Math.min(stopband * 2, resolution)));
    const size = i >= count - 1 ? resolution : samplingRate + 2 * margin;
    const channels = i === count ? imageChannels : rint(Math.min(base / 2 / cutoff, max));
    return {
      cutoff,
      stopband,
      samplingRate,
      halfWidth: Math.max(stopband, samplingRate / 2) - cutoff,
      size,
      channels,
    };
  });
  const layers = rows.map((out, i): StyleGAN3Layer => {
    const from = rows[Math.max(i - 1, 0)]!;
    return {
      name: `L${i}_${out.size}_${out.channels}`,
      isToRGB: i === count,
      isCriticallySampled: i >= count - critical,
      inChannels: from.channels,
      outChannels: out.channels,
      inSize: from.size,
      outSize: out.size,
      inSamplingRate: from.samplingRate,
      outSamplingRate: out.samplingRate,
      inCutoff: from.cutoff,
      outCutoff: out.cutoff,
      inHalfWidth: from.halfWidth,
      outHalfWidth: out.halfWidth,
      outStopband: out.stopband,
    };
  });
  const { channels, size, samplingRate, cutoff } = rows[0]!;
  return { input: { channels, size, samplingRate, bandwidth: cutoff }, layers };
}

/**
 * Names and shapes of all parameters and buffers of a StyleGAN3 generator, in the order of its state_dict.
 *
 * Source: stylegan3 training/networks_stylegan3.py, SynthesisInput, SynthesisLayer and SynthesisNetwork.
 */
export function stylegan3Shapes(config: StyleGAN3Config): Map<string, number[]> {
  const { w_dim: w, conv_kernel: kernel = 3, filter_size: taps = 6, lrelu_upsampling: lrelu = 2 } = config;
  const { input, layers } = stylegan3Geometry(config);
  const shapes = new Map<string, number[]>();
  shapes.set("synthesis.input.weight", [input.channels, input.channels]);
  shapes.set("synthesis.input.transform", [3, 3]);
  shapes.set("synthesis.input.freqs", [input.channels, 2]);
  shapes.set("synthesis.input.phases", [input.channels]);
  shapes.set("synthesis.input.affine.weight", [4, w]);
  shapes.set("synthesis.input.affine.bias", [4]);
  for (const layer of layers) {
    const name = `synthesis.${layer.name}`;
    const k = layer.isToRGB ? 1 : kernel;
    shapes.set(`${name}.weight`, [layer.outChannels, layer.inChannels, k, k]);
    shapes.set(`${name}.bias`, [layer.outChannels]);
    shapes.set(`${name}.magnitude_ema`, []);
    if (!layer.isToRGB) {
      const rate = Math.max(layer.inSamplingRate, layer.outSamplingRate) * lrelu;
      const up = taps * rint(rate / layer.inSamplingRate);
      const down = taps * rint(rate / layer.outSamplingRate);
      const radial = config.use_radial_filters === true && !layer.isCriticallySampled;
      if (up > taps) shapes.set(`${name}.up_filter`, [up]);
      if (down > taps) shapes.set(`${name}.down_filter`, radial ? [down, down] : [down]);
    }
    shapes.set(`${name}.affine.weight`, [layer.inChannels, w]);
    shapes.set(`${name}.affine.bias`, [layer.inChannels]);
  }
  const mapping = mappingShapes(config, { num_layers: 2, ...config.mapping_kwargs });
  return new Map([...shapes, ...mapping]);
}
