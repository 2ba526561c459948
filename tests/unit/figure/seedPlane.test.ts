import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clampLatent,
  describeLatent,
  latentOfSeed,
  seedAt,
  seedsAround,
} from "../../../lib/figure/seed-plane.js";

describe("the seed plane", () => {
  it("holds seed x + 100 y at lattice point (x, y)", () => {
    expect(latentOfSeed(285)).toEqual({ x: 85, y: 2 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), (seed) => {
        const { x, y } = latentOfSeed(seed);
        expect(seedAt(x, y)).toBe(seed);
      }),
    );
  });

  it("weighs the four seeds around a place bilinearly", () => {
    expect(seedsAround({ x: 1.25, y: 2 })).toEqual([
      { seed: 201, weight: 0.75 },
      { seed: 202, weight: 0.25 },
    ]);
    const place = fc.record({
      x: fc.double({ min: 0, max: 98, noNaN: true }),
      y: fc.double({ min: 0, max: 98, noNaN: true }),
    });
    fc.assert(
      fc.property(place, (latent) => {
        expect(seedsAround(latent).reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
      }),
    );
  });

  it("says in words where it is", () => {
    expect(describeLatent({ x: 85, y: 0 })).toBe("seed 85");
    expect(describeLatent({ x: 0.25, y: 0 })).toBe("between seeds 0 (75 %), 1 (25 %)");
  });

  it("keeps to its edges and to hundredths", () => {
    expect(clampLatent({ x: -3, y: 99.7 })).toEqual({ x: 0, y: 99 });
    expect(clampLatent({ x: 0.1 + 0.2, y: 1 / 3 })).toEqual({ x: 0.3, y: 0.33 });
  });
});
