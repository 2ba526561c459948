import { line, pointer, scaleLinear, scaleLog } from "d3";
import { createChart, createKey, drawAxes, seriesColour } from "./chart.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";

/** A curve: points in ascending order of x. */
export interface Curve {
  readonly label: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** Ends of an axis that holds all values; a log axis leaves out what it cannot show. */
export function curveDomain(values: readonly number[], log: boolean): [number, number] {
  const shown = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (shown.length === 0) return log ? [0.1, 1] : [0, 1];
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  if (!log) return [Math.min(0, least), most > 0 ? 1.05 * most : 1];
  return [least / 1.25, Math.max(most * 1.25, least * 2)];
}

/** The point of a curve whose x is nearest; null for a curve without points. */
export function nearestPoint(points: Curve["points"], x: number): Curve["points"][number] | null {
  return points.reduce<Curve["points"][number] | null>(
    (best, point) => (best && Math.abs(best.x - x) <= Math.abs(point.x - x) ? best : point),
    null,
  );
}

/**
 * Curves over a numeric axis, such as the loss over training steps; an optional dashed line says what to compare with.
 * Pointer or arrow keys read a place.
 *
 *     const chart = createCurveChart({ label: "loss", xTitle: "step", yTitle: "loss", log: true });
 *     chart.update([{ label: "AdaIN", points: [{ x: 0, y: 0.3 }] }], { value: 0.06, label: "one contrast" });
 */
export function createCurveChart(options: {
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly log?: boolean;
  /** A logarithmic x axis, for factors. */
  readonly logX?: boolean;
  /** The x axis reaches at least this far. */
  readonly reach?: number;
  readonly height?: number;
}) {
  const { label, xTitle, yTitle, log = false, logX = false, reach = 0, height = 200 } = options;
  let curves: readonly Curve[] = [];
  let dots: readonly boolean[] = [];
  let expected: { readonly value: number; readonly label: string } | null = null;
  let at: number | null = null;
  let showAt: ((x: number | null) => void) | null = null; // set by the drawing
  const key = createKey();
  const readout = html("div", { class: "readout", role: "status" }, "\u00a0");
  const chart = createChart({
    label,
    height,
    margin: { top: 22, right: 14, bottom: 38, left: 52 },
    draw(plot) {
      const { root, width, height: tall, margin } = plot;
      const points = curves.flatMap((curve) => curve.points);
      const ys = [...points.map(({ y }) => y), ...(expected ? [expected.value] : [])];
      const xs = points.map(({ x }) => x);
      const [left, right] = [margin.left, width - margin.right];
      const x = logX
        ? scaleLog(curveDomain(xs, true), [left, right]).base(2)
        : scaleLinear([0, Math.max(reach, ...xs, 1)], [left, right]);
      const range = [tall - margin.bottom, margin.top];
      const domain = curveDomain(ys, log);
      const y = log ? scaleLog(domain, range) : scaleLinear(domain, range).nice();
      drawAxes(plot, x, y, {
        xTitle,
        yTitle,
        xTicks: 6,
        yTicks: 4,
        ...(log && { yFormat: logTick(domain) }),
        ...(logX && { xFormat: factorTick }),
      });
      if (expected)
        root
          .append("line")
          .attr("class", "expected-line")
          .attr("x1", left)
          .attr("x2", right)
          .attr("y1", y(expected.value))
          .attr("y2", y(expected.value));
      const path = line<{ x: number; y: number }>()
        .defined(({ y: value }) => Number.isFinite(value) && (!log || value > 0))
        .x((p) => x(p.x))
        .y((p) => y(p.y));
      curves.forEach((curve, i) => {
        root
          .append("path")
          .attr("class", `series series-dash-${i % 6}`)
          .attr("stroke", seriesColour(i))
          .attr("d", path(curve.points as { x: number; y: number }[]));
        if (dots[i])
          root
            .append("g")
            .attr("class", "dots")
            .attr("fill", seriesColour(i))
            .selectAll("circle")
            .data(curve.points.filter((p) => Number.isFinite(p.y) && (!log || p.y > 0)))
            .join("circle")
            .attr("cx", (p) => x(p.x))
            .attr("cy", (p) => y(p.y))
            .attr("r", 3.5);
      });
      const mark = root
        .append("line")
        .attr("class", "hover-line")
        .attr("y1", margin.top)
        .attr("y2", tall - margin.bottom)
        .attr("visibility", "hidden");
      showAt = (value) => {
        at = value;
        mark.attr("visibility", value === null ? "hidden" : null);
        if (value !== null) mark.attr("x1", x(value)).attr("x2", x(value));
        tell();
      };
      root
        .append("rect")
        .attr("class", "pointer-area")
        .attr("x", left)
        .attr("width", Math.max(0, right - left))
        .attr("height", tall)
        .on("pointermove", (event: PointerEvent) => {
          const found = nearestPoint(points, x.invert(pointer(event)[0]));
          showAt?.(found && found.x);
        })
        .on("pointerleave", () => showAt?.(null));
    },
  });
  const element = html(
    "div",
    {
      class: "curve-chart",
      tabindex: 0,
      role: "group",
      "aria-label": `${label}; arrow keys read the curves`,
    },
    key.element,
    chart.element,
    readout,
  );

  function tell() {
    if (at === null || curves.every(({ points }) => points.length === 0)) {
      readout.textContent = "hover, or use the arrow keys, for numbers";
      return;
    }
    const place = at;
    readout.replaceChildren(
      html("span", {}, `${xTitle} ${formatValue(place)}`),
      ...curves.map((curve) => {
        const found = nearestPoint(curve.points, place);
        return html("span", {}, `${curve.label}: ${found ? formatValue(found.y) : "none"}`);
      }),
    );
  }
  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowRight: 1, ArrowLeft: -1 } as Record<string, number>)[event.key];
    const places = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
      (a, b) => a - b,
    );
    if (!by || places.length === 0) return;
    event.preventDefault();
    const now = at === null ? (by > 0 ? -1 : places.length) : places.indexOf(nearestPlace(places, at));
    showAt?.(places[Math.max(0, Math.min(places.length - 1, now + by))]!);
  });

  return {
    element,
    /** `withDots`: which curves also show their points. */
    update(
      next: readonly Curve[],
      line: { readonly value: number; readonly label: string } | null = null,
      withDots: readonly boolean[] = [],
    ) {
      curves = next;
      expected = line;
      dots = withDots;
      key.update(
        next.map((curve) => curve.label),
        line?.label,
      );
      chart.describe(
        `${label}: ${next.map((curve) => `${curve.label} ends at ${formatValue(curve.points.at(-1)?.y ?? NaN)}`).join("; ")}`,
      );
      chart.redraw();
      tell();
    },
  };
}

function nearestPlace(places: readonly number[], x: number): number {
  return places.reduce((best, place) => (Math.abs(place - x) < Math.abs(best - x) ? place : best));
}

/** Names 1, 2 and 5 times powers of ten where the axis is short, else powers of ten alone. */
function logTick([low, high]: readonly [number, number]) {
  const short = high / low < 200;
  return (value: number) => {
    const digit = Math.round(value / 10 ** Math.floor(Math.log10(value) + 1e-9));
    return digit === 1 || (short && (digit === 2 || digit === 5)) ? String(Number(value.toPrecision(3))) : "";
  };
}

/** Factors as fractions and multiples: ⅛ is written 1/8. */
function factorTick(value: number): string {
  const power = Math.log2(value);
  if (Math.abs(power - Math.round(power)) > 1e-6) return "";
  return value < 1 ? `1/${Math.round(1 / value)}` : String(Math.round(value));
}
