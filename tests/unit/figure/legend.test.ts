import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fittingTicks } from "../../../lib/figure/legend.js";

describe("the ticks of a colour bar", () => {
  it("lie within the scale in rising order, and fit the bar or are its outermost two", () => {
    const end = fc.double({ min: -1e4, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(end, fc.double({ min: 1e-3, max: 1e4, noNaN: true }), (low, width) => {
        const ticks = fittingTicks(low, low + width);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        ticks.forEach((tick, i) => expect(tick).toBeGreaterThan(i > 0 ? ticks[i - 1]! : low - 1e-9));
        expect(ticks.at(-1)).toBeLessThanOrEqual(low + width + 1e-9);
        // twenty characters, with a gap between two numbers
        const written = ticks.map((tick) => String(Number(tick.toPrecision(6)))).join(" ");
        if (ticks.length > 2) expect(written.length).toBeLessThan(20);
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it.each([
    [0.55, 1.65],
    [0, 255],
    [-0.0004, 0.0004],
    [-12000, 12000],
  ])("fit the bar from %d to %d", (low, high) => {
    const written = fittingTicks(low, high).join(" ");
    expect(written.length, written).toBeLessThan(20);
  });

  it("are all that d3 proposes where there is room", () => {
    expect(fittingTicks(-6.3, 6.3)).toEqual([-6, -4, -2, 0, 2, 4, 6]);
  });
});
