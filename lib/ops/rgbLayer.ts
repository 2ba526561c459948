import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { biasAct } from "./biasAct.js";
import { expectShape } from "./check.js";
import { conv2d } from "./conv2d.js";
import { convolutionLayerGradients } from "./convolutionLayerGradient.js";
import type { ConvolutionLayerOptions } from "./convolutionLayer.js";
import { filterSize } from "./filter2d.js";
import { isKeptOut, kernels } from "./kernels.js";
import { modulatedConv2d } from "./modulatedConv2d.js";
import { recorded, type Given } from "./recorded.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d } from "./upfirdn2d.js";
import { upsample2d } from "./upsample2d.js";

export interface RgbLayerOptions {
  readonly bias?: Tensor1D | null;
  /** Limits the layer's own colours to [-clamp, clamp], before the picture below is added; default: no limit. */
  readonly clamp?: number | null;
  /** The picture of half the size, [N, H / 2, W / 2, C], which is upsampled and added; default: none. */
  readonly below?: Tensor4D | null;
  /** Low-pass filter of that upsampling. */
  readonly filter?: Filter | null;
  /** Modulate the weights, one kernel per sample, instead of the activations. */
  readonly fused?: boolean;
}

/**
 * Features to colours: y = upsample(below) + clamp(conv1x1(x * styles) + bias).
 *
 * 1. Scales the input channels by the styles and mixes them into colours with a 1x1 convolution, without demodulation.
 * 2. Adds the bias, clamps.
 * 3. Upsamples the picture of half the size and adds it: StyleGAN2's skip connection.
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [1, 1, I, C]
 * @param styles scale per input channel, [N, I]; null: none
 * @returns picture, [N, H, W, C]
 * @throws Error when shapes do not fit
 *
 * Source: Karras et al. 2020a, section 4.1 and figure 7 (b).
 */
export function rgbLayer(
  x: Tensor4D,
  weight: Tensor4D,
  styles: Tensor2D | null,
  options: RgbLayerOptions = {},
): Tensor4D {
  const { bias = null, clamp = null, below = null, filter = null, fused = false } = options;
  const [batch, height, width] = x.shape;
  const [, , inputs, colours] = weight.shape;
  expectShape("x", x, [null, null, null, inputs]);
  if (styles) expectShape("styles", styles, [batch, inputs]);
  if (bias) expectShape("bias", bias, [colours]);
  if (below) expectShape("below", below, [batch, height / 2, width / 2, colours]);
  const twin = kernels().rgbLayer?.(x, weight, styles, options);
  if (twin) return twin;
  if (isKeptOut("rgbLayer")) return asOne({ x, weight, styles, bias, below, filter }, options) as Tensor4D;
  return tf.tidy(() => {
    const y = styles ? modulatedConv2d(x, weight, styles, { demodulate: false, fused }) : conv2d(x, weight);
    const rgb = biasAct(y, bias, { clamp });
    return below ? (tf.add(upsample2d(below, filter), rgb) as Tensor4D) : rgb;
  });
}

type RgbTensor = "x" | "weight" | "styles" | "bias" | "below" | "filter";

/** A layer whose gradient is recorded, on a back end that computes it with a kernel. */
const asOne = recorded<RgbTensor, RgbLayerOptions>(
  "RgbLayer",
  ({ x, weight, styles }, options) =>
    rgbLayer(x as Tensor4D, weight as Tensor4D, (styles ?? null) as Tensor2D | null, options),
  rgbLayerGradients,
);

/**
 * The gradients of {@link rgbLayer}: those of a convolution layer without demodulation, and for the picture below the
 * adjoint of the upsampling, which filters and keeps every second pixel.
 */
function rgbLayerGradients(
  dy: tf.Tensor,
  { x, weight, styles, bias, below, filter }: Given<RgbTensor>,
  { clamp = null }: RgbLayerOptions,
): Partial<Record<RgbTensor, () => tf.Tensor>> {
  const form: ConvolutionLayerOptions["form"] = styles
    ? { kind: "modulated", styles: styles as Tensor2D, demodulate: false }
    : { kind: "plain", padding: 0 };
  const tensors = { x, weight, styles, bias, map: null, strength: null, filter: null };
  const half = () => {
    const taps = (filter ?? null) as Filter | null;
    const [fw, fh] = filterSize(taps);
    const [left, top] = [Math.floor((fw + 1) / 2), Math.floor((fh + 1) / 2)]; // as upsample2d pads
    const padding = [fw - left - 1, left - 1, fh - top - 1, top - 1] as const;
    return upfirdn2d(dy as Tensor4D, taps, { down: 2, padding, flipFilter: true, gain: 4 });
  };
  return { ...convolutionLayerGradients(dy, tensors, { form, clamp }), ...(below && { below: half }) };
}
