import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { Kernels } from "../ops/kernels.js";
import { areFloats } from "../ops/kernels.js";
import { convolutionLayer } from "./convolutionLayer.js";
import { convolve } from "./convolve.js";
import { dense } from "./dense.js";
import { energy } from "./energy.js";
import { filteredLeakyRelu } from "./filteredLeakyRelu.js";
import { keepHalves } from "./halves.js";
import { normalise } from "./normalise.js";
import { rgb } from "./rgb.js";
import { adopt } from "./run.js";
import type { Geometry } from "./taps.js";
import { upfirdn } from "./upfirdn.js";

/**
 * The kernels of the WebGPU back end, each the twin of the operation in `lib/ops` of the same name. They record
 * dispatches of our own programs on the tfjs back end; tensors and memory stay its.
 */
export const webgpuKernels: Kernels = {
  conv2d(x, weight, stride, padding) {
    const [step] = stride;
    if (stride[1] !== step || (step !== 1 && step !== 2) || !areFloats(x, weight)) return null;
    const [kh, kw] = weight.shape;
    const result = convolve(x, weight, { geometry: { kernel: [kh, kw], up: 1, stride: step, padding } });
    return result && adopt(result);
  },

  upsampleConv2d(x, weight, up, padding) {
    const [kh, kw] = weight.shape;
    if (up !== 2 || !areFloats(x, weight)) return null;
    const geometry: Geometry = { kernel: [kh, kw], up, padding };
    const result = convolve(x, weight, { geometry });
    return result && adopt(result);
  },

  upfirdn2d(x, filter, up, down, padding, flipFilter, gain) {
    if (!areFloats(x, filter)) return null;
    return adopt(upfirdn(x, filter, { up, down, padding, flipFilter, gain }));
  },

  convolutionLayer(x, weight, options) {
    return areFloats(x, weight) ? convolutionLayer(x, weight, options) : null;
  },

  rgbLayer(x, weight, styles, options) {
    const { bias = null, below = null } = options;
    const result = areFloats(x, weight, styles, bias, below) ? rgb(x, weight, styles, options) : null;
    return result && adopt(result);
  },

  weightEnergy(weight) {
    const result = areFloats(weight) ? energy(weight) : null;
    return result && (adopt(result) as Tensor as Tensor2D);
  },

  keepWeight: keepHalves,

  adain(x, style, epsilon) {
    return areFloats(x, style) ? adopt(normalise(x, style, epsilon)) : null;
  },

  instanceNorm(x, epsilon) {
    return areFloats(x) ? adopt(normalise(x, null, epsilon)) : null;
  },

  filteredLeakyRelu(x, bias, options) {
    const { upFilter = null, downFilter = null } = options;
    const result = areFloats(x, bias, upFilter, downFilter) ? filteredLeakyRelu(x, bias, options) : null;
    return result && adopt(result);
  },

  fullyConnected(x, row, weight, bias, options) {
    const result = areFloats(x, weight, bias) ? dense(x, row, weight, bias, options) : null;
    return result && (adopt(result) as Tensor as Tensor2D);
  },
};
