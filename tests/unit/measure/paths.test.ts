import { describe, expect, it } from "vitest";
import { lerp, slerp } from "../../../lib/measure/interpolation.js";
import { estimateMean, movingMeans, pathLengthOf, rowLengths } from "../../../lib/measure/pathLengths.js";
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
