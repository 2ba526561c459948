import type { Sides } from "../ops/resampleGrid.js";

/** Which convolution: up = 1, plain, at every pixel or every second; up = 2, transposed to twice the size. */
export interface Geometry {
  /** Height and width of the kernel. */
  readonly kernel: readonly [number, number];
  readonly up: 1 | 2;
  /** Step between the pixels of the result, where up is 1. Default: 1. */
  readonly stride?: 1 | 2;
  /** Zeros around the image (up = 1) or around the result (up = 2); negative numbers crop. */
  readonly padding: Sides;
}

/**
 * One product of a convolution. The outputs are divided into cells of `up` x `up` pixels; a cell reads a window of
 * the input of which this is one pixel.
 */
export interface Tap {
  /** The input pixel, counted from the corner of the cell's window. */
  readonly row: number;
  readonly column: number;
  /** The output pixel within the cell, row by row. */
  readonly part: number;
  /** The place in the kernel, row by row. */
  readonly index: number;
}

export interface Window {
  readonly taps: readonly Tap[];
  /** The window's corner, from the input pixel with the cell's own row and column, times the stride. */
  readonly top: number;
  readonly left: number;
  /** Size of the window. */
  readonly rows: number;
  readonly columns: number;
}

/** One axis: which taps reach which output pixel of a cell from which input pixel. */
function along(size: number, up: 1 | 2, pad: number): { at: number; part: number; index: number }[] {
  if (up === 1) return Array.from({ length: size }, (_, index) => ({ at: index - pad, part: 0, index }));
  // y[p] sums x[i] w[p - 2 i]; the cell's pixel `part` is p = 2 cell + part - pad
  return [0, 1].flatMap((part) => {
    const cell = Math.floor((part - pad) / 2);
    const first = part - pad - 2 * cell;
    const count = Math.max(Math.ceil((size - first) / 2), 0);
    return Array.from({ length: count }, (_, j) => ({ at: cell - j, part, index: first + 2 * j }));
  });
}

/**
 * The products of a convolution, cell by cell: for a transposed one every tap of the kernel once, so that no product
 * with an inserted zero is computed.
 */
export function windowOf({ kernel: [kh, kw], up, padding: [x0, , y0] }: Geometry): Window {
  const vertical = along(kh, up, y0);
  const horizontal = along(kw, up, x0);
  const [top, left] = [vertical, horizontal].map((list) => Math.min(...list.map(({ at }) => at))) as [
    number,
    number,
  ];
  const taps = vertical.flatMap((v) =>
    horizontal.map((h) => ({
      row: v.at - top,
      column: h.at - left,
      part: v.part * up + h.part,
      index: v.index * kw + h.index,
    })),
  );
  const extent = (of: (tap: Tap) => number) => Math.max(...taps.map(of)) + 1;
  return { taps, top, left, rows: extent(({ row }) => row), columns: extent(({ column }) => column) };
}

/** Height and width of the result. */
export function sizeOf(
  { kernel: [kh, kw], up, stride = 1, padding: [x0, x1, y0, y1] }: Geometry,
  [h, w]: readonly [number, number],
): [number, number] {
  if (up === 1)
    return [Math.floor((h + y0 + y1 - kh) / stride) + 1, Math.floor((w + x0 + x1 - kw) / stride) + 1];
  return [(h - 1) * up + kh + y0 + y1, (w - 1) * up + kw + x0 + x1];
}
