import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { relativeError } from "../measure/relativeError.js";
import { StyleGAN2 } from "../networks/stylegan2.js";
import { instanceNorm } from "../ops/instanceNorm.js";
import { modulatedConv2d } from "../ops/modulatedConv2d.js";
import { upfirdn2d } from "../ops/upfirdn2d.js";
import { kernels } from "../ops/kernels.js";
import { kernelTest } from "./kernelTest.js";
import type { Parameter } from "../weights/parameters.js";
import { GENERATOR_CONFIG, NUMBERS } from "./selfTestNumbers.js";

/** Largest error that passes, relative to the largest number of the expected result. */
export const SELF_TEST_TOLERANCE = 1e-3;

/**
 * Computes a few golden cases on the active back end: GPU drivers that return wrong numbers without an error are
 * known, and a reader must not study their pictures.
 *
 * 1. Modulated convolution with upsampling, demodulation and noise, in both forms.
 * 2. upfirdn2d with zero insertion; instance normalisation.
 * 3. A whole 4x4 generator: mapping, affine layers, convolution, noise, bias and activation, toRGB.
 * 4. Where the back end has kernels of our own: each against the operation that it stands for.
 *
 * @throws {Error} naming the operation whose numbers are wrong, and by how much
 */
export async function selfTest(): Promise<void> {
  for (const [name, run] of Object.entries(CHECKS)) {
    const error = await errorOf(run, name);
    if (!(error <= SELF_TEST_TOLERANCE))
      throw new Error(
        `it computed wrong numbers in the start-up test (${name.replace("/", ", ")}: relative error ${error.toPrecision(2)})`,
      );
  }
  if (Object.keys(kernels()).length > 0) await kernelTest(SELF_TEST_TOLERANCE);
}

const modulated = (fused: boolean) =>
  modulatedConv2d(
    tensor("modulatedConv2d/x"),
    tensor("modulatedConv2d/weight"),
    tensor("modulatedConv2d/styles"),
    {
      up: 2,
      padding: 1,
      filter: tensor<Tensor2D>("modulatedConv2d/filter"),
      flipWeight: false,
      noise: tensor<Tensor4D>("modulatedConv2d/noise"),
      fused,
    },
  );

const CHECKS: Readonly<Record<string, () => Tensor>> = {
  "modulatedConv2d/fused": () => modulated(true),
  "modulatedConv2d/unfused": () => modulated(false),
  "upfirdn2d/y": () =>
    upfirdn2d(tensor("upfirdn2d/x"), tensor<Tensor2D>("upfirdn2d/filter"), {
      up: 2,
      padding: [2, 1, 2, 1],
      gain: 4,
    }),
  "instanceNorm/y": () => instanceNorm(tensor("instanceNorm/x")),
  "generator/img": generatorPicture,
};

function generatorPicture(): Tensor4D {
  const prefix = "generator/weights/";
  const names = Object.keys(NUMBERS).filter((name) => name.startsWith(prefix));
  const network = new StyleGAN2(
    GENERATOR_CONFIG,
    new Map(names.map((name) => [name.slice(prefix.length), parameter(name)])),
  );
  try {
    const pass = network.synthesis(network.map(tensor("generator/z")));
    for (;;) {
      const step = pass.next(undefined);
      if (step.done) return step.value;
    }
  } finally {
    network.dispose();
  }
}

async function errorOf(run: () => Tensor, name: string): Promise<number> {
  const actual = tf.tidy(run);
  const expected = parameter(name);
  try {
    if (actual.shape.join() !== expected.shape.join()) return Infinity;
    return relativeError(await actual.data(), expected.data);
  } finally {
    actual.dispose();
  }
}

function parameter(name: string): Parameter {
  const [shape, text] = NUMBERS[name]!;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return { shape, data: new Float32Array(bytes.buffer) };
}

function tensor<T extends Tensor>(name: string): T {
  const { shape, data } = parameter(name);
  return tf.tensor(data, [...shape]) as T;
}
