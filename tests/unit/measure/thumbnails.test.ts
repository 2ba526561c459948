import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { areaWeights } from "../../../lib/measure/areaAverage.js";
import { channelThumbnails } from "../../../lib/measure/thumbnails.js";
import { channelOf, randomMap, useWasm } from "./maps.js";

beforeAll(useWasm);

function naiveThumbnail(values: Float64Array, height: number, width: number, size: number): Float64Array {
  const out = new Float64Array(size * size);
  const [rows, columns] = [areaWeights(height, size), areaWeights(width, size)];
  rows.forEach((row, y) =>
    columns.forEach((column, x) => {
      row.weights.forEach((a, i) =>
        column.weights.forEach((b, j) => {
          out[y * size + x]! += a * b * values[(row.first + i) * width + column.first + j]!;
        }),
      );
    }),
  );
  return out;
}

describe("areaWeights", () => {
  it.each([
    [10, 10],
    [10, 5],
    [10, 3],
    [1044, 48],
    [7, 1],
  ])("spreads %i pixels over %i without loss", (from, to) => {
    const total = new Float64Array(from);
    for (const { first, weights } of areaWeights(from, to)) {
      expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      weights.forEach((weight, i) => (total[first + i]! += weight));
    }
    for (const share of total) expect(share).toBeCloseTo(to / from, 12);
  });

  it("refuses to enlarge", () => {
    expect(() => areaWeights(4, 8)).toThrow("cannot average 4 pixels into 8");
  });
});

describe("channelThumbnails", () => {
  it.each([
    [16, 16, 3, 4],
    [16, 16, 3, 16],
    [37, 37, 4, 8],
    [300, 300, 5, 32],
    [32, 48, 2, 5],
  ])("averages the areas of every channel (%i x %i x %i to %i)", async (h, w, c, size) => {
    const map = randomMap(4, h, w, c);
    const { values } = await channelThumbnails(map, size);
    expect(values.length).toBe(size * size * c);
    for (let channel = 0; channel < c; channel++) {
      const expected = naiveThumbnail(channelOf(map, channel), h, w, size);
      for (let i = 0; i < expected.length; i++)
        expect(Math.abs(values[channel * size * size + i]! - expected[i]!)).toBeLessThan(1e-3);
    }
    map.dispose();
  });

  it("gives the mean of each block, channel by channel", async () => {
    const map = randomMap(5, 8, 8, 3);
    const { values, size } = await channelThumbnails(map, 2);
    const channel = channelOf(map, 2);
    let sum = 0;
    for (let y = 4; y < 8; y++) for (let x = 0; x < 4; x++) sum += channel[y * 8 + x]!;
    expect(values[2 * size * size + 2]).toBeCloseTo(sum / 16, 4); // lower left of channel 2
    map.dispose();
  });

  it("does not enlarge a small map", async () => {
    const map = randomMap(6, 4, 4, 2);
    const { size, values } = await channelThumbnails(map, 32);
    expect(size).toBe(4);
    expect([...values.subarray(16)]).toEqual([...channelOf(map, 1)]);
    map.dispose();
  });

  it("leaves no tensor behind", async () => {
    const map = randomMap(7, 37, 37, 2);
    const before = tf.memory().numTensors;
    for (const size of [1, 9, 37]) await channelThumbnails(map, size);
    expect(tf.memory().numTensors).toBe(before);
    map.dispose();
  });
});
