import { max, min, scaleBand, scaleLinear } from "d3";
import { createChart, drawAxes, seriesColour } from "./chart.js";
import { formatValue } from "./format.js";

export interface Bar {
  readonly label: string;
  readonly value: number;
}

/** A bar a name, values written above (below, when negative) the bars. */
export function createBars(options: {
  readonly label: string;
  readonly yTitle: string;
  readonly height?: number;
}) {
  let bars: readonly Bar[] = [];
  const chart = createChart({
    label: options.label,
    height: options.height ?? 220,
    margin: { top: 24, right: 10, bottom: 36, left: 48 },
    draw(plot) {
      const { root, width, height, margin } = plot;
      if (bars.length === 0) return;
      const x = scaleBand(
        bars.map((bar) => bar.label),
        [margin.left, width - margin.right],
      ).padding(0.25);
      const low = Math.min(0, min(bars, (bar) => bar.value) ?? 0);
      const high = Math.max(0, max(bars, (bar) => bar.value) ?? 0);
      const y = scaleLinear([low, high === low ? 1 : high], [height - margin.bottom, margin.top]).nice();
      drawAxes(plot, x, y, { xTitle: "", yTitle: options.yTitle });
      root
        .append("g")
        .attr("class", "bars")
        .selectAll("rect")
        .data(bars)
        .join("rect")
        .attr("x", (bar) => x(bar.label)!)
        .attr("width", x.bandwidth())
        .attr("y", (bar) => y(Math.max(0, bar.value)))
        .attr("height", (bar) => Math.abs(y(bar.value) - y(0)))
        .attr("fill", seriesColour(0));
      root
        .append("g")
        .attr("class", "bar-values")
        .selectAll("text")
        .data(bars)
        .join("text")
        .attr("x", (bar) => x(bar.label)! + x.bandwidth() / 2)
        .attr("y", (bar) => (bar.value < 0 ? y(bar.value) + 14 : y(bar.value) - 4))
        .attr("text-anchor", "middle")
        .text((bar) => formatValue(bar.value));
    },
  });
  return {
    element: chart.element,
    update(next: readonly Bar[]) {
      bars = next;
      chart.describe(
        `${options.label}: ${next.map((bar) => `${bar.label} ${formatValue(bar.value)}`).join(", ")}`,
      );
      chart.redraw();
    },
  };
}
