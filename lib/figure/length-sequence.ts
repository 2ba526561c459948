import { bin, extent, line, max, scaleLinear, ticks } from "d3";
import { createChart, drawAxes, seriesColour } from "./chart.js";
import { formatValue } from "./format.js";

export interface LengthSequence {
  /** Of seed 0, seed 1 and so on. */
  readonly values: readonly number[];
  /** How many there will be. */
  readonly count: number;
  /** The moving mean after each of them. */
  readonly moving: readonly number[];
  readonly mean: number;
}

/**
 * Path lengths as they come in, seed by seed, with their moving mean; and at the side the histogram of all of them, on
 * the same axis.
 */
export function createLengthSequence(label: string) {
  let data: LengthSequence = { values: [], count: 1, moving: [], mean: NaN };
  const chart = createChart({
    label,
    height: (width) => Math.max(230, Math.min(340, width * 0.42)),
    margin: { top: 22, right: 10, bottom: 38, left: 56 },
    draw(plot) {
      const { root, width, height, margin } = plot;
      const { values, count, moving, mean } = data;
      if (values.length === 0) return;
      const split = margin.left + 0.74 * (width - margin.left - margin.right);
      const [, top = 1] = extent([...values, ...moving]);
      const x = scaleLinear([-1, count], [margin.left, split]); // the moving mean starts before seed 0
      const y = scaleLinear([0, top * 1.05], [height - margin.bottom, margin.top]).nice();
      const xTicks = ticks(0, count - 1, width < 500 ? 3 : 6).filter(Number.isInteger);
      drawAxes(plot, x, y, { xTitle: "", yTitle: "path length", xTicks, xFormat: String });
      root
        .append("text")
        .attr("class", "axis-title")
        .attr("text-anchor", "end")
        .attr("x", split)
        .attr("y", height - 4)
        .text("seed");
      root
        .append("g")
        .attr("class", "dots")
        .attr("fill", seriesColour(0))
        .selectAll("circle")
        .data(values)
        .join("circle")
        .attr("cx", (_, i) => x(i))
        .attr("cy", (value) => y(value))
        .attr("r", 2.6);
      const highest = values.indexOf(Math.max(...values));
      root
        .append("text")
        .attr("class", "length-name")
        .attr("x", x(highest) + 6)
        .attr("y", y(values[highest]!) + 4)
        .text(`seed ${highest}`);
      root
        .append("path")
        .attr("class", "moving-mean")
        .attr("data-link", "pl-mean")
        .attr("d", line<number>((_, i) => x(i - 1), y)([0, ...moving])!);
      const bars = bin<number, number>().domain([0, y.domain()[1]!]).thresholds(28)([...values]);
      const most = max(bars, ({ length }) => length) ?? 1;
      const wide = scaleLinear([0, most], [0, width - margin.right - split - 12]);
      root
        .append("g")
        .attr("class", "bars")
        .attr("fill", seriesColour(0))
        .selectAll("rect")
        .data(bars.filter(({ length }) => length > 0))
        .join("rect")
        .attr("x", split + 12)
        .attr("width", ({ length }) => wide(length))
        .attr("y", ({ x1 }) => y(x1!) + 0.5)
        .attr("height", ({ x0, x1 }) => Math.max(1, y(x0!) - y(x1!) - 1));
      root
        .append("line")
        .attr("class", "expected-line")
        .attr("x1", margin.left)
        .attr("x2", width - margin.right)
        .attr("y1", y(mean))
        .attr("y2", y(mean));
    },
  });
  return {
    element: chart.element,
    update(next: LengthSequence) {
      data = next;
      chart.describe(
        `${label}: ${next.values.length} of ${next.count} seeds, mean ${formatValue(next.mean)}, moving mean now ${formatValue(next.moving.at(-1) ?? 0)}`,
      );
      chart.redraw();
    },
  };
}
