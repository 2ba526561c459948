import "@tensorflow/tfjs"; // registers the gradients, which tfjs-core alone lacks in Node
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  adain,
  biasAct,
  conv2d,
  conv2dResample,
  minibatchStddev,
  modulatedConv2d,
} from "../../../lib/ops/index.js";
import {
  normalizeSecondMoment,
  pixelMean,
  setupFilter,
  upfirdn2d,
  upsampleNearest,
} from "../../../lib/ops/index.js";
import { startBackend } from "../../conformance/backend.js";
import { normal } from "./random.js";

beforeAll(() => startBackend("wasm"));

type Scalar = (...inputs: Tensor[]) => Tensor;

const x = () => normal<Tensor4D>([2, 5, 4, 3], 1);
const weight = () => normal<Tensor4D>([3, 3, 3, 2], 2);
const style = () => normal<Tensor2D>([2, 6], 3);
const weighted = (y: Tensor) => tf.sum(tf.mul(tf.square(y), normal(y.shape, 99)));
const filter = () => setupFilter([1, 3, 2]);

const cases: Record<string, [Scalar, () => Tensor[]]> = {
  conv2d: [
    (a, w) => weighted(conv2d(a as Tensor4D, w as Tensor4D, { padding: [1, 0, 2, -1], stride: 2 })),
    () => [x(), weight()],
  ],
  upfirdn2d: [
    (a) => weighted(upfirdn2d(a as Tensor4D, filter(), { up: 2, down: 3, padding: [2, 1, 0, 3] })),
    () => [x()],
  ],
  "conv2dResample up": [
    (a, w) => weighted(conv2dResample(a as Tensor4D, w as Tensor4D, { filter: filter(), up: 2, padding: 1 })),
    () => [x(), weight()],
  ],
  modulatedConv2d: [
    (a, w, s) => weighted(modulatedConv2d(a as Tensor4D, w as Tensor4D, s as Tensor2D, { padding: 1 })),
    () => [x(), weight(), normal([2, 3], 4)],
  ],
  adain: [(a, s) => weighted(adain(a as Tensor4D, s as Tensor2D)), () => [x(), style()]],
  pixelMean: [(a) => weighted(pixelMean(a as Tensor4D)), () => [x()]],
  "biasAct lrelu": [
    (a, b) => weighted(biasAct(a, b as tf.Tensor1D, { activation: "lrelu" })),
    () => [x(), normal([3], 5)],
  ],
  normalizeSecondMoment: [(a) => weighted(normalizeSecondMoment(a)), () => [style()]],
  minibatchStddev: [(a) => weighted(minibatchStddev(a as Tensor4D, 2)), () => [x()]],
  upsampleNearest: [(a) => weighted(upsampleNearest(a as Tensor4D)), () => [x()]],
};

/** The derivative of f along a direction by central differences. */
function slope(f: Scalar, inputs: Tensor[], direction: Tensor[], step: number): number {
  const at = (t: number) =>
    tf.tidy(() => f(...inputs.map((input, i) => tf.add(input, tf.mul(direction[i]!, t)))).dataSync()[0]!);
  return (at(step) - at(-step)) / (2 * step);
}

const inner = (a: Tensor[], b: Tensor[]) =>
  tf.tidy(() => a.reduce((sum, tensor, i) => sum + tf.sum(tf.mul(tensor, b[i]!)).dataSync()[0]!, 0));

describe("gradients", () => {
  it.each(Object.keys(cases))("of %s agree with finite differences", (name) => {
    const [f, make] = cases[name]!;
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const inputs = make();
      const direction = inputs.map((input, i) => normal(input.shape, 50 + i));
      const gradient = tf.grads(f)(inputs);
      const expected = slope(f, inputs, direction, 1e-3);
      expect(Math.abs(inner(gradient, direction) - expected)).toBeLessThan(0.01 * Math.abs(expected) + 0.05);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  const twice = [
    "conv2d",
    "upfirdn2d",
    "conv2dResample up",
    "modulatedConv2d",
    "adain",
    "biasAct lrelu",
    "upsampleNearest",
  ];
  it.each(twice)("of the gradient of %s agree with finite differences", (name) => {
    const [f, make] = cases[name]!;
    tf.tidy(() => {
      const inputs = make();
      const direction = inputs.map((input, i) => normal(input.shape, 60 + i));
      const penalty: Scalar = (...point) =>
        tf.sum(tf.square(tf.grad((a) => f(a, ...point.slice(1)))(point[0]!)));
      const gradient = tf.grads(penalty)(inputs);
      const expected = slope(penalty, inputs, direction, 1e-3);
      expect(Math.abs(inner(gradient, direction) - expected)).toBeLessThan(0.02 * Math.abs(expected) + 0.5);
    });
  });
});
