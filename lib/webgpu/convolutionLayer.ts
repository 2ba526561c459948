import type { Tensor2D, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import type { BlurredForm, ConvolutionLayerOptions, ModulatedForm } from "../ops/convolutionLayer.js";
import { paddingSides } from "../ops/check.js";
import { weightEnergy } from "../ops/demodulationCoefficients.js";
import { filterSize } from "../ops/filter2d.js";
import type { Sides } from "../ops/resampleGrid.js";
import { setupFilter, type Filter } from "../ops/setupFilter.js";
import { convolve } from "./convolve.js";
import { finishCode, type Finish } from "./finish.js";
import { fir, MOST_FIR_TAPS } from "./fir.js";
import { adopt, allocate, free, submit, tidied } from "./run.js";
import { sizeOf, type Geometry } from "./taps.js";

/** The unfiltered result of an upsampling layer is made in parts of at most so many bytes. */
export const MOST_SCRATCH = 72 * 2 ** 20;

/**
 * The twin of `convolutionLayer`: one dispatch, or two where the layer upsamples.
 *
 * Upsampling runs as a transposed convolution and a filter. Folded into the kernel, the filter would need four times
 * the products; the result between them costs memory instead, and so is made for a part of the channels at a time.
 */
export function convolutionLayer(
  x: Tensor4D,
  weight: Tensor4D,
  { form, ...finish }: ConvolutionLayerOptions,
): Tensor4D | null {
  const [kh, kw] = weight.shape;
  switch (form.kind) {
    case "plain": {
      const { padding: p } = form;
      const result = convolve(x, weight, {
        geometry: { kernel: [kh, kw], up: 1, padding: [p, p, p, p] },
        finish,
      });
      return result && adopt(result);
    }
    case "blurred":
      return blurred(x, weight, form, finish);
    case "modulated":
      return modulated(x, weight, form, finish);
  }
}

function modulated(x: Tensor4D, weight: Tensor4D, form: ModulatedForm, finish: Finish): Tensor4D | null {
  const { styles, demodulate = true, up = 1, down = 1, filter = null, padding = 0 } = form;
  const { flipWeight = true, flipFilter = false } = form;
  const [kh, kw] = weight.shape;
  if (down !== 1) return null;
  return tidied(() => {
    const energy = demodulate ? weightEnergy(weight) : null;
    if (up === 1) {
      if (!flipWeight && kh * kw > 1) return null;
      const geometry: Geometry = { kernel: [kh, kw], up: 1, padding: paddingSides(padding) };
      const result = convolve(x, weight, { geometry, styles, energy, finish });
      return result && adopt(result);
    }
    if (up !== 2 || filter === null || flipWeight || kh * kw === 1) return null;
    // padding counts in pixels of the image with zeros inserted; the transposed convolution reaches kernel - 1 beyond
    const [x0, x1, y0, y1] = paddingSides(padding);
    const [fw, fh] = filterSize(filter);
    const rest: Sides = [
      x0 + Math.floor((fw + 1) / 2) - (kw - 1),
      x1 + Math.floor((fw - 2) / 2) - (kw - 2),
      y0 + Math.floor((fh + 1) / 2) - (kh - 1),
      y1 + Math.floor((fh - 2) / 2) - (kh - 2),
    ];
    return upsampled(x, weight, { styles, energy }, filter, rest, { flipFilter, gain: 4 }, finish);
  });
}

function blurred(
  x: Tensor4D,
  weight: Tensor4D,
  { padding: p, taps }: BlurredForm,
  finish: Finish,
): Tensor4D | null {
  const [kh, kw] = weight.shape;
  if (p > 0 || taps.length > MOST_FIR_TAPS) return null;
  return tidied(() => {
    const geometry: Geometry = { kernel: [kh, kw], up: 2, padding: [p, p, p, p] };
    const half = Math.floor(taps.length / 2);
    const filter = setupFilter(taps, { separable: true });
    const around: Sides = [half, half, half, half];
    return filtered(x, weight, geometry, {}, filter, around, { flipFilter: true, gain: 1 }, finish);
  });
}

/** `rest`: padding between the transposed convolution and the filter; its crops are the convolution's. */
function upsampled(
  x: Tensor4D,
  weight: Tensor4D,
  modulation: { styles?: Tensor2D | null; energy?: Tensor2D | null },
  filter: Filter,
  rest: Sides,
  how: { flipFilter: boolean; gain: number },
  finish: Finish,
): Tensor4D | null {
  const [kh, kw] = weight.shape;
  const geometry: Geometry = {
    kernel: [kh, kw],
    up: 2,
    padding: rest.map((side) => Math.min(side, 0)) as unknown as Sides,
  };
  const around = rest.map((side) => Math.max(side, 0)) as unknown as Sides;
  return filtered(x, weight, geometry, modulation, filter, around, how, finish);
}

/** The transposed convolution and the filter, a part of the output channels at a time. */
function filtered(
  x: Tensor4D,
  weight: Tensor4D,
  geometry: Geometry,
  modulation: { styles?: Tensor2D | null; energy?: Tensor2D | null },
  filter: Filter,
  padding: Sides,
  how: { flipFilter: boolean; gain: number },
  finish: Finish,
): Tensor4D | null {
  const [batch, h, w] = x.shape;
  const [kh, kw, , outputs] = weight.shape;
  const [fw, fh] = filterSize(filter);
  if (kh * kw > 16 || Math.max(fw, fh) > MOST_FIR_TAPS) return null;
  const [height, width] = sizeOf(geometry, [h, w]);
  const shape = [
    batch,
    height + padding[2] + padding[3] - fh + 1,
    width + padding[0] + padding[1] - fw + 1,
    outputs,
  ] as [number, number, number, number];
  if (!finishCode(finish, shape)) return null;
  const parts = outputs % 4 === 0 ? Math.ceil((4 * batch * height * width * outputs) / MOST_SCRATCH) : 1;
  const count = parts === 1 ? outputs : 4 * Math.ceil(outputs / 4 / parts);
  const result: TensorInfo = allocate(shape);
  for (let first = 0; first < outputs; first += count) {
    const channels = { first, count: Math.min(count, outputs - first) };
    const stamped = convolve(x, weight, { geometry, ...modulation, channels })!;
    fir(stamped, filter, { ...how, padding, finish, into: { result, shape, first } });
    free(stamped);
    if (parts > 1) submit(); // its memory is the next part's
  }
  return adopt(result);
}
