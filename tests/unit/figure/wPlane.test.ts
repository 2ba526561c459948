import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromUv, pointAt, refinement, toUv, wPlane } from "../../../lib/figure/w-plane.js";

const apart = (a: readonly number[], b: readonly number[]) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);

/** Three corners that do not lie on one line. */
const corners = fc
  .tuple(...Array.from({ length: 6 }, () => fc.double({ min: -20, max: 20, noNaN: true })))
  .map((n) => [[n[0]!, n[1]!], [n[2]!, n[3]!], [n[4]!, n[5]!]] as const)
  .filter(([a, b, c]) => Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) > 1); // prettier-ignore

describe("the plane through three seeds", () => {
  it("keeps the distances of its corners, and holds them in its square", () => {
    fc.assert(
      fc.property(corners, ([a, b, c]) => {
        const plane = wPlane(apart(a, b), apart(a, c), apart(b, c));
        const [p, q, r] = plane.corners;
        expect(apart(p, q)).toBeCloseTo(apart(a, b), 6);
        expect(apart(p, r)).toBeCloseTo(apart(a, c), 6);
        expect(apart(q, r)).toBeCloseTo(apart(b, c), 6);
        for (const corner of plane.corners)
          corner.forEach((value, i) => {
            expect(Math.abs(value - plane.middle[i]!)).toBeLessThan(plane.reach);
          });
      }),
    );
  });

  it("turns coordinates into points and back", () => {
    const plane = wPlane(10, 7, 8);
    expect(toUv(plane, plane.corners[1])).toEqual([1, 0]);
    for (const [u, v] of [
      [0.3, 0.2],
      [-1, 2],
    ] as const) {
      const back = toUv(plane, fromUv(plane, u, v));
      expect(back[0]).toBeCloseTo(u, 9);
      expect(back[1]).toBeCloseTo(v, 9);
    }
  });

  it("is none where two seeds are one, or all lie on a line", () => {
    expect(() => wPlane(0, 3, 3)).toThrow(/span no plane/);
    expect(() => wPlane(4, 8, 4)).toThrow(/span no plane/);
  });
});

describe("a refinement", () => {
  it.each([1, 2, 3])("visits each place of %i levels once, coarse ones first", (levels) => {
    const { places, complete } = refinement(levels);
    const side = 2 ** (levels + 1) + 1;
    expect(new Set(places.map(({ column, row }) => `${column},${row}`)).size).toBe(side * side);
    expect(places).toHaveLength(side * side);
    expect(complete).toEqual([25, 81, 289].slice(0, levels));
    const stride = (side - 1) / 4;
    for (const { column, row } of places.slice(0, 25))
      expect([column % stride, row % stride]).toEqual([0, 0]);
  });

  it("reaches from border to border", () => {
    const plane = wPlane(10, 7, 8);
    const [left, top] = pointAt(plane, { column: 0, row: 0 }, 9);
    expect(left).toBeCloseTo(plane.middle[0] - plane.reach, 9);
    expect(top).toBeCloseTo(plane.middle[1] + plane.reach, 9);
    expect(pointAt(plane, { column: 4, row: 4 }, 9)).toEqual([...plane.middle]);
  });
});
