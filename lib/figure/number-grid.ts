import { pointer, select } from "d3";
import type { ColourScale } from "./colour.js";
import { html, onWidth, svg } from "./dom.js";
import { formatValue } from "./format.js";

/** A grid of numbers, row by row. */
export interface GridValues {
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
}

export interface Cell {
  readonly x: number;
  readonly y: number;
}

/** A rectangle of cells. */
export interface Window extends Cell {
  readonly width: number;
  readonly height: number;
}

/** Cells at least so wide, in CSS pixels, have their number written in them. */
const LEGIBLE = 34;

/**
 * Numbers as a grid of coloured cells; where a cell is wide enough its number stands in it. With `onCell` the grid
 * takes the focus: hover, click and arrow keys choose a cell.
 *
 *     const grid = createNumberGrid({ label: "padded", onCell: (cell) => show(cell) });
 *     grid.update(values, scale, (cell) => (isPadding(cell) ? "is-padding" : ""));
 *     grid.mark({ x: 2, y: 0, width: 4, height: 4 });
 */
export function createNumberGrid(options: {
  readonly label: string;
  readonly onCell?: (cell: Cell) => void;
}) {
  const { label, onCell } = options;
  let grid: GridValues | null = null;
  let scale: ColourScale | null = null;
  let kindOf: (cell: Cell) => string = () => "";
  let marked: Window | null = null;
  let cell: Cell = { x: 0, y: 0 };
  const drawing = svg("svg", { class: "number-grid-drawing", "aria-hidden": "true" });
  const element = html(
    "div",
    onCell
      ? { class: "number-grid is-live", tabindex: 0, role: "application", "aria-label": label }
      : { class: "number-grid", role: "img", "aria-label": label },
    drawing,
  );
  const redraw = onWidth(element, (width) => {
    if (!grid || !scale) return;
    const { width: columns, height: rows, values } = grid;
    const side = width / columns;
    drawing.setAttribute("viewBox", `0 0 ${width} ${side * rows}`);
    drawing.setAttribute("width", String(width));
    drawing.setAttribute("height", String(side * rows));
    const cells = Array.from({ length: columns * rows }, (_, i) => ({
      x: i % columns,
      y: Math.floor(i / columns),
      value: values[i]!,
    }));
    const colour = scale;
    select(drawing)
      .selectAll<SVGRectElement, (typeof cells)[number]>("rect.cell")
      .data(cells)
      .join("rect")
      .attr("class", (c) => `cell ${kindOf(c)}`)
      .attr("x", (c) => c.x * side)
      .attr("y", (c) => c.y * side)
      .attr("width", side)
      .attr("height", side)
      .attr("fill", (c) => colour.colour(c.value));
    select(drawing)
      .selectAll<SVGTextElement, (typeof cells)[number]>("text")
      .data(side >= LEGIBLE ? cells : [])
      .join("text")
      .attr("x", (c) => (c.x + 0.5) * side)
      .attr("y", (c) => (c.y + 0.5) * side)
      .attr("dy", "0.35em")
      .attr("text-anchor", "middle")
      .attr("fill", (c) => inkOn(colour.colour(c.value)))
      .text((c) => shortNumber(c.value));
    select(drawing)
      .selectAll<SVGRectElement, Window>("rect.mark")
      .data(marked ? [marked] : [])
      .join("rect")
      .attr("class", "mark")
      .attr("x", (m) => m.x * side)
      .attr("y", (m) => m.y * side)
      .attr("width", (m) => m.width * side)
      .attr("height", (m) => m.height * side)
      .raise();
  });

  function choose(next: Cell) {
    if (!grid) return;
    const clamp = (value: number, count: number) => Math.min(count - 1, Math.max(0, value));
    cell = { x: clamp(next.x, grid.width), y: clamp(next.y, grid.height) };
    onCell?.(cell);
  }

  if (onCell) {
    const at = (event: MouseEvent) => {
      if (!grid) return;
      const [px, py] = pointer(event, drawing);
      const side = drawing.clientWidth / grid.width;
      if (side > 0) choose({ x: Math.floor(px / side), y: Math.floor(py / side) });
    };
    drawing.addEventListener("pointermove", at);
    drawing.addEventListener("click", at);
    element.addEventListener("keydown", (event) => {
      const step = (
        { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<
          string,
          [number, number]
        >
      )[event.key];
      if (!step) return;
      event.preventDefault();
      choose({ x: cell.x + step[0], y: cell.y + step[1] });
    });
  }

  return {
    element,
    /** @param kind a class for each cell, such as what it is made of */
    update(next: GridValues, colours: ColourScale, kind: (cell: Cell) => string = () => "") {
      grid = next;
      scale = colours;
      kindOf = kind;
      redraw();
    },
    /** Frames a rectangle of cells. */
    mark(window: Window | null) {
      marked = window;
      redraw();
    },
    describe(text: string) {
      element.setAttribute("aria-label", text);
    },
  };
}

/** Three digits at most, so that a number fits a cell: 0.52, −1.3, 12. */
export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1000) return formatValue(value);
  return value.toFixed(size < 1 ? 2 : size < 10 ? 1 : 0).replace("-", "−");
}

/** Black or white, whichever is read better on a colour of the form rgb(r, g, b). */
export function inkOn(colour: string): string {
  const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? []).map((text) => {
    const s = Number(text) / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  // relative luminance as WCAG defines it; at 0.18 black and white contrast alike
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}
