import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderByBefore } from "../../../lib/figure/dumbbell.js";
import { ORDERS, orderChannels } from "../../../lib/figure/order.js";

const of = (mean: number[], std = mean, peak = mean) => ({
  mean: Float32Array.from(mean),
  std: Float32Array.from(std),
  min: Float32Array.from(mean),
  max: Float32Array.from(mean),
  peak: Float32Array.from(peak),
});

describe("orderChannels", () => {
  it("sorts by index ascending and by a statistic descending", () => {
    const statistics = of([0.5, -1, 2], [3, 1, 2], [1, 9, 4]);
    expect(orderChannels(statistics, "index")).toEqual([0, 1, 2]);
    expect(orderChannels(statistics, "mean")).toEqual([2, 0, 1]);
    expect(orderChannels(statistics, "std")).toEqual([0, 2, 1]);
    expect(orderChannels(statistics, "peak")).toEqual([1, 2, 0]);
  });

  it("keeps ties in index order and puts what is not a number last", () => {
    expect(orderChannels(of([NaN, 1, 2, 1, NaN]), "mean")).toEqual([2, 1, 3, 0, 4]);
  });

  it("names every channel exactly once", () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 40 }), fc.constantFrom(...ORDERS), (values, order) => {
        const channels = orderChannels(of(values), order);
        expect([...channels].sort((a, b) => a - b)).toEqual(values.map((_, i) => i));
      }),
    );
  });
});

describe("orderByBefore", () => {
  it("sorts ascending, what is not a number last", () => {
    expect(orderByBefore(Float32Array.of(2, NaN, -1, 2))).toEqual([2, 0, 3, 1]);
  });
});
