import {
  max,
  min,
  scaleBand,
  scaleLinear,
  scaleLog,
  type NumberValue,
  type ScaleContinuousNumeric,
} from "d3";
import { createChart, drawAxes, seriesColour } from "./chart.js";
import { formatValue } from "./format.js";

/** A sample of one quantity, with its mean and how sure that is. */
export interface IntervalRow {
  readonly label: string;
  readonly values: readonly number[];
  readonly mean: number;
  /** Half of the error bar. */
  readonly error: number;
}

/**
 * Samples side by side: a dot a value, and the mean with its error bar beside them. The axis is logarithmic where the
 * values are more than ten times apart.
 */
export function createIntervalChart(options: { readonly label: string; readonly xTitle: string }) {
  let rows: readonly IntervalRow[] = [];
  const chart = createChart({
    label: options.label,
    height: () => 52 + 56 * Math.max(1, rows.length),
    margin: { top: 10, right: 16, bottom: 38, left: 12 },
    draw(plot) {
      const { root, width, height, margin, scale: type } = plot;
      const all = rows.flatMap(({ values, mean, error }) => [...values, mean - error, mean + error]);
      const positive = all.filter((value) => value > 0 && Number.isFinite(value));
      if (positive.length === 0) return;
      const low = min(positive)! / 1.05;
      const high = max(positive)! * 1.05;
      const across = [margin.left, width - margin.right];
      const x = high > 10 * low ? scaleLog([low, high], across) : scaleLinear([low, high], across);
      x.nice();
      const y = scaleBand(
        rows.map(({ label }) => label),
        [margin.top, height - margin.bottom],
      );
      drawAxes(plot, x, y, {
        xTitle: options.xTitle,
        yTitle: "",
        xTicks: width < 500 ? 3 : 6,
        yFormat: () => "",
        xFormat: (value) => tickText(x, width < 500 ? 3 : 6, value),
      });
      rows.forEach(({ label, values, mean, error }, i) => {
        const top = y(label)!;
        const band = y.bandwidth();
        const colour = seriesColour(i);
        root
          .append("text")
          .attr("class", "interval-label")
          .attr("x", margin.left + 2)
          .attr("y", top + 12 * type)
          .text(label);
        root
          .append("g")
          .attr("class", "interval-dots")
          .attr("fill", colour)
          .selectAll("circle")
          .data(values.filter((value) => value > 0))
          .join("circle")
          .attr("cx", (value) => x(value))
          .attr("cy", (_, k) => top + band * (0.62 + 0.07 * (((k * 7) % 5) - 2))) // spread, so that few hide others
          .attr("r", 2.2 * type);
        if (!Number.isFinite(mean + error)) return;
        const centre = top + band * 0.62;
        const bar = root.append("g").attr("class", "interval-mean");
        const from = x(Math.max(x.domain()[0]!, mean - error));
        bar.append("path").attr("d", `M${from},${centre}H${x(mean + error)}`);
        for (const end of [from, x(mean + error)])
          bar.append("path").attr("d", `M${end},${centre - 8 * type}v${16 * type}`);
        bar
          .append("circle")
          .attr("cx", x(mean))
          .attr("cy", centre)
          .attr("r", 5 * type);
      });
    },
  });
  return {
    element: chart.element,
    update(next: readonly IntervalRow[]) {
      rows = next;
      chart.describe(
        `${options.label}: ${next.map(({ label, values, mean, error }) => `${label} ${formatValue(mean)} plus or minus ${formatValue(error)}, of ${values.length} values`).join("; ")}`,
      );
      chart.redraw();
    },
  };
}

/** A tick as a plain number; nothing for those that a crowded logarithmic axis leaves without. */
function tickText(x: ScaleContinuousNumeric<number, number>, count: number, value: NumberValue): string {
  return x.tickFormat(count, "~g")(value) === "" ? "" : String(Number(Number(value).toPrecision(3)));
}
