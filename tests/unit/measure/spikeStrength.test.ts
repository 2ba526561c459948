import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { discPixels, strengthBehind } from "../../../lib/measure/spikeStrength.js";
import { tapVisitor } from "../../../lib/networks/interventions.js";
import { instanceNorm } from "../../../lib/ops/instanceNorm.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { useWasm } from "./maps.js";

beforeAll(useWasm);

const SIDE = 64;

/** A channel of exactly mean 0 and standard deviation `strength` outside its first `spike` pixels, which are `height`. */
function channelWith(seed: string, strength: number, height: number, spike: number): Float32Array {
  const values = hashNormal(seed, SIDE * SIDE);
  const rest = values.subarray(spike);
  const mean = rest.reduce((a, b) => a + b, 0) / rest.length;
  const std = Math.sqrt(rest.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rest.length);
  rest.forEach((value, i) => (rest[i] = ((value - mean) / std) * strength));
  return values.fill(height, 0, spike);
}

describe("the strength behind instance normalisation", () => {
  it.each([
    [1, 0, 4],
    [0.125, 200, 4],
    [8, 200, 4],
    [2, -30, 41],
    [1, 5, 1024],
  ])("of a signal of %f beside a spike of %f on %i pixels is what the operation leaves", (r, h, pixels) => {
    const left = tf.tidy(() => {
      const x = tf.tensor4d(channelWith(`signal ${r} ${h}`, r, h, pixels), [1, SIDE, SIDE, 1]) as Tensor4D;
      return instanceNorm(x).dataSync<"float32">().slice(pixels);
    });
    const mean = left.reduce((a, b) => a + b, 0) / left.length;
    const std = Math.sqrt(left.reduce((sum, value) => sum + (value - mean) ** 2, 0) / left.length);
    expect(strengthBehind(r, h, pixels / SIDE ** 2) / std).toBeCloseTo(1, 3);
  });

  it("does not depend on the signal without a spike, and is in proportion to it beside a strong one", () => {
    expect(strengthBehind(8, 0, 0)).toBeCloseTo(strengthBehind(0.1, 0, 0), 9);
    const share = 0.001;
    expect(strengthBehind(2, 1e4, share) / strengthBehind(1, 1e4, share)).toBeCloseTo(2, 3);
    expect(strengthBehind(1, 1e4, share) * 1e4 * Math.sqrt(share)).toBeCloseTo(1, 2);
  });

  it("is a tenth at the height that the chapter's first question names", () => {
    expect(strengthBehind(1, 315, 0.001)).toBeCloseTo(0.1, 3);
  });
});

describe("the pixels of a disc", () => {
  it.each([
    [16, 0.02],
    [64, 0.02],
    [64, 0.08],
    [256, 0.02],
  ])("on a map of side %i with radius %f are those that a painted spike covers", (side, radius) => {
    const centre = [0.2, 0.2] as const;
    const visit = tapVisitor([{ kind: "spike", tap: "here", channel: null, centre, radius, height: 1000 }]);
    const x = tf.tensor4d(hashNormal("map", side * side), [1, side, side, 1]) as Tensor4D;
    const painted = visit({ name: "here", tensor: x } as Parameters<typeof visit>[0]) as Tensor4D;
    const changed = painted.dataSync<"float32">().filter((value) => value > 100).length;
    tf.dispose([x, painted]);
    expect(discPixels(side, centre, radius)).toBe(changed);
  });
});
