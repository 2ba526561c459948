import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { blockSide } from "../../../lib/measure/blocks.js";
import { channelValues } from "../../../lib/measure/channelValues.js";
import { histogram } from "../../../lib/measure/histogram.js";
import { pictureBytes } from "../../../lib/measure/picture.js";
import { channelOf, randomMap, useWasm } from "./maps.js";

beforeAll(useWasm);

describe("histogram", () => {
  it("counts every finite value once, each within its bin's edges", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noDefaultInfinity: true, noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 100 }),
        (values, bins) => {
          const { edges, counts } = histogram([...values, NaN, Infinity], bins);
          expect(edges.length).toBe(bins + 1);
          expect(counts.reduce((a, b) => a + b)).toBe(values.length);
        },
      ),
      { seed: 11 },
    );
  });

  it("puts the largest value into the last bin", () => {
    expect([...histogram([0, 1, 2, 3, 4], 4).counts]).toEqual([1, 1, 1, 2]);
  });

  it("gives equal values half a unit to each side", () => {
    expect([...histogram([7, 7], 2).edges]).toEqual([6.5, 7, 7.5]);
  });

  it("refuses fewer than one bin", () => {
    expect(() => histogram([1], 0)).toThrow("cannot count in 0 bins");
  });
});

describe("channelValues", () => {
  it("takes one channel out of a map", async () => {
    const map = randomMap(8, 5, 6, 7);
    expect([...(await channelValues(map, 3))]).toEqual([...channelOf(map, 3)]);
    map.dispose();
  });

  it("refuses a channel that is not there", async () => {
    const map = randomMap(8, 2, 2, 7);
    await expect(channelValues(map, 7)).rejects.toThrow("channel 7 is not among the map's 7");
    map.dispose();
  });
});

describe("pictureBytes", () => {
  it("maps -1 .. 1 to bytes as the official scripts do", async () => {
    const values = [-1, 0, 1, -1.5, 0.5, 1.5];
    const map = tf.tensor4d(values, [1, 1, 2, 3]);
    expect([...(await pictureBytes(map))]).toEqual([0, 128, 255, 255, 0, 191, 255, 255]);
    map.dispose();
  });

  it("refuses feature maps", async () => {
    const map = randomMap(9, 2, 2, 4);
    await expect(pictureBytes(map)).rejects.toThrow("a picture has 3 channels or 1, this map has 4");
    map.dispose();
  });
});

describe("blockSide", () => {
  it("is the smallest common divisor that leaves few enough blocks", () => {
    expect(blockSide(1024, 1024, 32)).toBe(32);
    expect(blockSide(1044, 1044, 32)).toBe(36);
    expect(blockSide(16, 16, 32)).toBe(1);
    expect(blockSide(257, 257, 32)).toBe(257);
    expect(blockSide(64, 33, 32)).toBeNull();
  });
});
