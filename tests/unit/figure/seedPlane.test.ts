import { describe, expect, it } from "vitest";
import { clampLatent, describeLatent } from "../../../lib/figure/seed-plane.js";

describe("the seed plane", () => {
  it("says in words where it is", () => {
    expect(describeLatent({ x: 85, y: 0 })).toBe("seed 85");
    expect(describeLatent({ x: 0.25, y: 0 })).toBe("between seeds 0 (75 %), 1 (25 %)");
  });

  it("keeps to its edges and to hundredths", () => {
    expect(clampLatent({ x: -3, y: 99.7 })).toEqual({ x: 0, y: 99 });
    expect(clampLatent({ x: 0.1 + 0.2, y: 1 / 3 })).toEqual({ x: 0.3, y: 0.33 });
  });
});
