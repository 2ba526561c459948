import { describe, expect, it } from "vitest";
import { randn, seedToZ } from "../../../lib/random/seedToZ.js";
import table from "./numpy-randn.json" with { type: "json" };

describe("randn(seed, count)", () => {
  it.each(table.cases)("draws numpy's numbers for seed $seed", ({ seed, first, last, sum }) => {
    const drawn = randn(seed, 1001);
    first.forEach((value, i) => expect(Math.abs(drawn[i]! - value)).toBeLessThan(1e-14));
    expect(Math.abs(drawn[1000]! - last)).toBeLessThan(1e-14);
    expect(drawn.reduce((a, b) => a + b)).toBeCloseTo(sum, 9);
  });

  it("gives a longer draw the same beginning", () => {
    expect([...randn(3, 512).slice(0, 7)]).toEqual([...randn(3, 7)]);
  });

  it.each([-1, 0.5, 2 ** 32, NaN])("refuses seed %s", (seed) => {
    expect(() => randn(seed, 4)).toThrow(/seed .* is no integer/);
  });
});

describe("seedToZ(seed, dim)", () => {
  it("is randn rounded to float32", () => {
    expect([...seedToZ(85, 512)]).toEqual([...randn(85, 512)].map(Math.fround));
  });
});
