import { scaleLinear, scaleSymlog } from "d3";
import { createChart, drawAxes } from "./chart.js";
import { formatCount, formatValue } from "./format.js";

export interface HistogramData {
  /** Bin edges, one more than counts, ascending. */
  readonly edges: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

/** Where a histogram's marks stand: mean line, one-std band, colour of a bar by its value. */
export interface HistogramMarks {
  readonly mean?: number;
  readonly std?: number;
  readonly colour?: (value: number) => string;
}

/**
 * A histogram with a logarithmic count axis (linear near zero), so that the few pixels of a spike can be seen
 * beside the bulk.
 */
export function createHistogram(label: string, xTitle = "value", yTitle = "pixels") {
  let data: HistogramData | null = null;
  let marks: HistogramMarks = {};
  const chart = createChart({
    label,
    height: (width) => Math.max(130, Math.min(200, width * 0.5)),
    margin: { top: 18, right: 10, bottom: 36, left: 44 },
    draw(plot) {
      if (!data || data.counts.length === 0) return;
      const { root, width, height, margin } = plot;
      const { edges, counts } = data;
      const top = Math.max(1, ...Array.from(counts));
      const x = scaleLinear([edges[0]!, edges[counts.length]!], [margin.left, width - margin.right]);
      const y = scaleSymlog([0, top], [height - margin.bottom, margin.top]).constant(1);
      drawAxes(plot, x, y, {
        xTitle,
        yTitle,
        xTicks: Math.max(3, width / 70),
        yTicks: powersOfTen(top),
        yFormat: (v) => formatCount(Number(v)),
      });
      if (marks.mean !== undefined && marks.std !== undefined)
        root
          .append("rect")
          .attr("class", "std-band")
          .attr("x", x(Math.max(edges[0]!, marks.mean - marks.std)))
          .attr(
            "width",
            Math.max(
              0,
              x(Math.min(edges[counts.length]!, marks.mean + marks.std)) -
                x(Math.max(edges[0]!, marks.mean - marks.std)),
            ),
          )
          .attr("y", margin.top)
          .attr("height", height - margin.top - margin.bottom);
      root
        .append("g")
        .attr("class", "bars")
        .selectAll("rect")
        .data(Array.from(counts))
        .join("rect")
        .attr("x", (_, i) => x(edges[i]!))
        .attr("width", (_, i) => Math.max(0.5, x(edges[i + 1]!) - x(edges[i]!) - 0.5))
        .attr("y", (count) => y(count))
        .attr("height", (count) => y(0) - y(count))
        .attr("fill", (_, i) => marks.colour?.((edges[i]! + edges[i + 1]!) / 2) ?? "var(--series-1)");
      if (marks.mean !== undefined)
        root
          .append("line")
          .attr("class", "mean-line")
          .attr("x1", x(marks.mean))
          .attr("x2", x(marks.mean))
          .attr("y1", margin.top)
          .attr("y2", height - margin.bottom);
    },
  });
  return {
    element: chart.element,
    update(next: HistogramData, nextMarks: HistogramMarks = {}) {
      data = next;
      marks = nextMarks;
      const last = next.edges[next.counts.length] ?? NaN;
      const mean = nextMarks.mean === undefined ? "" : `, mean ${formatValue(nextMarks.mean)}`;
      chart.describe(
        `${label}: histogram of ${next.counts.length} bins from ${formatValue(next.edges[0] ?? NaN)} to ${formatValue(last)}${mean}`,
      );
      chart.redraw();
    },
  };
}

/** 0 and the powers of ten up to `top`, at most five of them. */
export function powersOfTen(top: number): number[] {
  const most = Math.floor(Math.log10(Math.max(1, top)));
  const stride = Math.max(1, Math.ceil(most / 4));
  const powers = [0];
  for (let power = 0; power <= most; power += stride) powers.push(10 ** power);
  return powers;
}
