import { axisBottom, axisLeft, select, type AxisScale, type NumberValue, type Selection } from "d3";
import { html, onWidth, svg } from "./dom.js";

export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** The place that a chart may draw in; lengths in CSS pixels. */
export interface Plot {
  readonly root: Selection<SVGGElement, unknown, null, undefined>;
  readonly width: number;
  readonly height: number;
  readonly margin: Margin;
  /** Size of the chart's type against that of an ordinary screen, 12 px: larger on a projector. */
  readonly scale: number;
}

/**
 * An SVG that fills its container's width and is drawn anew by `draw` when the width or the data change.
 * `label` is its text alternative; `describe` replaces it when the data are known.
 */
export function createChart(options: {
  readonly label: string;
  readonly height: number | ((width: number) => number);
  readonly margin?: Margin;
  readonly draw: (plot: Plot) => void;
}) {
  const margin = options.margin ?? { top: 8, right: 12, bottom: 38, left: 52 };
  const figure = svg("svg", { class: "chart", role: "img", "aria-label": options.label });
  const element = html("div", { class: "chart-box" }, figure);
  const redraw = onWidth(element, (width) => {
    const scale = parseFloat(getComputedStyle(figure).fontSize) / 12 || 1;
    const { top, right, bottom, left } = margin;
    const room = { top: top * scale, right: right * scale, bottom: bottom * scale, left: left * scale };
    const height = Math.round(
      scale * (typeof options.height === "number" ? options.height : options.height(width / scale)),
    );
    figure.setAttribute("viewBox", `0 0 ${width} ${height}`);
    figure.setAttribute("width", String(width));
    figure.setAttribute("height", String(height));
    select(figure).selectAll("*").remove();
    options.draw({ root: select(figure).append("g"), width, height, margin: room, scale });
  });
  return {
    element,
    svg: figure,
    redraw,
    describe(text: string) {
      figure.setAttribute("aria-label", text);
    },
  };
}

/** Axes with titles, and faint grid lines behind the marks. */
export function drawAxes<X extends NumberValue | string, Y extends NumberValue | string>(
  { root, width, height, margin, scale }: Plot,
  x: AxisScale<X>,
  y: AxisScale<Y>,
  options: {
    readonly xTitle: string;
    readonly yTitle: string;
    readonly xTicks?: number | readonly X[];
    readonly yTicks?: number | readonly Y[];
    readonly xFormat?: (value: X, index: number) => string;
    readonly yFormat?: (value: Y, index: number) => string;
  },
): void {
  const bottom = axisBottom(x).tickSizeOuter(0).tickSizeInner(4);
  const left = axisLeft(y).tickSizeOuter(0).tickSizeInner(4);
  const { xTicks = Math.max(3, width / 90), yTicks = Math.max(3, height / 48), xFormat, yFormat } = options;
  if (typeof xTicks === "number") bottom.ticks(xTicks);
  else bottom.tickValues(xTicks as X[]);
  if (typeof yTicks === "number") left.ticks(yTicks);
  else left.tickValues(yTicks as Y[]);
  if (xFormat) bottom.tickFormat(xFormat);
  if (yFormat) left.tickFormat(yFormat);
  root
    .append("g")
    .attr("class", "axis axis-x")
    .attr("transform", `translate(0,${height - margin.bottom})`)
    .call(bottom);
  root
    .append("g")
    .attr("class", "axis axis-y")
    .attr("transform", `translate(${margin.left},0)`)
    .call(left)
    .call((g) =>
      g
        .selectAll<SVGLineElement, unknown>(".tick line")
        .filter(function () {
          // Only labelled ticks carry a grid line; a log axis has too many others.
          return this.parentElement?.querySelector("text")?.textContent !== "";
        })
        .clone()
        .attr("class", "grid-line")
        .attr("x2", width - margin.left - margin.right),
    );
  root
    .append("text")
    .attr("class", "axis-title")
    .attr("text-anchor", "end")
    .attr("x", width - margin.right)
    .attr("y", height - 4)
    .text(options.xTitle);
  root
    .append("text")
    .attr("class", "axis-title")
    .attr("x", 2)
    .attr("y", margin.top - 9 * scale)
    .text(options.yTitle);
}

/** Colour of the i-th series, as a CSS value. */
export function seriesColour(index: number): string {
  return `var(--series-${(index % 6) + 1})`;
}

/**
 * Swatches with names, for charts of several series; `expected` names the dashed line of what to expect, `hollow` the
 * series whose marks are rings.
 */
export function createKey() {
  const element = html("ul", { class: "key" });
  const item = (name: string, swatch: string, style = "") =>
    html("li", {}, html("span", { class: swatch, style }), name);
  return {
    element,
    update(names: readonly string[], expected?: string, hollow: readonly string[] = []) {
      element.replaceChildren(
        ...names.map((name, i) =>
          item(
            name,
            hollow.includes(name) ? "swatch swatch-hollow" : "swatch",
            `--swatch: ${seriesColour(i)}`,
          ),
        ),
      );
      if (expected) element.append(item(expected, "swatch swatch-line"));
    },
  };
}
