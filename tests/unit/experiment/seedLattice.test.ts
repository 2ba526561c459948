import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latentOfSeed, seedAt, seedsAround } from "../../../lib/experiment/seedLattice.js";

describe("seedAt(x, y)", () => {
  it("is x + 100 y, and wraps round below 0 as the official viewer's does", () => {
    expect(seedAt(85, 0)).toBe(85);
    expect(seedAt(5, 3)).toBe(305);
    expect(seedAt(-1, 0)).toBe(0xffffffff);
  });

  it("gives the seed back whose lattice point latentOfSeed names", () => {
    expect(latentOfSeed(285)).toEqual({ x: 85, y: 2 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        const { x, y } = latentOfSeed(seed);
        expect(seedAt(x, y)).toBe(seed);
      }),
      { seed: 5 },
    );
  });
});

describe("seedsAround(latent)", () => {
  it("is one seed at a lattice point", () => {
    expect(seedsAround({ x: 85, y: 0 })).toEqual([{ seed: 85, weight: 1 }]);
  });

  it("weighs the corners bilinearly", () => {
    expect(seedsAround({ x: 0.25, y: 1.5 })).toEqual([
      { seed: 100, weight: 0.375 },
      { seed: 101, weight: 0.125 },
      { seed: 200, weight: 0.375 },
      { seed: 201, weight: 0.125 },
    ]);
  });

  it("gives weights that add up to 1, and seeds of 32 bits", () => {
    const coordinate = fc.double({ noNaN: true, min: -1e4, max: 1e4 });
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        const corners = seedsAround({ x, y });
        expect(corners.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
        for (const { seed } of corners)
          expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
      }),
      { seed: 6 },
    );
  });
});
