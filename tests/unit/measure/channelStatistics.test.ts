import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { channelStatistics } from "../../../lib/measure/channelStatistics.js";
import { momentsOf, type ChannelStatistics } from "../../../lib/measure/statistics.js";
import { channelOf, naiveMoments, randomMap, useWasm } from "./maps.js";

beforeAll(useWasm);

function expectNaive(map: Tensor4D, statistics: ChannelStatistics): void {
  for (let c = 0; c < map.shape[3]; c++) {
    const expected = naiveMoments(channelOf(map, c));
    const actual = momentsOf(statistics, c);
    for (const key of ["mean", "std", "min", "max", "peak"] as const)
      expect(Math.abs(actual[key] - expected[key]), `${key} of channel ${c}`).toBeLessThanOrEqual(
        2e-5 * (Math.abs(expected[key]) + expected.std),
      );
  }
}

describe("channelStatistics", () => {
  const shapes: [number, number, number][] = [
    [1, 1, 3],
    [4, 4, 17],
    [36, 36, 7],
    [37, 37, 5],
    [257, 257, 2],
    [148, 148, 3],
    [256, 128, 40],
  ];

  it.each(shapes)("agrees with sums over single channels on a %i x %i x %i map", async (h, w, c) => {
    const map = randomMap(1, h, w, c);
    expectNaive(map, await channelStatistics(map));
    map.dispose();
  });

  it("keeps a small spread beside a large mean", async () => {
    const map = tf.tidy(() => tf.add(tf.mul(randomMap(2, 64, 64, 1), 0.01), 1000) as Tensor4D);
    const expected = naiveMoments(channelOf(map, 0)).std;
    expect((await channelStatistics(map)).std[0]! / expected).toBeCloseTo(1, 3);
    map.dispose();
  });

  it("gives a constant channel no spread and no peak", async () => {
    const map = tf.fill([1, 8, 8, 2], -3) as Tensor4D;
    expect(momentsOf(await channelStatistics(map), 1)).toEqual({
      mean: -3,
      std: 0,
      min: -3,
      max: -3,
      peak: 0,
    });
    map.dispose();
  });

  it("finds a droplet as a peak", async () => {
    const map = tf.buffer([1, 128, 128, 2], "float32");
    map.set(100, 0, 60, 40, 1);
    const tensor = map.toTensor() as Tensor4D;
    const { peak } = await channelStatistics(tensor);
    expect(peak[0]).toBe(0);
    expect(peak[1]).toBeCloseTo(Math.sqrt(128 * 128 - 1), 2);
    tensor.dispose();
  });

  it("leaves no tensor behind", async () => {
    const map = randomMap(3, 64, 64, 4);
    const before = tf.memory().numTensors;
    await channelStatistics(map);
    expect(tf.memory().numTensors).toBe(before);
    map.dispose();
  });

  it("refuses a batch", async () => {
    const batch = tf.zeros([2, 4, 4, 1]) as Tensor4D;
    await expect(channelStatistics(batch)).rejects.toThrow("one feature map [1, H, W, C], got [2,4,4,1]");
    batch.dispose();
  });
});
