import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { paddingSides } from "./check.js";
import { conv2d, inputGradient, weightGradient } from "./conv2d.js";
import type { ConvolutionLayerOptions } from "./convolutionLayer.js";
import { filterSize } from "./filter2d.js";
import type { Sides } from "./resampleGrid.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d } from "./upfirdn2d.js";
import { upsampleConv2d } from "./upsampleConv2d.js";

/** What of a convolution layer is linear in the image and in the kernel. All tensors [N, H, W, C]; kernels [kh, kw, I, O]. */
export interface LinearPart {
  readonly convolve: (x: Tensor4D, weight: Tensor4D) => Tensor4D;
  /** The gradient of the image. */
  readonly toImage: (gradient: Tensor4D, x: Tensor4D, weight: Tensor4D) => Tensor4D;
  /** The gradient of the kernel. */
  readonly toKernel: (gradient: Tensor4D, x: Tensor4D, weight: Tensor4D) => Tensor4D;
}

/** Upsampling by a transposed convolution, `crop` (none positive) and a filter behind it. */
interface Upsampling {
  readonly crop: Sides;
  readonly padding: Sides;
  readonly gain: number;
  readonly flipFilter: boolean;
}

/**
 * The linear part of a layer's form; null for forms that no network of the book has.
 *
 * @param filter the low-pass filter of an upsampling form
 */
export function linearPart(
  { form }: ConvolutionLayerOptions,
  [kh, kw]: readonly number[],
  filter: Filter | null,
): LinearPart | null {
  if (form.kind === "plain") return plain(paddingSides(form.padding));
  if (form.kind === "blurred") {
    const p = form.padding;
    const half = Math.floor(form.taps.length / 2);
    if (filter === null || p > 0) return null;
    return upsampling(
      { crop: [p, p, p, p], padding: [half, half, half, half], gain: 1, flipFilter: true },
      filter,
    );
  }
  const {
    up = 1,
    down = 1,
    groups = 1,
    padding = 0,
    flipWeight = true,
    flipFilter = false,
    inputGain = null,
  } = {
    groups: 1,
    ...form,
  };
  if (down !== 1 || groups !== 1 || inputGain !== null) return null;
  const single = kh === 1 && kw === 1;
  if (up === 1) return flipWeight || single ? plain(paddingSides(padding)) : null;
  if (up !== 2 || filter === null || flipWeight || single) return null;
  const [fw, fh] = filterSize(filter);
  const [x0, x1, y0, y1] = paddingSides(padding);
  // as in conv2dResample: the transposed convolution reaches kernel - 1 pixels beyond the image
  const rest = [
    x0 + Math.floor((fw + 1) / 2) - (kw! - 1),
    x1 + Math.floor((fw - 2) / 2) - (kw! - 2),
    y0 + Math.floor((fh + 1) / 2) - (kh! - 1),
    y1 + Math.floor((fh - 2) / 2) - (kh! - 2),
  ];
  const crop = rest.map((side) => Math.min(side, 0)) as unknown as Sides;
  const zeros = rest.map((side) => Math.max(side, 0)) as unknown as Sides;
  return upsampling({ crop, padding: zeros, gain: 4, flipFilter }, filter);
}

function plain(padding: [number, number, number, number]): LinearPart {
  return {
    convolve: (x, weight) => conv2d(x, weight, { padding }),
    toImage: (gradient, x, weight) => inputGradient(gradient, x, weight, [1, 1], padding),
    toKernel: (gradient, x, weight) => weightGradient(gradient, x, weight, [1, 1], padding),
  };
}

/**
 * The transposed convolution is the image's gradient of a convolution with stride 2: that convolution, with the kernel's
 * channels exchanged, is its adjoint, and its kernel's gradient the kernel's.
 */
function upsampling({ crop, padding, gain, flipFilter }: Upsampling, filter: Filter): LinearPart {
  const [fw, fh] = filterSize(filter);
  const [left, right, top, bottom] = padding;
  const uncropped = crop.map((side) => -side) as unknown as [number, number, number, number];
  const exchange = (weight: Tensor4D) => tf.transpose(weight, [0, 1, 3, 2]);
  const unfiltered = (gradient: Tensor4D) =>
    upfirdn2d(gradient, filter, {
      padding: [fw - 1 - left, fw - 1 - right, fh - 1 - top, fh - 1 - bottom],
      flipFilter: !flipFilter,
      gain,
    });
  return {
    convolve: (x, weight) =>
      upfirdn2d(upsampleConv2d(x, weight, { padding: crop }), filter, { padding, gain, flipFilter }),
    toImage: (gradient, _, weight) =>
      conv2d(unfiltered(gradient), exchange(weight), { stride: 2, padding: uncropped }),
    toKernel: (gradient, x, weight) => {
      const [kh, kw, inputs, outputs] = weight.shape;
      const shape: [number, number, number, number] = [kh, kw, outputs, inputs];
      return exchange(weightGradient(x, unfiltered(gradient), { shape }, [2, 2], uncropped));
    },
  };
}
