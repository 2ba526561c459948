import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import * as ops from "../../../lib/ops/index.js";
import { startBackend } from "../../conformance/backend.js";
import { normal } from "./random.js";

beforeAll(() => startBackend("wasm"));

const calls: Record<string, () => Tensor> = {};
const given: Tensor[] = [];
const input = <T extends Tensor>(...shape: number[]) => {
  const tensor = normal<T>(shape, given.length + 1);
  given.push(tensor);
  return tensor;
};

beforeAll(() => {
  const x = input<Tensor4D>(2, 6, 4, 3);
  const weight = input<Tensor4D>(3, 3, 3, 5);
  const styles = input<Tensor2D>(2, 3);
  const style = input<Tensor2D>(2, 6);
  const bias = input<Tensor1D>(3);
  const ws = input<Tensor3D>(2, 4, 3);
  const noise = input<Tensor2D>(6, 4);
  const filter = input<Tensor2D>(4, 4);
  const square = input<Tensor2D>(3, 3);
  for (const activation of Object.keys(ops.activations) as ops.ActivationName[]) {
    calls[`biasAct ${activation}`] = () => ops.biasAct(x, bias, { activation, clamp: 1 });
    calls[`biasAct ${activation} without bias`] = () => ops.biasAct(x, null, { activation, gain: 1 });
  }
  Object.assign(calls, {
    adain: () => ops.adain(x, style),
    addNoise: () => ops.addNoise(x, noise, bias),
    blur: () => ops.blur(x),
    clampMagnitude: () => ops.clampMagnitude(x, 1),
    conv2d: () => ops.conv2d(x, weight, { padding: [-1, 2, 0, 1] }),
    conv2dResample: () => ops.conv2dResample(x, weight, { up: 2, down: 2, padding: 1, filter }),
    demodulationCoefficients: () => ops.demodulationCoefficients(weight, styles),
    designLowpassFilter: () => ops.designLowpassFilter({ taps: 6, cutoff: 1, width: 1, samplingRate: 8 })!,
    downsample2d: () => ops.downsample2d(x, filter),
    downsampleAverage: () => ops.downsampleAverage(x),
    filter2d: () => ops.filter2d(x, filter),
    filteredLeakyRelu: () => ops.filteredLeakyRelu(x, bias, { up: 2, upFilter: filter, padding: 2 }),
    fullyConnected: () => ops.fullyConnected(styles, square, bias, { activation: "lrelu" }),
    instanceNorm: () => ops.instanceNorm(x),
    lodBlend: () => ops.lodBlend(x, x, 1.5),
    "lodBlend at a whole lod": () => ops.lodBlend(x, x, 2),
    minibatchStddev: () => ops.minibatchStddev(x, 2),
    mixStyles: () => ops.mixStyles(ws, ws, { cutoff: 2 }),
    modulatedConv2d: () => ops.modulatedConv2d(x, weight, styles, { padding: 1, noise }),
    "modulatedConv2d fused": () => ops.modulatedConv2d(x, weight, styles, { padding: 1, noise, fused: true }),
    modulatedConv2dSG3: () => ops.modulatedConv2dSG3(x, weight, styles, { inputGain: bias }),
    pixelNorm: () => ops.pixelNorm(x),
    setupFilter: () => ops.setupFilter([1, 3, 3, 1]),
    truncate: () => ops.truncate(ws, bias, { psi: 0.5, cutoff: 2 }),
    "truncate with psi 1": () => ops.truncate(ws, bias),
    upsample2d: () => ops.upsample2d(x, filter),
    upsampleConv2d: () => ops.upsampleConv2d(x, weight, { padding: -1 }),
    upsampleNearest: () => ops.upsampleNearest(x),
    updateWAverage: () => ops.updateWAverage(bias, styles),
    wAverage: () => ops.wAverage(styles),
  });
});

it("leaves no tensor but its result and disposes none that it was given", () => {
  for (const [name, call] of Object.entries(calls)) {
    const before = tf.memory().numTensors;
    const result = call();
    expect(tf.memory().numTensors - before, name).toBe(1);
    result.dispose();
    expect(
      given.every((tensor) => !tensor.isDisposed),
      name,
    ).toBe(true);
  }
  expect(Object.keys(calls).length).toBeGreaterThan(40);
});
