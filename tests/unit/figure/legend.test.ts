import { describe, expect, it } from "vitest";
import { fittingTicks } from "../../../lib/figure/legend.js";

describe("the ticks of a colour bar", () => {
  it("lie within the scale and are never more than the bar has room for", () => {
    for (const [low, high] of [
      [-6.3, 6.3],
      [0.55, 1.65],
      [0, 255],
      [0.0241, 0.0372],
      [-0.0004, 0.0004],
      [-12000, 12000],
    ] as const) {
      const ticks = fittingTicks(low, high);
      expect(ticks.length, `${low} to ${high}`).toBeGreaterThanOrEqual(2);
      expect(
        ticks.every((tick) => tick >= low - 1e-9 && tick <= high + 1e-9),
        `${low} to ${high}`,
      ).toBe(true);
      expect(ticks.map((tick) => String(tick)).join(" ").length, `${low} to ${high}`).toBeLessThanOrEqual(21);
    }
  });

  it("are as many as before where there is room", () => {
    expect(fittingTicks(-6.3, 6.3)).toEqual([-6, -4, -2, 0, 2, 4, 6]);
  });
});
