import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { addNoise } from "./addNoise.js";
import { biasAct, type BiasActOptions } from "./biasAct.js";
import { blur } from "./blur.js";
import { expectShape } from "./check.js";
import { conv2d } from "./conv2d.js";
import { convolutionLayerGradients, hasGradients, type LayerTensor } from "./convolutionLayerGradient.js";
import { isKeptOut, kernels } from "./kernels.js";
import { modulatedConv2d, type ModulatedConv2dOptions } from "./modulatedConv2d.js";
import { recorded } from "./recorded.js";
import { setupFilter, type Filter } from "./setupFilter.js";
import { upsampleConv2d } from "./upsampleConv2d.js";

/** Noise, as `addNoise` takes it. */
export interface AddedNoise {
  readonly map: Tensor;
  readonly strength: Tensor | number;
}

/** StyleGAN2's: modulated, and resampled with a low-pass filter. */
export interface ModulatedForm extends Omit<ModulatedConv2dOptions, "noise"> {
  readonly kind: "modulated";
  /** Scale per input channel, [N, I]. */
  readonly styles: Tensor2D;
}

/** StyleGAN1's: plain, or a transposed convolution to twice the size with a blur behind it. */
export interface PlainForm {
  readonly kind: "plain";
  readonly padding: number;
}

export interface BlurredForm {
  readonly kind: "blurred";
  /** Padding of the transposed convolution's result. */
  readonly padding: number;
  /** Taps of the blur. */
  readonly taps: readonly number[];
}

export interface ConvolutionLayerOptions extends BiasActOptions {
  readonly form: ModulatedForm | PlainForm | BlurredForm;
  readonly noise?: AddedNoise | null;
  readonly bias?: Tensor1D | null;
}

/**
 * A convolution layer of a generator, from features to features: y = clamp(gain * act(conv(x) + noise + bias)).
 *
 * 1. Convolves: modulated (see {@link modulatedConv2d}), plain, or transposed and blurred.
 * 2. Adds the noise (see {@link addNoise}).
 * 3. Adds the bias and applies the activation, the gain and the clamp (see {@link biasAct}).
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O]
 * @returns features, [N, H', W', O]
 * @throws Error when shapes do not fit
 *
 * Source: Karras et al. 2019, figure 1 (b); Karras et al. 2020a, figure 2 (d).
 */
export function convolutionLayer(x: Tensor4D, weight: Tensor4D, options: ConvolutionLayerOptions): Tensor4D {
  const { form, noise = null, bias = null, ...act } = options;
  const [, , inputs, outputs] = weight.shape;
  expectShape("x", x, [null, null, null, inputs]);
  if (form.kind === "modulated") expectShape("styles", form.styles, [x.shape[0], inputs]);
  if (bias) expectShape("bias", bias, [outputs]);
  const fused = kernels().convolutionLayer?.(x, weight, options);
  if (fused) return fused;
  return tf.tidy(() => {
    if (isKeptOut("convolutionLayer")) {
      const filter = filterOf(form);
      if (hasGradients(options, weight.shape, filter)) {
        const strength = noise && typeof noise.strength !== "number" ? noise.strength : null;
        const styles = form.kind === "modulated" ? form.styles : null;
        return asOne({ x, weight, styles, map: noise?.map ?? null, strength, bias, filter }, options);
      }
    }
    const y = convolved(x, weight, form);
    const finished = kernels().finish?.(y, noise, bias, act);
    return finished ?? biasAct(noise ? addNoise(y, noise.map, noise.strength) : y, bias, act);
  });
}

/** A layer whose gradient is recorded, on a back end that computes it with a kernel. */
const asOne = recorded<LayerTensor, ConvolutionLayerOptions>(
  "ConvolutionLayer",
  ({ x, weight }, options) => convolutionLayer(x as Tensor4D, weight as Tensor4D, options),
  convolutionLayerGradients,
) as (...given: Parameters<ReturnType<typeof recorded<LayerTensor, ConvolutionLayerOptions>>>) => Tensor4D;

/** The low-pass filter of an upsampling form. */
function filterOf(form: ConvolutionLayerOptions["form"]): Filter | null {
  if (form.kind === "blurred") return setupFilter(form.taps, { separable: true });
  return form.kind === "modulated" ? (form.filter ?? null) : null;
}

function convolved(x: Tensor4D, weight: Tensor4D, form: ConvolutionLayerOptions["form"]): Tensor4D {
  switch (form.kind) {
    case "modulated": {
      const { kind: _, styles, ...modulation } = form;
      return modulatedConv2d(x, weight, styles, modulation);
    }
    case "plain":
      return conv2d(x, weight, { padding: form.padding });
    case "blurred":
      return blur(upsampleConv2d(x, weight, { padding: form.padding }), form.taps);
  }
}
