import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { adain } from "../../../lib/ops/adain.js";
import { convolutionLayer } from "../../../lib/ops/convolutionLayer.js";
import { instanceNorm } from "../../../lib/ops/instanceNorm.js";
import { kernels } from "../../../lib/ops/kernels.js";
import { startBackend } from "../../conformance/backend.js";
import { errorOf, normal } from "./twins.js";

beforeAll(() => startBackend("wasm"));

function compare(run: () => Tensor): void {
  expect(errorOf(run)).toBeLessThan(5e-6);
}

describe("instance normalisation", () => {
  it.each([
    [[1, 16, 16, 8]],
    [[2, 5, 7, 12]],
    [[1, 1, 1, 4]],
    [[1, 63, 65, 16]], // several blocks of pixels and a rest
    [[3, 40, 33, 64]],
  ])("of a map of shape %j gives the stock operation's numbers, with a style and without", (shape) => {
    const x: Tensor4D = tf.add(normal(shape, "x"), 3);
    const style = normal<Tensor2D>([shape[0]!, 2 * shape[3]!], "style");
    const taken = kernels().adain!(x, style, 1e-8);
    expect(taken).not.toBeNull();
    taken!.dispose();
    compare(() => adain(x, style));
    compare(() => instanceNorm(x));
    tf.dispose([x, style]);
  });

  it("keeps its accuracy on a large map far from zero", () => {
    const x: Tensor4D = tf.add(normal([1, 512, 512, 4], "large"), 100);
    const y = instanceNorm(x);
    const { mean, variance } = tf.moments(y, [1, 2]);
    expect(Math.max(...tf.abs(mean).dataSync())).toBeLessThan(1e-3);
    expect(Math.max(...tf.abs(tf.sub(variance, 1)).dataSync())).toBeLessThan(1e-3);
    tf.dispose([x, y, mean, variance]);
  });

  it("leaves numbers of channels that are no multiple of four to the stock operation", () => {
    const x = normal<Tensor4D>([1, 4, 4, 6], "x");
    expect(kernels().instanceNorm!(x, 1e-8)).toBeNull();
    compare(() => instanceNorm(x));
    x.dispose();
  });
});

describe("what a layer does behind its convolution", () => {
  const plain = { kind: "plain", padding: 1 } as const;
  it.each([
    { name: "one strength for all", noise: [1, 9, 10, 1], strength: [] },
    { name: "a strength a channel", noise: [9, 10], strength: [8] },
    { name: "noise of each sample", noise: [2, 9, 10, 1], strength: [8] },
    { name: "no noise" },
    { name: "channel noise, which is left", noise: [1, 1, 1, 8], strength: [9, 10] },
  ])("gives the stock operations' numbers for $name", ({ noise, strength }) => {
    const [x, weight] = [normal<Tensor4D>([2, 9, 10, 4], "x"), normal<Tensor4D>([3, 3, 4, 8], "weight")];
    const added = noise ? { map: normal(noise, "noise"), strength: normal(strength!, "strength") } : null;
    const bias = normal<Tensor1D>([8], "bias");
    for (const act of [
      { activation: "lrelu" },
      { activation: "lrelu", alpha: 0.1, gain: 0.7, clamp: 2 },
      { activation: "linear", clamp: 3 },
      { activation: "tanh" }, // left
    ] as const)
      compare(() => convolutionLayer(x, weight, { form: plain, noise: added, bias, ...act }));
    compare(() => convolutionLayer(x, weight, { form: plain, noise: added, activation: "lrelu" }));
    tf.dispose([x, weight, bias, added?.map ?? [], added?.strength ?? []]);
  });

  it.each([
    ["of another size", [1, 9, 9, 1], [8], /noise of shape/],
    ["of another batch", [3, 9, 10, 1], [8], /3 samples/],
    ["with strengths of other channels", [1, 9, 10, 1], [4], /strength/],
  ])("leaves noise %s to the stock operation, which refuses it", (_, map, strength, message) => {
    const x = normal<Tensor4D>([2, 9, 10, 8], "x");
    const noise = { map: normal(map, "noise"), strength: normal(strength, "strength") };
    expect(kernels().finish!(x, noise, null, {})).toBeNull();
    const weight = normal<Tensor4D>([1, 1, 8, 8], "weight");
    expect(() => convolutionLayer(x, weight, { form: { kind: "plain", padding: 0 }, noise })).toThrow(
      message,
    );
    tf.dispose([x, weight, noise.map, noise.strength]);
  });

  it("leaves a negative clamp to the stock operation, which refuses it", () => {
    const x = normal<Tensor4D>([1, 2, 2, 4], "x");
    expect(kernels().finish!(x, null, null, { clamp: -1 })).toBeNull();
    x.dispose();
  });
});
