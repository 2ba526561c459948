import "@tensorflow/tfjs"; // registers the gradients, which tfjs-core alone lacks in Node
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { biasAct, filteredLeakyRelu, upfirdn2d, upfirdn2dReference } from "../../../lib/ops/index.js";
import type { Filter } from "../../../lib/ops/index.js";
import { startBackend } from "../../conformance/backend.js";
import { distance, normal } from "./random.js";

beforeAll(() => startBackend("wasm"));

const factor = fc.integer({ min: 1, max: 4 });
const pad = fc.integer({ min: -5, max: 14 });
const seed = fc.integer({ min: 1, max: 2 ** 30 });
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void, numRuns = 150) =>
  fc.assert(
    fc.property(arbitrary, (value) => tf.tidy(() => property(value))),
    { numRuns, seed: 11 },
  );

const images = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  h: fc.integer({ min: 1, max: 11 }),
  w: fc.integer({ min: 1, max: 11 }),
  c: fc.integer({ min: 1, max: 5 }),
});
const lines = fc.tuple(fc.integer({ min: 1, max: 25 }));
const rectangles = fc.tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 13 }));
const resampling = fc.record({
  up: fc.tuple(factor, factor),
  down: fc.tuple(factor, factor),
  padding: fc.tuple(pad, pad, pad, pad),
  flipFilter: fc.boolean(),
  gain: fc.double({ min: 0.1, max: 9, noNaN: true }),
});
interface Resampling {
  up: [number, number];
  down: [number, number];
  padding: [number, number, number, number];
}

/** Whether something is left, and the filter fits it. */
function fits(h: number, w: number, [fh, fw = fh]: readonly number[], { up, padding }: Resampling): boolean {
  const [width, height] = [w * up[0] + padding[0] + padding[1], h * up[1] + padding[2] + padding[3]];
  return width >= fw! && height >= fh!;
}

describe("upfirdn2d", () => {
  it("is what its definition gives, for lines and rectangles of taps, any factors, paddings and crops", () => {
    check(
      fc.record({ shape: images, taps: fc.oneof(lines, rectangles), options: resampling, seed }),
      ({ shape: { n, h, w, c }, taps, options, seed }) => {
        fc.pre(fits(h, w, taps, options));
        const x = normal<Tensor4D>([n, h, w, c], seed);
        const filter = normal<Filter>([...taps], seed + 1);
        const expected = upfirdn2dReference(x, filter, options);
        const scale = tf.max(tf.abs(expected)).dataSync()[0]!;
        expect(distance(upfirdn2d(x, filter, options), expected)).toBeLessThan(2e-6 * scale + 1e-5);
      },
    );
  });

  it("upsamples StyleGAN3's way: twelve taps by 2, twenty-four by 4, with a crop", () => {
    tf.tidy(() => {
      for (const [up, taps, padding] of [
        [2, 12, [9, 8, 9, 8]],
        [4, 24, [-6, -9, -6, -9]],
        [2, 12, [-11, -12, -11, -12]],
      ] as const) {
        const x = normal<Tensor4D>([1, 27, 29, 6], up);
        const filter = normal<Tensor1D>([taps], taps);
        const options = { up, padding, gain: up * up };
        const expected = upfirdn2dReference(x, filter, options);
        expect(distance(upfirdn2d(x, filter, options), expected)).toBeLessThan(1e-3);
      }
    });
  });

  /** The derivative of f along a direction by central differences. */
  const slope = (f: (x: Tensor4D) => tf.Tensor, x: Tensor4D, direction: Tensor4D, step: number) => {
    const at = (t: number) => f(tf.add(x, tf.mul(direction, t))).dataSync()[0]!;
    return (at(step) - at(-step)) / (2 * step);
  };

  it("has the gradients and second gradients of finite differences, at random factors and paddings", () => {
    check(
      fc.record({ shape: images, taps: fc.oneof(lines, rectangles), options: resampling, seed }),
      ({ shape: { n, h, w, c }, taps, options, seed }) => {
        fc.pre(fits(h, w, taps, options));
        const x = normal<Tensor4D>([n, h, w, c], seed);
        const filter = tf.div<Filter>(
          normal<Filter>([...taps], seed + 1),
          taps.reduce((a, b) => a * b),
        );
        const direction = normal<Tensor4D>([n, h, w, c], seed + 2);
        // cubic, so that the penalty on the gradient has a gradient of its own
        const f = (at: Tensor4D) => tf.sum(tf.pow(upfirdn2d(at, filter, { ...options, gain: 1 }), 3));
        const gradient = (at: Tensor4D) => tf.grad(f as (x: tf.Tensor) => tf.Tensor)(at) as Tensor4D;
        const along = tf.sum(tf.mul(gradient(x), direction)).dataSync()[0]!;
        const measured = slope(f, x, direction, 1e-2);
        expect(Math.abs(measured - along)).toBeLessThan(0.02 * Math.abs(along) + 0.02);
        const penalty = (at: Tensor4D) => tf.sum(tf.square(gradient(at)));
        const second = tf.grad(penalty as (x: tf.Tensor) => tf.Tensor)(x);
        const alongSecond = tf.sum(tf.mul(second, direction)).dataSync()[0]!;
        const measuredSecond = slope(penalty, x, direction, 1e-2);
        expect(Math.abs(measuredSecond - alongSecond)).toBeLessThan(0.02 * Math.abs(alongSecond) + 0.05);
      },
      40,
    );
  });
});

describe("filteredLeakyRelu", () => {
  it("is bias, upsampling, leaky ReLU, clamp and downsampling by the definition, in strips as in one piece", () => {
    const shapes = fc.record({
      shape: images,
      up: fc.integer({ min: 1, max: 4 }),
      down: fc.integer({ min: 1, max: 3 }),
      upTaps: fc.oneof(lines, rectangles),
      downTaps: fc.oneof(lines, rectangles),
      padding: fc.tuple(pad, pad, pad, pad),
      flipFilter: fc.boolean(),
      gain: fc.constantFrom(Math.SQRT2, 1, 0.3, -1.5),
      clamp: fc.constantFrom(null, 0.4),
      largestMap: fc.integer({ min: 1, max: 4000 }),
      seed,
    });
    check(shapes, ({ shape: { n, h, w, c }, upTaps, downTaps, seed, largestMap, ...options }) => {
      const { up, down, padding, flipFilter, gain, clamp } = options;
      const [uh, uw = uh] = upTaps as number[];
      const [dh, dw = dh] = downTaps as number[];
      const [fineW, fineH] = [
        w * up + padding[0] + padding[1] - uw! + 1,
        h * up + padding[2] + padding[3] - uh! + 1,
      ];
      fc.pre(
        fineW >= dw! && fineH >= dh! && fits(h, w, [uh!, uw!], { ...options, up: [up, up], down: [1, 1] }),
      );
      const x = normal<Tensor4D>([n, h, w, c], seed);
      const bias = normal<Tensor1D>([c], seed + 1);
      const upFilter = normal<Filter>([...upTaps], seed + 2);
      const downFilter = normal<Filter>([...downTaps], seed + 3);
      const fine = upfirdn2dReference(tf.add(x, bias), upFilter, { up, padding, gain: up * up, flipFilter });
      const bent = biasAct(fine, null, { activation: "lrelu", gain, clamp });
      const expected = upfirdn2dReference(bent, downFilter, { down, flipFilter });
      const scale = tf.max(tf.abs(expected)).dataSync()[0]!;
      const filters = { upFilter, downFilter };
      const whole = filteredLeakyRelu(x, bias, { ...options, ...filters });
      expect(distance(whole, expected)).toBeLessThan(1e-5 * scale + 1e-4);
      const strips = filteredLeakyRelu(x, bias, { ...options, ...filters, largestMap });
      expect(distance(strips, expected)).toBeLessThan(1e-5 * scale + 1e-4);
    });
  });
});
