import { extent, pointer, scaleLinear, scaleLog } from "d3";
import { createChart, drawAxes, seriesColour } from "./chart.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";

export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/**
 * Points (expected, measured) with the identity line: what lies on it came out as expected. Both axes share one
 * range. Hover or arrow keys read a point.
 */
export function createIdentityScatter(options: {
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly log?: boolean;
}) {
  let points: readonly ScatterPoint[] = [];
  let current: number | null = null;
  let showAt: ((place: number | null) => void) | null = null; // set by the drawing
  const readout = html("div", { class: "readout", role: "status" }, "\u00a0");
  const chart = createChart({
    label: options.label,
    height: (width) => Math.max(240, Math.min(420, width)),
    margin: { top: 22, right: 14, bottom: 40, left: 56 },
    draw(plot) {
      const { root, width, height, margin } = plot;
      if (points.length === 0) return;
      const numbers = points
        .flatMap((p) => [p.x, p.y])
        .filter((v) => Number.isFinite(v) && (!options.log || v > 0));
      const [low = 0, high = 1] = extent(numbers);
      const scale = () => {
        if (options.log) return scaleLog([low, high === low ? low * 10 : high], [0, 1]).nice();
        const from = Math.min(0, low);
        return scaleLinear([from, high === from ? from + 1 : high], [0, 1]).nice();
      };
      const x = scale().range([margin.left, width - margin.right]);
      const y = scale().range([height - margin.bottom, margin.top]);
      drawAxes(plot, x, y, { xTitle: options.xTitle, yTitle: options.yTitle, xTicks: 5, yTicks: 5 });
      const [from, to] = x.domain() as [number, number];
      root
        .append("line")
        .attr("class", "expected-line")
        .attr("x1", x(from))
        .attr("y1", y(from))
        .attr("x2", x(to))
        .attr("y2", y(to));
      const places = points.map((p) => ({ px: x(p.x), py: y(p.y) }));
      const dots = root
        .append("g")
        .attr("class", "dots")
        .attr("fill", seriesColour(0))
        .selectAll("circle")
        .data(places.filter((p) => Number.isFinite(p.px + p.py)))
        .join("circle")
        .attr("cx", (p) => p.px)
        .attr("cy", (p) => p.py)
        .attr("r", points.length > 128 ? 2.5 : 4);
      showAt = (index) => {
        current = index;
        dots.classed("is-current", (p) => index !== null && p === places[index]);
        tell();
      };
      root
        .append("rect")
        .attr("class", "pointer-area")
        .attr("width", width)
        .attr("height", height)
        .on("pointermove", (event: PointerEvent) => {
          const [px, py] = pointer(event);
          let best: number | null = null;
          let least = 30 * 30; // pixels squared
          places.forEach((p, i) => {
            const distance = (p.px - px) ** 2 + (p.py - py) ** 2;
            if (distance < least) [best, least] = [i, distance];
          });
          showAt?.(best);
        })
        .on("pointerleave", () => showAt?.(null));
    },
  });
  const element = html(
    "div",
    {
      class: "scatter",
      tabindex: 0,
      role: "group",
      "aria-label": `${options.label}; arrow keys read the points`,
    },
    chart.element,
    readout,
  );

  function tell() {
    const point = current === null ? undefined : points[current];
    readout.textContent = point
      ? `${point.label}: ${options.xTitle} ${formatValue(point.x)}, ${options.yTitle} ${formatValue(point.y)}`
      : "hover, or use the arrow keys, for a point's numbers";
  }
  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowRight: 1, ArrowLeft: -1 } as Record<string, number>)[event.key];
    if (!by || points.length === 0) return;
    event.preventDefault();
    showAt?.(((((current ?? -1) + by) % points.length) + points.length) % points.length);
  });

  return {
    element,
    update(next: readonly ScatterPoint[]) {
      points = next;
      current = null;
      chart.describe(`${options.label}: ${next.length} points, ${options.yTitle} against ${options.xTitle}`);
      chart.redraw();
      tell();
    },
  };
}
