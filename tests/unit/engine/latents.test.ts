import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latticeCorners, latticeSeed } from "../../../lib/engine/latents.js";

describe("latticeSeed", () => {
  it("is x + 100 y, and wraps round below 0 as the official viewer's does", () => {
    expect(latticeSeed(85, 0)).toBe(85);
    expect(latticeSeed(5, 3)).toBe(305);
    expect(latticeSeed(-1, 0)).toBe(0xffffffff);
  });
});

describe("latticeCorners", () => {
  it("is one seed at a lattice point", () => {
    expect(latticeCorners({ x: 85, y: 0 })).toEqual([{ seed: 85, weight: 1 }]);
  });

  it("weighs the corners bilinearly", () => {
    expect(latticeCorners({ x: 0.25, y: 1.5 })).toEqual([
      { seed: 100, weight: 0.375 },
      { seed: 101, weight: 0.125 },
      { seed: 200, weight: 0.375 },
      { seed: 201, weight: 0.125 },
    ]);
  });

  it("gives weights that add up to 1", () => {
    const coordinate = fc.double({ noNaN: true, min: -1e4, max: 1e4 });
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        const corners = latticeCorners({ x, y });
        expect(corners.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
        for (const { seed } of corners)
          expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
      }),
      { seed: 6 },
    );
  });
});
