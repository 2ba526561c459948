import { line, pointer, scaleLinear, scaleLog, scalePoint } from "d3";
import type { ChannelStatistics } from "../engine/protocol.js";
import { createChart, createKey, drawAxes, seriesColour } from "./chart.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";
import { nearestLayer, slantNames, withRoomForNames } from "./layer-axis.js";

/** One line of the chart: a value for each layer, `null` where there is none. */
export interface LayerSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/**
 * Standard deviation of a layer's output: the root mean square over channels of the standard deviations over
 * pixels.
 */
export function layerDeviation({ std }: Pick<ChannelStatistics, "std">): number {
  let sum = 0;
  for (const value of std) sum += value * value;
  return Math.sqrt(sum / std.length);
}

/**
 * Range of a log axis that holds all values > 0: whole powers of ten, at least a decade apart, and a bit below, so
 * that what lies on the lowest power does not lie on the axis.
 */
export function logDomain(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [10 ** -1.15, 10];
  const low = Math.floor(Math.log10(Math.min(...positive)) + 1e-9);
  const high = Math.ceil(Math.log10(Math.max(...positive)) - 1e-9);
  return [10 ** (low - 0.15), 10 ** Math.max(high, low + 1)];
}

/**
 * A value at each layer of a network, one line a variant, on a log or linear axis; an optional dashed line says
 * what to expect. Hover or arrow keys read a layer.
 */
export function createLayerChart(options: {
  readonly label: string;
  readonly yTitle: string;
  readonly log?: boolean;
  readonly expected?: { readonly value: number; readonly label: string };
}) {
  const { label, yTitle, log = true, expected } = options;
  let layers: readonly string[] = [];
  let series: readonly LayerSeries[] = [];
  let current: number | null = null;
  let showAt: ((place: number | null) => void) | null = null; // set by the drawing
  const key = createKey();
  const readout = html("div", { class: "readout", role: "status" }, "\u00a0");
  const chart = createChart({
    label,
    height: (width) => Math.max(240, Math.min(380, width * 0.5)),
    margin: { top: 22, right: 16, bottom: 86, left: 52 },
    draw(whole) {
      if (layers.length === 0) return;
      const plot = withRoomForNames(whole, layers); // which are known only now
      const { root, width, height, margin } = plot;
      const all = series.flatMap((s) => s.values.filter((v): v is number => v !== null));
      const values = expected ? [...all, expected.value] : all;
      const range = [height - margin.bottom, margin.top];
      const [least, most] = [Math.min(0, ...values), Math.max(0, ...values) || 1];
      const y = log ? scaleLog(logDomain(values), range) : scaleLinear([least, most], range).nice();
      const x = scalePoint(layers, [margin.left, width - margin.right]).padding(0.5);
      drawAxes(plot, x, y, {
        xTitle: "",
        yTitle,
        yTicks: 5,
        yFormat: (v) => (log && !/^(1|0\.0*1)0*$/.test(String(v)) ? "" : formatTick(Number(v))),
      });
      slantNames(plot, x.step());
      if (expected) {
        root
          .append("line")
          .attr("class", "expected-line")
          .attr("x1", margin.left)
          .attr("x2", width - margin.right)
          .attr("y1", y(expected.value))
          .attr("y2", y(expected.value));
      }
      const shown = (v: number | null): v is number => v !== null && Number.isFinite(v) && (!log || v > 0);
      const path = line<number | null>()
        .defined(shown)
        .x((_, i) => x(layers[i]!)!)
        .y((v) => y(v!));
      series.forEach((s, i) => {
        root
          .append("path")
          .attr("class", `series series-dash-${i % 6}`)
          .attr("stroke", seriesColour(i))
          .attr("d", path(s.values as (number | null)[]));
        root
          .append("g")
          .attr("class", "dots")
          .attr("fill", seriesColour(i))
          .selectAll("circle")
          .data(s.values.map((v, j) => ({ v, j })).filter((d) => shown(d.v)))
          .join("circle")
          .attr("cx", (d) => x(layers[d.j]!)!)
          .attr("cy", (d) => y(d.v!))
          .attr("r", 3.5);
      });
      const mark = root
        .append("line")
        .attr("class", "hover-line")
        .attr("y1", margin.top)
        .attr("y2", height - margin.bottom)
        .attr("visibility", "hidden");
      showAt = (index) => {
        current = index;
        mark.attr("visibility", index === null ? "hidden" : null);
        if (index !== null) mark.attr("x1", x(layers[index]!)!).attr("x2", x(layers[index]!)!);
        tell();
      };
      root
        .append("rect")
        .attr("class", "pointer-area")
        .attr("x", margin.left)
        .attr("y", 0)
        .attr("width", Math.max(0, width - margin.left - margin.right))
        .attr("height", height)
        .on("pointermove", (event: PointerEvent) => showAt?.(nearestLayer(x, layers, pointer(event)[0])))
        .on("pointerleave", () => showAt?.(null));
    },
  });
  const element = html(
    "div",
    {
      class: "layer-chart",
      tabindex: 0,
      role: "group",
      "aria-label": `${label}; arrow keys read the layers`,
    },
    key.element,
    chart.element,
    readout,
  );

  function tell() {
    if (current === null || layers[current] === undefined) {
      readout.textContent = "hover, or use the arrow keys, for a layer's numbers";
      return;
    }
    readout.replaceChildren(
      html("span", {}, layers[current]!),
      ...series.map((s) =>
        html(
          "span",
          {},
          `${s.label}: ${s.values[current!] == null ? "not yet" : formatValue(s.values[current!]!)}`,
        ),
      ),
    );
  }

  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowRight: 1, ArrowLeft: -1 } as Record<string, number>)[event.key];
    if (!by || layers.length === 0) return;
    event.preventDefault();
    showAt?.(Math.max(0, Math.min(layers.length - 1, (current ?? -1) + by)));
  });

  return {
    element,
    update(nextLayers: readonly string[], nextSeries: readonly LayerSeries[]) {
      layers = nextLayers;
      series = nextSeries;
      if (current !== null && current >= layers.length) current = null;
      key.update(
        series.map((s) => s.label),
        expected?.label,
      );
      chart.describe(
        `${label} at ${layers.length} layers: ${series.map((s) => `${s.label} ends at ${formatValue(s.values.findLast((v) => v !== null) ?? NaN)}`).join("; ")}`,
      );
      chart.redraw();
      tell();
    },
  };
}

function formatTick(value: number): string {
  return value >= 1e5 || (value > 0 && value < 1e-3)
    ? `1e${Math.round(Math.log10(value))}`
    : String(Number(value.toPrecision(3)));
}
