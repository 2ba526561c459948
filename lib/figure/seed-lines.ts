import { line, pointer, scaleLog, scalePoint } from "d3";
import { createChart, drawAxes, seriesColour } from "./chart.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";
import { nearestLayer, slantNames, withRoomForNames } from "./layer-axis.js";

/** A value at each layer for one seed, or for a run to compare with; `null` where there is none yet. */
export interface SeedLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly control?: boolean;
  /** Index of a layer that a ring marks on the line. */
  readonly mark?: number | null;
}

/** Median of some numbers; null for none. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * A value at each layer for many seeds: a thin line a seed, their median bold, a control dashed in another colour, rings at
 * the marked layers, and a dashed level to compare with. Left and right arrows read a layer, up and down a seed.
 */
export function createSeedLines(options: {
  readonly label: string;
  readonly yTitle: string;
  readonly level: { readonly value: number; readonly label: string };
  /** What the rings mean. */
  readonly markLabel: string;
}) {
  const { label, yTitle, level, markLabel } = options;
  let layers: readonly string[] = [];
  let lines: readonly SeedLine[] = [];
  let layer: number | null = null;
  let seed: number | null = null;
  let mark: (() => void) | null = null; // set by the drawing
  const key = html("ul", { class: "key" });
  const readout = html("div", { class: "readout", role: "status" }, "\u00a0");

  const chart = createChart({
    label,
    height: (width) => Math.max(260, Math.min(400, width * 0.5)),
    margin: { top: 22, right: 16, bottom: 86, left: 48 },
    draw(whole) {
      if (layers.length === 0) return;
      const plot = withRoomForNames(whole, layers);
      const { root, width, height, margin } = plot;
      const values = lines.flatMap((l) => l.values.filter((v): v is number => v !== null && v > 0));
      const most = Math.max(level.value * 2, ...values);
      const y = scaleLog([Math.min(1, ...values) * 0.9, most * 1.15], [height - margin.bottom, margin.top]);
      const x = scalePoint(layers, [margin.left, width - margin.right]).padding(0.5);
      drawAxes(plot, x, y, {
        xTitle: "",
        yTitle,
        yTicks: [1, 2, 3, 6, 10, 20, 30, 60, 100, 300, 1000].filter((v) => v <= most * 1.15),
        yFormat: String,
      });
      slantNames(plot, x.step());
      root
        .append("line")
        .attr("class", "expected-line")
        .attr("x1", margin.left)
        .attr("x2", width - margin.right)
        .attr("y1", y(level.value))
        .attr("y2", y(level.value));
      const path = line<number | null>()
        .defined((v) => v !== null && v > 0)
        .x((_, i) => x(layers[i]!)!)
        .y((v) => y(v!));
      const paths = root
        .append("g")
        .attr("class", "seed-lines")
        .selectAll("path")
        .data(lines)
        .join("path")
        .attr("class", (l) => (l.control ? "seed-line is-control" : "seed-line"))
        .attr("d", (l) => path(l.values as (number | null)[]));
      root
        .append("path")
        .attr("class", "seed-median")
        .attr("d", path(medians() as (number | null)[]));
      root
        .append("g")
        .attr("class", "seed-marks")
        .selectAll("circle")
        .data(lines.filter((l) => l.mark != null && l.values[l.mark] != null))
        .join("circle")
        .attr("class", (l) => (l.control ? "seed-mark is-control" : "seed-mark"))
        .attr("cx", (l) => x(layers[l.mark!]!)!)
        .attr("cy", (l) => y(l.values[l.mark!]!))
        .attr("r", 5 * plot.scale);
      const rule = root
        .append("line")
        .attr("class", "hover-line")
        .attr("y1", margin.top)
        .attr("y2", height - margin.bottom);
      mark = () => {
        const at = layer === null ? undefined : x(layers[layer]!);
        rule.attr("visibility", at === undefined ? "hidden" : null);
        if (at !== undefined) rule.attr("x1", at).attr("x2", at);
        paths.classed("is-current", (_, i) => i === seed);
        tell();
      };
      mark();
      root
        .append("rect")
        .attr("class", "pointer-area")
        .attr("x", margin.left)
        .attr("width", Math.max(0, width - margin.left - margin.right))
        .attr("height", height)
        .on("pointermove", (event: PointerEvent) => {
          const [px, py] = pointer(event);
          layer = nearestLayer(x, layers, px);
          const gaps = lines.map(({ values }) =>
            Math.abs((values[layer!] ? y(values[layer!]!) : Infinity) - py),
          );
          const least = Math.min(...gaps);
          seed = least < 24 ? gaps.indexOf(least) : null;
          mark?.();
        })
        .on("pointerleave", () => {
          [layer, seed] = [null, null];
          mark?.();
        });
    },
  });
  const element = html(
    "div",
    {
      class: "seed-lines-chart",
      tabindex: 0,
      role: "group",
      "aria-label": `${label}; left and right arrows read the layers, up and down the seeds`,
    },
    key,
    chart.element,
    readout,
  );

  function medians(): (number | null)[] {
    const seeds = lines.filter(({ control }) => !control);
    return layers.map((_, i) => medianOf(seeds.map(({ values }) => values[i]).filter((v) => v != null)));
  }

  function tell() {
    if (layer === null) {
      readout.textContent = "hover, or use the arrow keys, for numbers";
      return;
    }
    const at = layer;
    const middle = medians()[at];
    const seeds = lines.filter((l) => !l.control).map(({ values }) => values[at]);
    const known = seeds.filter((v): v is number => v != null);
    const one = seed === null ? undefined : lines[seed];
    const parts = [
      layers[at]!,
      middle === null ? "no value yet" : `median ${formatValue(middle!)} of ${known.length} seeds`,
      known.length > 1 ? `${formatValue(Math.min(...known))} to ${formatValue(Math.max(...known))}` : "",
      one && one.values[at] != null ? `${one.label}: ${formatValue(one.values[at]!)}` : "",
    ];
    readout.replaceChildren(...parts.filter(Boolean).map((part) => html("span", {}, part)));
  }

  element.addEventListener("keydown", (event) => {
    if (layers.length === 0) return;
    const clamp = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
    if (event.key === "ArrowRight" || event.key === "ArrowLeft")
      layer = clamp((layer ?? -1) + (event.key === "ArrowRight" ? 1 : -1), layers.length);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      layer ??= layers.length - 1;
      seed = clamp((seed ?? -1) + (event.key === "ArrowDown" ? 1 : -1), lines.length);
    } else return;
    event.preventDefault();
    mark?.();
  });

  return {
    element,
    update(nextLayers: readonly string[], nextLines: readonly SeedLine[]) {
      layers = nextLayers;
      lines = nextLines;
      if (layer !== null && layer >= layers.length) layer = null;
      if (seed !== null && seed >= lines.length) seed = null;
      const item = (name: string, swatch: string, style = "") =>
        html("li", {}, html("span", { class: swatch, style }), name);
      const controls = lines.filter(({ control }) => control);
      key.replaceChildren(
        item("one seed", "swatch swatch-thin"),
        item("median of the seeds", "swatch", `--swatch: ${seriesColour(0)}`),
        ...controls.map(({ label: name }) => item(name, "swatch", `--swatch: ${seriesColour(1)}`)),
        item(level.label, "swatch swatch-line"),
        ...(lines.some(({ mark: at }) => at != null) ? [item(markLabel, "swatch swatch-ring")] : []),
      );
      const end = medians().findLast((v) => v !== null);
      chart.describe(
        `${label} at ${layers.length} layers for ${lines.length - controls.length} seeds; the median ends at ${formatValue(end ?? NaN)}`,
      );
      chart.redraw();
      tell();
    },
  };
}
