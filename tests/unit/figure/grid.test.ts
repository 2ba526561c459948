import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellAt, cellByKey, cellOrigin, layoutGrid, visibleCells } from "../../../lib/figure/grid.js";

describe("layoutGrid", () => {
  it("fills the width with as many cells as fit", () => {
    const grid = layoutGrid(512, 358, 44);
    expect([grid.columns, grid.rows]).toEqual([7, 74]);
    expect(grid.columns * (grid.cell + grid.gap) - grid.gap).toBeCloseTo(358);
  });

  it("does not blow up the tiles of a layer with few channels", () => {
    expect(layoutGrid(3, 1200, 44).cell).toBe(132);
  });

  it("has no height without channels", () => {
    expect(layoutGrid(0, 100, 44)).toMatchObject({ rows: 0, height: 0 });
  });
});

describe("cellAt", () => {
  it("finds the cell that was placed there, and where inside it", () => {
    const cases = fc.record({
      count: fc.integer({ min: 1, max: 600 }),
      width: fc.integer({ min: 60, max: 2000 }),
    });
    fc.assert(
      fc.property(
        cases,
        fc.nat(),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        ({ count, width }, pick, u) => {
          const grid = layoutGrid(count, width, 44);
          const index = pick % count;
          const { x, y } = cellOrigin(grid, index);
          const hit = cellAt(grid, x + u * grid.cell, y + (1 - u) * grid.cell)!;
          expect(hit.index).toBe(index);
          expect(hit.u).toBeCloseTo(u);
          expect(hit.v).toBeCloseTo(1 - u);
        },
      ),
    );
  });

  it("finds nothing in a gap, after the last cell, or outside", () => {
    const grid = layoutGrid(5, 100, 48, 4); // two columns of 48
    expect(cellAt(grid, 49, 10)).toBeNull();
    expect(cellAt(grid, 60, 110)).toBeNull();
    expect(cellAt(grid, -1, 10)).toBeNull();
    expect(cellAt(grid, 10, 300)).toBeNull();
  });
});

describe("visibleCells", () => {
  it("covers the rows in view and no others", () => {
    const grid = layoutGrid(100, 100, 8, 2); // ten columns, step 10
    expect(visibleCells(grid, 0, 20)).toEqual([0, 20]);
    expect(visibleCells(grid, 15, 20)).toEqual([10, 40]);
    expect(visibleCells(grid, 95, 500)).toEqual([90, 100]);
    expect(visibleCells(grid, 5000, 100)).toEqual([100, 100]);
  });
});

describe("cellByKey", () => {
  it("moves by one, by a row, to the ends, and stays inside", () => {
    const grid = layoutGrid(25, 100, 8, 2);
    expect(cellByKey(grid, 3, "ArrowRight")).toBe(4);
    expect(cellByKey(grid, 3, "ArrowDown")).toBe(13);
    expect(cellByKey(grid, 3, "ArrowUp")).toBe(3);
    expect(cellByKey(grid, 3, "End")).toBe(24);
    expect(cellByKey(grid, 24, "ArrowRight")).toBe(24);
    expect(cellByKey(grid, 3, "x")).toBeNull();
  });
});
