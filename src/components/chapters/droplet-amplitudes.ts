import { scaleLinear } from "d3";
import { createChart, createKey, drawAxes, seriesColour } from "../../lib/figure/chart.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { slopeOf } from "../../lib/measure/slope.js";

/** Contrasts of pictures: asked for, shown, and shown once all spikes are painted out. */
export interface Amplitudes {
  readonly asked: Float32Array;
  readonly shown: Float32Array;
  readonly shownWithout: Float32Array;
}

/** Contrasts on the axes: the task asks for none above 1; what lies further out is drawn at the edge. */
const [ASKED, SHOWN] = [[0, 1.1], [-0.1, 1.2]] as const; // prettier-ignore

/** Contrast shown against contrast asked for, a dot for each held-out latent; on the dashed line they are equal. */
export function createAmplitudeChart(label: string) {
  let data: Amplitudes | null = null;
  const names = ["as it is", "spikes painted out"];
  const key = createKey();
  const words = html("p", { class: "readout" }, "\u00a0");
  const chart = createChart({
    label,
    height: (width) => Math.max(170, Math.min(240, width * 0.62)),
    margin: { top: 20, right: 10, bottom: 38, left: 40 },
    draw(plot) {
      const { root, width, height, margin } = plot;
      const x = scaleLinear(ASKED, [margin.left, width - margin.right]);
      const y = scaleLinear(SHOWN, [height - margin.bottom, margin.top]);
      drawAxes(plot, x, y, { xTitle: "contrast asked for", yTitle: "shown", xTicks: 5, yTicks: 4 });
      root
        .append("line")
        .attr("class", "expected-line")
        .attr("x1", x(0))
        .attr("y1", y(0))
        .attr("x2", x(ASKED[1]))
        .attr("y2", y(ASKED[1]));
      if (!data) return;
      const { asked, shown, shownWithout } = data;
      [shown, shownWithout].forEach((values, series) => {
        root
          .append("g")
          .attr("class", "dots")
          .attr("fill", series === 0 ? seriesColour(0) : "none")
          .attr("stroke", seriesColour(series))
          .selectAll("circle")
          .data(Array.from(values))
          .join("circle")
          .attr("cx", (_, i) => x(asked[i]!))
          .attr("cy", (value) => y(Math.max(SHOWN[0], Math.min(SHOWN[1], value))))
          .attr("r", 3.5);
      });
    },
  });
  key.update(names, "equal", names.slice(1));
  return {
    element: html("div", { class: "amplitudes" }, key.element, chart.element, words),
    update(next: Amplitudes) {
      data = next;
      const [as, without] = [next.shown, next.shownWithout].map((shown) => slopeOf(next.asked, shown));
      const text = Number.isNaN(as)
        ? "one contrast is asked for, so there is no slope"
        : `slope ${formatValue(as!)} as it is, ${formatValue(without!)} with spikes painted out`;
      words.textContent = text;
      words.dataset.slope = String(as);
      words.dataset.slopeWithout = String(without);
      chart.describe(`${label}: ${text}`);
      chart.redraw();
    },
  };
}
