import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { convolutionLayer, rgbLayer, setupFilter } from "../../../lib/ops/index.js";
import type { ConvolutionLayerOptions } from "../../../lib/ops/convolutionLayer.js";
import { registerKernels, withoutKernels } from "../../../lib/ops/kernels.js";
import { lossAndGradients } from "../../../lib/training/gradients.js";
import { startBackend } from "../../conformance/backend.js";
import { normal } from "./random.js";

let taken = 0;

/** The readable operations in a kernel's place: what is tested here are the gradients alone. */
const KERNELS = {
  convolutionLayer(...given: Parameters<typeof convolutionLayer>) {
    taken += 1;
    return withoutKernels(() => convolutionLayer(...given));
  },
  rgbLayer(...given: Parameters<typeof rgbLayer>) {
    taken += 1;
    return withoutKernels(() => rgbLayer(...given));
  },
};

beforeAll(() => startBackend("wasm"));
afterEach(() => registerKernels("wasm", null));

const whole = (min: number, max: number) => fc.integer({ min, max });
const cases = fc.record({
  n: whole(1, 3),
  h: whole(3, 8),
  w: whole(3, 9),
  i: whole(2, 6), // one channel, demodulated, has no gradient but for rounding
  o: whole(1, 6),
  kind: fc.constantFrom("modulated", "upsampling", "one by one", "plain", "blurred"),
  demodulate: fc.boolean(),
  noise: fc.constantFrom("none", "number", "scalar", "channel", "flat", "each"),
  bias: fc.boolean(),
  activation: fc.constantFrom("lrelu" as const, "linear" as const),
  clamp: fc.constantFrom(null, 0.8),
  taps: fc.constantFrom([1, 3, 3, 1], [1, 2, 1]),
});

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** The layer of a case as a function of its tensors. */
function layerOf({ n, h, w, i, o, kind, demodulate, noise, bias, activation, clamp, taps }: Case) {
  const up = kind === "upsampling" || kind === "blurred" ? 2 : 1;
  const k = { "modulated": 3, "upsampling": 3, "one by one": 1, "plain": 3, "blurred": 4 }[kind]; // prettier-ignore
  const modulated = kind !== "plain" && kind !== "blurred";
  const tensors: Record<string, Tensor> = {
    x: normal([n, h, w, i], 1),
    weight: normal([k, k, i, o], 2),
    ...(modulated && { styles: normal([n, i], 3) }),
    ...(bias && { bias: normal([o], 4) }),
    ...(noise !== "none" && {
      map: normal(noise === "flat" ? [up * h, up * w] : [noise === "each" ? n : 1, up * h, up * w, 1], 5),
    }),
    ...(noise === "scalar" && { strength: normal([], 6) }),
    ...(noise === "channel" && { strength: normal([o], 6) }),
  };
  const filter = setupFilter(taps, { separable: true });
  const run = (given: Record<string, Tensor>): Tensor4D => {
    const form = (
      modulated
        ? {
            kind: "modulated",
            styles: given.styles as Tensor2D,
            padding: k === 3 ? 1 : 0,
            demodulate,
            ...(up === 2 && { up, filter, flipWeight: false }),
          }
        : kind === "plain"
          ? { kind, padding: 1 }
          : { kind, padding: -1, taps: [1, 2, 1] }
    ) as ConvolutionLayerOptions["form"];
    return convolutionLayer(given.x as Tensor4D, given.weight as Tensor4D, {
      form,
      bias: (given.bias as Tensor1D | undefined) ?? null,
      noise: given.map ? { map: given.map, strength: given.strength ?? 0.7 } : null,
      activation,
      clamp,
    });
  };
  return { tensors, run };
}

type Run = (given: Record<string, Tensor>) => Tensor;

/** The gradients of sum(run * seed) with respect to every tensor, and those of the sum of their squares. */
function gradients(run: Run, tensors: Record<string, Tensor>, order: 1 | 2): Tensor[] {
  const names = Object.keys(tensors);
  const first = (...values: Tensor[]) => {
    const f = (...at: Tensor[]) => run(Object.fromEntries(names.map((name, i) => [name, at[i]!])));
    const y = withoutKernels(() => f(...values));
    return tf.grads(f)(values, normal(y.shape, 7));
  };
  const values = Object.values(tensors);
  if (order === 1) return first(...values);
  const squares = () => tf.addN(first(...values).map((gradient) => tf.sum(tf.square(gradient))));
  const found = lossAndGradients(squares as () => tf.Scalar, new Map(Object.entries(tensors)));
  return names.map((name) => found.gradients.get(name)!);
}

/** Compares with the tape's own gradients, relative to the largest number of each. */
function compare(run: Run, tensors: Record<string, Tensor>, order: 1 | 2): Record<string, number> {
  return tf.tidy(() => {
    registerKernels("wasm", null);
    const expected = gradients(run, tensors, order);
    registerKernels("wasm", KERNELS);
    const actual = gradients(run, tensors, order);
    const names = Object.keys(tensors);
    return Object.fromEntries(
      names.map((name, i) => {
        expect(actual[i]!.shape).toEqual(tensors[name]!.shape);
        const largest = tf.max(tf.abs(expected[i]!)).dataSync()[0]!;
        const apart = tf.max(tf.abs(tf.sub(actual[i]!, expected[i]!))).dataSync()[0]!;
        return [name, apart / Math.max(largest, 1)];
      }),
    );
  });
}

function expectSame(run: Run, tensors: Record<string, Tensor>, order: 1 | 2, what: string): void {
  const before = { taken, tensors: tf.memory().numTensors };
  const errors = compare(run, tensors, order);
  for (const [name, error] of Object.entries(errors))
    expect(error, `${name} of ${what}: ${JSON.stringify(errors)}`).toBeLessThan(order === 1 ? 1e-4 : 1e-3);
  expect(taken).toBeGreaterThan(before.taken);
  expect(tf.memory().numTensors).toBe(before.tensors);
}

describe("the gradient of a convolution layer that runs as one", () => {
  it("is that of its readable form, with respect to each of its tensors", () => {
    for (const found of fc.sample(cases, { seed: 12, numRuns: 60 })) {
      tf.tidy(() => {
        const { tensors, run } = layerOf(found);
        expectSame(run, tensors, 1, JSON.stringify(found));
      });
    }
  });

  it("has the readable form's own gradient", () => {
    for (const found of fc.sample(cases, { seed: 13, numRuns: 15 })) {
      tf.tidy(() => {
        const { tensors, run } = layerOf(found);
        expectSame(run, tensors, 2, JSON.stringify(found));
      });
    }
  });
});

describe("the gradient of a layer to colours that runs as one", () => {
  const shapes = fc.record({
    n: whole(1, 2),
    h: whole(1, 5),
    w: whole(1, 6),
    i: whole(1, 6),
    styled: fc.boolean(),
    biased: fc.boolean(),
    below: fc.boolean(),
    clamp: fc.constantFrom(null, 0.8),
    taps: fc.constantFrom([1, 3, 3, 1], [1, 2, 1], [1, 2, 4, 1]),
  });

  it.each([1, 2] as const)("is that of its readable form, order %s", (order) => {
    for (const found of fc.sample(shapes, { seed: 20 + order, numRuns: order === 1 ? 25 : 10 })) {
      const { n, h, w, i, styled, biased, below, clamp, taps } = found;
      tf.tidy(() => {
        const tensors: Record<string, Tensor> = {
          x: normal([n, 2 * h, 2 * w, i], 1),
          weight: normal([1, 1, i, 3], 2),
          ...(styled && { styles: normal([n, i], 3) }),
          ...(biased && { bias: normal([3], 4) }),
          ...(below && { below: normal([n, h, w, 3], 5) }),
        };
        const filter = setupFilter(taps, { separable: true });
        const run = (given: Record<string, Tensor>) =>
          rgbLayer(
            given.x as Tensor4D,
            given.weight as Tensor4D,
            (given.styles as Tensor2D | undefined) ?? null,
            {
              bias: (given.bias as Tensor1D | undefined) ?? null,
              below: (given.below as Tensor4D | undefined) ?? null,
              filter,
              clamp,
            },
          );
        expectSame(run, tensors, order, JSON.stringify(found));
      });
    }
  });
});
