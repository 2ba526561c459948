/** Places of `count` square cells in rows; all lengths in CSS pixels. */
export interface Grid {
  readonly count: number;
  readonly columns: number;
  readonly rows: number;
  readonly cell: number;
  readonly gap: number;
  readonly width: number;
  readonly height: number;
}

/** As many columns as fit `width` with cells of at least `least` pixels; the cells then fill the width. */
export function layoutGrid(count: number, width: number, least: number, gap = 2): Grid {
  const fitting = Math.max(1, Math.floor((width + gap) / (least + gap)));
  const columns = Math.max(1, Math.min(fitting, Math.max(count, 1)));
  // A layer of a few channels must not show tiles as large as the page.
  const cell = Math.max(1, Math.min((width + gap) / columns - gap, 3 * least));
  const rows = Math.ceil(count / columns);
  return { count, columns, rows, cell, gap, width, height: rows > 0 ? rows * (cell + gap) - gap : 0 };
}

/** Top left corner of a cell. */
export function cellOrigin(grid: Grid, index: number): { x: number; y: number } {
  const step = grid.cell + grid.gap;
  return { x: (index % grid.columns) * step, y: Math.floor(index / grid.columns) * step };
}

/** The cell under a point, with the point's place inside it (0 .. 1 each way); null in a gap or outside. */
export function cellAt(grid: Grid, x: number, y: number): { index: number; u: number; v: number } | null {
  const step = grid.cell + grid.gap;
  const column = Math.floor(x / step);
  const row = Math.floor(y / step);
  const u = (x - column * step) / grid.cell;
  const v = (y - row * step) / grid.cell;
  const index = row * grid.columns + column;
  if (x < 0 || y < 0 || column >= grid.columns || index >= grid.count || u >= 1 || v >= 1) return null;
  return { index, u, v };
}

/** First and last cell (exclusive) of the rows that show between `top` and `top + height`. */
export function visibleCells(grid: Grid, top: number, height: number): readonly [number, number] {
  const step = grid.cell + grid.gap;
  const first = Math.max(0, Math.floor(top / step));
  const last = Math.min(grid.rows, Math.ceil((top + height) / step));
  return [
    Math.min(grid.count, first * grid.columns),
    Math.min(grid.count, Math.max(first, last) * grid.columns),
  ];
}

/** The cell that an arrow, Home, End or Page key leads to; null for another key. */
export function cellByKey(grid: Grid, index: number, key: string, pageRows = 4): number | null {
  const step: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -grid.columns,
    ArrowDown: grid.columns,
    PageUp: -grid.columns * pageRows,
    PageDown: grid.columns * pageRows,
  };
  if (key === "Home") return 0;
  if (key === "End") return grid.count - 1;
  if (!(key in step)) return null;
  const next = index + step[key]!;
  return next < 0 || next >= grid.count ? index : next;
}
