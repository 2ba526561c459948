import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { dropletOf, median, shrunkByMaximum, signalStrengths } from "../../../lib/measure/droplets.js";
import { SPIKE_SCORE, spikeStart } from "../../../lib/measure/spikeStart.js";
import { adain } from "../../../lib/ops/adain.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { channelOf, naiveMoments, randomMap, useWasm } from "./maps.js";

beforeAll(useWasm);

/** A map with a disc-less spike: one pixel of each channel far out. */
function withSpike(map: Tensor4D, [x, y]: readonly [number, number], height: number): Tensor4D {
  const [, h, w, c] = map.shape;
  const values = map.dataSync<"float32">().slice();
  for (let i = 0; i < c; i++) values[(y * w + x) * c + i]! += height * 2 ** (i % 5);
  map.dispose();
  return tf.tensor4d(values, [1, h, w, c]);
}

describe("the droplet score", () => {
  it.each([
    [4, 4, 6],
    [40, 24, 9],
    [128, 128, 5],
  ] as const)("agrees with its definition, pixel by pixel, on a %i x %i x %i map", async (h, w, c) => {
    const map = randomMap(3, h, w, c);
    const channels = Array.from({ length: c }, (_, i) => channelOf(map, i));
    const moments = channels.map(naiveMoments);
    const deviation = Float64Array.from({ length: h * w }, (_, p) => {
      const squares = channels.map((values, i) => ((values[p]! - moments[i]!.mean) / moments[i]!.std) ** 2);
      return Math.sqrt(squares.reduce((a, b) => a + b) / c);
    });
    const droplet = await dropletOf(map);
    droplet.deviation.forEach((value, p) => expect(value).toBeCloseTo(deviation[p]!, 3));
    const at = deviation.indexOf(Math.max(...deviation));
    expect(droplet.score).toBeCloseTo(deviation[at]!, 3);
    expect(droplet.place[0]).toBeCloseTo(((at % w) + 0.5) / w, 10);
    expect(droplet.place[1]).toBeCloseTo((Math.floor(at / w) + 0.5) / h, 10);
    map.dispose();
  });

  it("finds a spike in noise, where it is", async () => {
    const plain = await dropletOf(randomMap(4, 64, 64, 8));
    expect(plain.score).toBeLessThan(SPIKE_SCORE);
    const spiked = await dropletOf(withSpike(randomMap(4, 64, 64, 8), [50, 7], 200));
    expect(spiked.score).toBeGreaterThan(50);
    expect(spiked.place).toEqual([50.5 / 64, 7.5 / 64]);
  });

  it("is the same before and after AdaIN", async () => {
    const map = withSpike(randomMap(5, 32, 32, 6), [3, 4], 30);
    const style = tf.tensor2d(hashNormal("style", 12), [1, 12]);
    const styled = adain(map, style);
    expect((await dropletOf(styled)).score / (await dropletOf(map)).score).toBeCloseTo(1, 4);
    tf.dispose([map, style, styled]);
  });

  it("reaches the root of one less than the number of pixels, and no more", async () => {
    const one = tf.tensor4d(new Float32Array(256).fill(0).fill(1, 17, 18), [1, 16, 16, 1]);
    expect((await dropletOf(one)).score).toBeCloseTo(Math.sqrt(255), 3);
    one.dispose();
  });

  it("counts no constant channel, and gives a map of such channels none", async () => {
    const varying = randomMap(6, 16, 16, 1);
    const both = tf.concat([varying, tf.fill([1, 16, 16, 1], 5)], 3) as Tensor4D;
    expect((await dropletOf(both)).score).toBeCloseTo((await dropletOf(varying)).score, 4);
    const flat = tf.fill([1, 8, 8, 3], 2) as Tensor4D;
    expect((await dropletOf(flat)).score).toBe(0);
    tf.dispose([varying, both, flat]);
  });
});

describe("signal strength", () => {
  it("is about the standard deviation of normal numbers, and hardly moves when a spike comes", async () => {
    const spread = [1, 2, 4, 8, 16];
    const plain = await signalStrengths(randomMap(7, 96, 96, 5));
    plain.forEach((value, c) => expect(Math.abs(value / spread[c]! - 1)).toBeLessThan(0.1));
    const map = withSpike(randomMap(7, 96, 96, 5), [1, 1], 1e5);
    const spiked = await signalStrengths(map);
    spiked.forEach((value, c) => expect(value / plain[c]!).toBeCloseTo(1, 1));
    expect((await dropletOf(map)).statistics.std[0]).toBeGreaterThan(500);
    map.dispose();
  });

  it("takes medians as they are defined", () => {
    expect(median(Float64Array.of(3, -1, 10))).toBe(3);
    expect(median(Float64Array.of(10, -2, 4, 0))).toBe(2);
  });
});

describe("a shrunk map", () => {
  it("keeps the largest value of each place, also where sides do not divide", () => {
    const values = Float32Array.from({ length: 35 }, (_, i) => -1 - i);
    values[5 * 5 + 4] = 9;
    const { width, height, values: small } = shrunkByMaximum(values, 7, 5, 3);
    expect([width, height]).toEqual([3, 3]);
    expect(Math.max(...small)).toBe(9);
    expect(small[8]).toBe(9);
    expect(small[0]).toBe(-1);
    expect(shrunkByMaximum(values, 7, 5, 64).values).toEqual(values);
  });
});

describe("the start of a spike", () => {
  it("is the first layer from which on all scores are large", () => {
    const [s, l] = [SPIKE_SCORE - 1, SPIKE_SCORE];
    expect(spikeStart([s, l, s, l, l, l])).toBe(3);
    expect(spikeStart([l, l])).toBe(0);
    expect(spikeStart([l, l, s])).toBeNull();
    expect(spikeStart([])).toBeNull();
  });
});
