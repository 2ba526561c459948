import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { relativeError } from "../measure/relativeError.js";
import { adain } from "../ops/adain.js";
import { conv2d } from "../ops/conv2d.js";
import { forget, remember } from "../ops/derived.js";
import { convolutionLayer, type ConvolutionLayerOptions } from "../ops/convolutionLayer.js";
import { filteredLeakyRelu } from "../ops/filteredLeakyRelu.js";
import { fullyConnected } from "../ops/fullyConnected.js";
import { kernels, withoutKernels } from "../ops/kernels.js";
import { designLowpassFilter } from "../ops/lowpassFilter.js";
import { rgbLayer } from "../ops/rgbLayer.js";
import { setupFilter } from "../ops/setupFilter.js";
import { isSoftware } from "../webgpu/tiling.js";
import { webgpu } from "../webgpu/run.js";
import { hashNormal } from "../random/hashNormal.js";

/**
 * Compares our kernels on the active back end with the operations that they stand for, as the networks use them: in
 * groups of four channels, on maps of more than one tile. The numbers are from a seed. A device in software takes
 * seconds to compile the programs of large maps, which have more sums a thread; there the maps are small.
 *
 * @param tolerance largest error that passes, relative to the largest number of the operation's result
 * @throws {Error} naming the kernel whose numbers are wrong, and by how much
 */
export async function kernelTest(tolerance: number): Promise<void> {
  for (const [name, run] of Object.entries(CHECKS)) {
    const [actual, expected] = [tf.tidy(run), withoutKernels(() => tf.tidy(run))];
    try {
      const error = relativeError(await actual.data(), await expected.data());
      if (!(error <= tolerance))
        throw new Error(
          `the kernel of ${name} computed wrong numbers in the start-up test (relative error ${error.toPrecision(2)})`,
        );
    } finally {
      tf.dispose([actual, expected]);
    }
  }
}

const normal = <T extends Tensor>(shape: readonly number[], key: string) =>
  tf.tensor(
    hashNormal(
      `kernel test ${key}`,
      shape.reduce((a, b) => a * b, 1),
    ),
    [...shape],
  ) as T;

function layer(side: number, kernel: number, scale: number, form: ConvolutionLayerOptions["form"]): Tensor4D {
  const channels = 16;
  return convolutionLayer(
    normal([1, side, side, channels], "x"),
    normal([kernel, kernel, channels, channels], "weight"),
    {
      form,
      noise: { map: normal([1, side * scale, side * scale, 1], "noise"), strength: 1 },
      bias: normal<Tensor1D>([channels], "bias"),
      activation: "lrelu",
    },
  );
}

/** Side of a map: a large one where that is cheap. */
const side = () => (tf.getBackend() === "webgpu" && isSoftware(webgpu()) ? 13 : 33);

const modulated = { kind: "modulated", padding: 1 } as const;

const CHECKS: Readonly<Record<string, () => Tensor>> = {
  "a convolution with kept weights": () => {
    const [x, weight] = [normal<Tensor4D>([1, 19, 18, 64], "x"), normal<Tensor4D>([3, 3, 64, 64], "weight")];
    remember(weight);
    kernels().keepWeight?.(weight);
    const y = conv2d(x, weight, { padding: 1 });
    forget(weight);
    return y;
  },
  "a modulated convolution": () => layer(side(), 3, 1, { ...modulated, styles: normal<Tensor2D>([1, 16], "styles") }),
  "an upsampling modulated convolution": () =>
    layer(side(), 3, 2, {
      ...modulated,
      styles: normal<Tensor2D>([1, 16], "styles"),
      up: 2,
      filter: setupFilter([1, 3, 3, 1], { separable: true }),
      flipWeight: false,
    }),
  "an upsampling convolution": () =>
    layer(5, 4, 2, { kind: "blurred", padding: -1, taps: [0.25, 0.5, 0.25] }),
  "colours": () =>
    rgbLayer(normal([1, 34, 34, 16], "x"), normal([1, 1, 16, 3], "weight"), normal<Tensor2D>([1, 16], "styles"), {
      bias: normal<Tensor1D>([3], "bias"),
      below: normal<Tensor4D>([1, 17, 17, 3], "below"),
      filter: setupFilter([1, 3, 3, 1], { separable: true }),
    }),
  "instance normalisation": () =>
    adain(normal([1, 70, 61, 8], "x"), normal<Tensor2D>([1, 16], "style")),
  "a filtered leaky ReLU": () => {
    const filter = designLowpassFilter({ taps: 6, cutoff: 0.9, width: 1.1, samplingRate: 4 });
    return filteredLeakyRelu(normal([1, 17, 19, 8], "x"), normal<Tensor1D>([8], "bias"), {
      upFilter: filter,
      downFilter: filter,
      up: 2,
      down: 2,
      padding: 5,
      clamp: 256,
    });
  },
  "a fully-connected layer": () =>
    fullyConnected(normal<Tensor2D>([1, 64], "x"), normal<Tensor2D>([48, 64], "weight"), normal<Tensor1D>([48], "bias"), {
      activation: "lrelu",
    }),
}; // prettier-ignore
