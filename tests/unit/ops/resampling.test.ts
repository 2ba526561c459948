import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  conv2d,
  conv2dResample,
  insertZeros,
  modulatedConv2d,
  padOrCrop,
  setupFilter,
} from "../../../lib/ops/index.js";
import { upfirdn2d, upsampleConv2d, upsampleNearest } from "../../../lib/ops/index.js";
import { startBackend } from "../../conformance/backend.js";
import { distance, normal } from "./random.js";

beforeAll(() => startBackend("wasm"));

const side = fc.integer({ min: 1, max: 7 });
const seed = fc.integer({ min: 1, max: 2 ** 30 });
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void) =>
  fc.assert(
    fc.property(arbitrary, (value) => tf.tidy(() => property(value))),
    { numRuns: 40, seed: 7 },
  );

describe("upsampleConv2d", () => {
  it("is the convolution of the image with zeros inserted, for any kernel, factor and padding", () => {
    const pad = fc.integer({ min: -2, max: 3 });
    const shapes = fc.record({
      h: side,
      w: side,
      k: fc.integer({ min: 1, max: 5 }),
      up: fc.integer({ min: 1, max: 3 }),
      seed,
    });
    check(fc.tuple(shapes, fc.tuple(pad, pad, pad, pad)), ([{ h, w, k, up, seed }, padding]) => {
      const x = normal<Tensor4D>([2, h, w, 3], seed);
      const weight = normal<Tensor4D>([k, k, 3, 2], seed + 1);
      const [width, height] = [
        (w - 1) * up + k + padding[0] + padding[1],
        (h - 1) * up + k + padding[2] + padding[3],
      ];
      fc.pre(width > 0 && height > 0);
      const spread = padOrCrop(insertZeros(x, up, up), [k - 1, k - up, k - 1, k - up]);
      const whole = conv2d(spread, tf.reverse(weight, [0, 1]));
      expect(distance(upsampleConv2d(x, weight, { up, padding }), padOrCrop(whole, padding))).toBeLessThan(
        1e-4,
      );
    });
  });

  it("gives the same with many channels, where the phases run one by one", () => {
    tf.tidy(() => {
      const x = normal<Tensor4D>([1, 5, 4, 3], 1);
      const weight = normal<Tensor4D>([3, 3, 3, 70], 2);
      const few = tf.concat(
        tf.split(weight, 2, 3).map((half) => upsampleConv2d(x, half as Tensor4D)),
        3,
      );
      expect(distance(upsampleConv2d(x, weight), few)).toBeLessThan(1e-5);
    });
  });

  it("says that a padding leaves nothing", () => {
    tf.tidy(() => {
      const [x, weight] = [normal<Tensor4D>([1, 2, 2, 1], 1), normal<Tensor4D>([3, 3, 1, 1], 2)];
      expect(() => upsampleConv2d(x, weight, { padding: -3 })).toThrow("leaves nothing");
    });
  });
});

describe("conv2dResample", () => {
  it("agrees with padding, filtering and convolving in the plain order", () => {
    const shapes = fc.record({
      h: side,
      w: side,
      up: fc.integer({ min: 2, max: 3 }),
      taps: fc.integer({ min: 2, max: 6 }),
      seed,
    });
    check(
      fc.record({ shapes, flipWeight: fc.boolean(), flipFilter: fc.boolean() }),
      ({ shapes, flipWeight, flipFilter }) => {
        const { h, w, up, taps, seed } = shapes;
        const x = normal<Tensor4D>([2, h, w, 2], seed);
        const weight = normal<Tensor4D>([3, 3, 2, 3], seed + 1);
        const filter = normal<Tensor2D>([taps, taps], seed + 2);
        fc.pre(w * up + taps > 4 && h * up + taps > 4);
        const [before, behind] = [1 + Math.floor((taps + up - 1) / 2), 1 + Math.floor((taps - up) / 2)];
        const padding = [before, behind, before, behind] as const;
        const fine = upfirdn2d(x, filter, { up, padding, gain: up * up, flipFilter });
        const plain = conv2d(fine, flipWeight ? weight : tf.reverse(weight, [0, 1]));
        const y = conv2dResample(x, weight, { filter, up, padding: 1, flipWeight, flipFilter });
        expect(distance(y, plain)).toBeLessThan(2e-3);
      },
    );
  });
});

describe("modulatedConv2d", () => {
  it("is the same on weights and on activations", () => {
    const shapes = fc.record({
      n: fc.integer({ min: 1, max: 3 }),
      h: side,
      w: side,
      up: fc.constantFrom(1, 2),
      seed,
    });
    check(
      fc.record({ shapes, demodulate: fc.boolean() }),
      ({ shapes: { n, h, w, up, seed }, demodulate }) => {
        const x = normal<Tensor4D>([n, h, w, 4], seed);
        const weight = normal<Tensor4D>([3, 3, 4, 5], seed + 1);
        const styles = normal<Tensor2D>([n, 4], seed + 2);
        const noise = normal<Tensor4D>([n, h * up, w * up, 1], seed + 3);
        const filter = setupFilter([1, 3, 3, 1], { separable: true });
        const options = { noise, up, padding: 1, filter, demodulate };
        const fused = modulatedConv2d(x, weight, styles, { ...options, fused: true });
        expect(distance(fused, modulatedConv2d(x, weight, styles, options))).toBeLessThan(1e-4);
      },
    );
  });
});

describe("upfirdn2d", () => {
  it("gives the same for a line of taps as for its outer product, also for long ones", () => {
    for (const taps of [1, 2, 4, 5, 8, 9, 12, 13]) {
      tf.tidy(() => {
        const x = normal<Tensor4D>([2, 9, 11, 3], taps);
        const line = normal<Tensor1D>([taps], taps + 1);
        const options = { up: [2, 1], down: [1, 2], padding: [6, 4, -1, 9], gain: 3 } as const;
        const square = tf.outerProduct(line, line) as Tensor2D;
        expect(distance(upfirdn2d(x, line, options), upfirdn2d(x, square, options))).toBeLessThan(1e-4);
      });
    }
  });

  it("refuses a filter larger than the padded image", () => {
    tf.tidy(() => {
      const x = normal<Tensor4D>([1, 3, 3, 1], 1);
      expect(() => upfirdn2d(x, setupFilter([1, 3, 3, 1]))).toThrow("a 4x4 filter does not fit");
    });
  });
});

describe("upsampleNearest", () => {
  it("repeats pixels", () => {
    tf.tidy(() => {
      const x = normal<Tensor4D>([2, 3, 5, 4], 1);
      expect(distance(upsampleNearest(x, 3), tf.image.resizeNearestNeighbor(x, [9, 15]))).toBe(0);
    });
  });
});
