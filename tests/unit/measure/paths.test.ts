import { describe, expect, it } from "vitest";
import { evenPaces } from "../../../lib/measure/evenPaces.js";
import { lerp, slerp } from "../../../lib/measure/interpolation.js";
import { estimateMean, movingMeans, pathLengthOf, rowLengths } from "../../../lib/measure/pathLengths.js";
import { pictureDistance } from "../../../lib/measure/pictureDistance.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";

const point = (key: string) => hashNormal(key, 12);
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe("interpolation", () => {
  it("reaches both ends, straight or round", () => {
    const [a, b] = [point("a"), point("b")];
    lerp(a, b, 1).forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 5));
    const direction = (x: Float32Array) => x.map((value) => value / Math.sqrt(dot(x, x)));
    slerp(a, b, 0).forEach((value, i) => expect(value).toBeCloseTo(direction(a)[i]!, 5));
    slerp(a, b, 1).forEach((value, i) => expect(value).toBeCloseTo(direction(b)[i]!, 5));
  });

  it("goes round at an even pace and at length 1, whatever the ends' lengths", () => {
    const [a, b] = [point("a").map((value) => 5 * value), point("b")];
    const path = Array.from({ length: 9 }, (_, i) => slerp(a, b, i / 8));
    const steps = path.slice(1).map((p, i) => Math.acos(dot(p, path[i]!)));
    for (const p of path) expect(dot(p, p)).toBeCloseTo(1, 5);
    for (const step of steps) expect(step).toBeCloseTo(steps[0]!, 3);
  });

  it("stays where it is between two equal directions, and refuses the origin", () => {
    const a = point("a");
    slerp(a, a, 0.3).forEach((value, i) => expect(value).toBeCloseTo(slerp(a, a, 0)[i]!, 6));
    expect(() => slerp(new Float32Array(12), a, 0.5)).toThrow(/no direction/);
    expect(() => lerp(a, new Float32Array(3), 0.5)).toThrow(/12 and 3 numbers/);
  });
});

describe("path lengths", () => {
  it("are the root mean square of the rows' lengths", () => {
    const rows = rowLengths([3, 4, 0, 0, 5, 12], 2);
    expect([...rows]).toEqual([5, 0, 13]);
    expect(pathLengthOf(rows)).toBeCloseTo(Math.sqrt((25 + 169) / 3), 6);
  });

  it("have a moving mean that starts at 0 and closes in on them", () => {
    expect(movingMeans([4, 4, 4], 0.5)).toEqual([2, 3, 3.5]);
    expect(movingMeans([], 0.5)).toEqual([]);
    expect(movingMeans(Array(1000).fill(2), 0.01).at(-1)).toBeCloseTo(2, 3);
  });
});

describe("the estimate of a mean", () => {
  it("misses the true mean by more than two standard errors in about one case of twenty", () => {
    let misses = 0;
    for (let trial = 0; trial < 400; trial++) {
      const { mean, standardError } = estimateMean([...hashNormal(`trial ${trial}`, 50, 7, 3)]);
      if (Math.abs(mean - 7) > 2 * standardError) misses++;
    }
    expect(misses).toBeGreaterThan(5);
    expect(misses).toBeLessThan(45);
  });

  it("says that it is not sure of one value", () => {
    expect(estimateMean([3]).mean).toBe(3);
    expect(estimateMean([3]).standardError).toBeNaN();
  });
});

describe("even paces", () => {
  it("divide a path into steps of equal length", () => {
    const places = [0, 0.25, 0.5, 0.75, 1];
    expect(evenPaces(places, [1, 1, 1, 1], 2)).toEqual([0, 0.5, 1]);
    // half of the length lies before 0.25
    expect(evenPaces(places, [3, 1, 1, 1], 2)).toEqual([0, 0.25, 1]);
    expect(evenPaces(places, [0, 0, 0, 2], 2)).toEqual([0.75, 0.875, 1]);
  });

  it("stay in order on a random path, whose parts they measure", () => {
    const distances = [...hashNormal("distances", 24)].map(Math.abs);
    const places = Array.from({ length: 25 }, (_, i) => i / 24);
    const lengthUpTo = (t: number) =>
      distances.reduce((sum, distance, i) => sum + distance * Math.min(1, Math.max(0, t * 24 - i)), 0);
    const paces = evenPaces(places, distances, 7);
    const total = lengthUpTo(1);
    paces.forEach((t, i) => expect(lengthUpTo(t)).toBeCloseTo((total * i) / 7, 6));
    expect(() => evenPaces(places, [1], 3)).toThrow(/24 distances/);
    expect(() => evenPaces([0, 1], [0], 3)).toThrow(/no steps/);
  });
});

describe("the distance of two pictures", () => {
  it("is the root mean square of the colours' differences, whatever alpha is", () => {
    const a = Uint8ClampedArray.of(0, 0, 0, 255, 10, 10, 10, 255);
    const b = Uint8ClampedArray.of(3, 3, 3, 0, 14, 14, 14, 0);
    expect(pictureDistance(a, b)).toBeCloseTo(Math.sqrt((9 + 16) / 2), 9);
    expect(pictureDistance(a, a)).toBe(0);
    expect(() => pictureDistance(a, b.subarray(4))).toThrow(/8 and 4 bytes/);
  });
});
