import { brush, extent, pointer, scaleLinear, select, type D3BrushEvent } from "d3";
import type { ChannelStatistics } from "../engine/protocol.js";
import { createChart, drawAxes, seriesColour, type Plot } from "./chart.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";

/** Statistics of the same channels at one stage of a computation. */
export interface Stage {
  readonly label: string;
  readonly statistics: ChannelStatistics;
}

/** Common axis ranges of all stages: means with zero inside, standard deviations from zero up, 5 % of room. */
export function momentDomains(stages: readonly Stage[]): { mean: [number, number]; std: [number, number] } {
  const means = stages.flatMap((stage) => Array.from(stage.statistics.mean).filter(Number.isFinite));
  const stds = stages.flatMap((stage) => Array.from(stage.statistics.std).filter(Number.isFinite));
  const [low = -1, high = 1] = extent([...means, 0]);
  const top = Math.max(...stds, 0) || 1;
  const room = 0.05 * (high - low || 1);
  return { mean: [low - room, high + room], std: [0, 1.05 * top] };
}

/**
 * Every channel as a point (mean, standard deviation), one panel a stage on common axes. Hovering names a
 * channel in all panels; brushing one panel picks channels out in the others; with the keyboard, the arrow keys
 * walk through the channels.
 */
export function createMoments(options: { readonly onOpen?: (channel: number) => void } = {}) {
  let stages: readonly Stage[] = [];
  let current: number | null = null;
  let brushed: ReadonlySet<number> | null = null;
  let domains = momentDomains([]);

  const panels = html("div", { class: "moments-panels" });
  const readout = html("div", { class: "readout", role: "status" }, "\u00a0");
  const element = html(
    "div",
    {
      class: "moments",
      tabindex: 0,
      role: "group",
      "aria-label": "mean and standard deviation of each channel; arrow keys walk through the channels",
    },
    panels,
    readout,
  );
  let charts: { redraw(): void; svg: SVGSVGElement; element: HTMLElement }[] = [];

  function drawPanel(plot: Plot, index: number) {
    const stage = stages[index];
    if (!stage) return;
    const { root, width, height, margin } = plot;
    const x = scaleLinear(domains.mean, [margin.left, width - margin.right]);
    const y = scaleLinear(domains.std, [height - margin.bottom, margin.top]);
    drawAxes(plot, x, y, { xTitle: "mean", yTitle: "std", xTicks: Math.max(3, width / 70) });
    root
      .append("line")
      .attr("class", "zero-line")
      .attr("x1", x(0))
      .attr("x2", x(0))
      .attr("y1", margin.top)
      .attr("y2", height - margin.bottom);
    const { mean, std } = stage.statistics;
    root
      .append("g")
      .attr("class", "dots")
      .attr("fill", seriesColour(index))
      .selectAll("circle")
      .data(
        Array.from(mean, (_, channel) => channel).filter(
          (c) => Number.isFinite(mean[c]) && Number.isFinite(std[c]),
        ),
      )
      .join("circle")
      .attr("cx", (c) => x(mean[c]!))
      .attr("cy", (c) => y(std[c]!))
      .attr("r", mean.length > 128 ? 2.5 : 3.5);
    const nearest = (event: MouseEvent) => {
      const [px, py] = pointer(event, root.node());
      let best = -1;
      let least = 24 * 24; // pixels squared
      for (let c = 0; c < mean.length; ++c) {
        const distance = (x(mean[c]!) - px) ** 2 + (y(std[c]!) - py) ** 2;
        if (distance < least) [best, least] = [c, distance];
      }
      return best < 0 ? null : best;
    };
    const selectArea = brush<unknown>()
      .extent([
        [margin.left, margin.top],
        [width - margin.right, height - margin.bottom],
      ])
      .on("brush end", (event: D3BrushEvent<unknown>) => {
        if (!event.sourceEvent) return;
        brushed = inside(
          event.selection as [[number, number], [number, number]] | null,
          x,
          y,
          stage.statistics,
        );
        paintState();
        tell();
      });
    const area = root.append("g").attr("class", "brush");
    selectArea(area);
    area
      .on("pointermove.read", (event: PointerEvent) => show(nearest(event)))
      .on("pointerleave.read", () => show(null))
      .on("dblclick", (event: MouseEvent) => {
        const channel = nearest(event);
        if (channel !== null) options.onOpen?.(channel);
      });
    paintState();
  }

  function paintState() {
    for (const chart of charts)
      select(chart.svg)
        .selectAll<SVGCircleElement, number>(".dots circle")
        .classed("is-faded", (c) => brushed !== null && !brushed.has(c))
        .classed("is-current", (c) => c === current);
  }

  function show(channel: number | null) {
    current = channel;
    paintState();
    for (const chart of charts) select(chart.svg).selectAll(".dots circle.is-current").raise();
    tell();
  }

  function tell() {
    if (current !== null) {
      readout.replaceChildren(
        html("span", {}, `channel ${current}`),
        ...stages.map(({ label, statistics }) =>
          html(
            "span",
            {},
            `${label}: mean ${formatValue(statistics.mean[current!]!)}, std ${formatValue(statistics.std[current!]!)}`,
          ),
        ),
      );
    } else if (brushed) {
      const list = [...brushed];
      const names = list.slice(0, 12).join(", ") + (list.length > 12 ? ", …" : "");
      readout.replaceChildren(
        html(
          "span",
          {},
          `${list.length} of ${stages[0]?.statistics.mean.length ?? 0} channels picked: ${names}`,
        ),
      );
    } else
      readout.textContent =
        "point at a dot, or use the arrow keys, for a channel's numbers; drag a rectangle to pick channels";
  }

  element.addEventListener("keydown", (event) => {
    const count = stages[0]?.statistics.mean.length ?? 0;
    const by = ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 } as Record<string, number>)[
      event.key
    ];
    if (event.key === "Enter" && current !== null) options.onOpen?.(current);
    if (event.key === "Escape") {
      brushed = null;
      return show(null);
    }
    if (!by || count === 0) return;
    event.preventDefault();
    show(((current ?? (by > 0 ? -1 : 0)) + by + count) % count);
  });

  return {
    element,
    update(next: readonly Stage[]) {
      stages = next;
      domains = momentDomains(next);
      brushed = null;
      current = null;
      if (charts.length !== next.length) {
        charts = next.map((stage, index) =>
          createChart({
            label: stage.label,
            height: (width) => Math.max(180, Math.min(300, width * 0.85)),
            margin: { top: 20, right: 10, bottom: 38, left: 46 },
            draw: (plot) => drawPanel(plot, index),
          }),
        );
      }
      panels.replaceChildren(
        ...next.map((stage, i) =>
          html(
            "div",
            { class: "panel" },
            html("h4", { style: `color: ${seriesColour(i)}` }, stage.label),
            charts[i]!.element,
          ),
        ),
      );
      next.forEach((stage, i) => charts[i]!.svg.setAttribute("aria-label", describeStage(stage)));
      for (const chart of charts) chart.redraw();
      tell();
    },
  };
}

/** One sentence on a stage: how far its means and standard deviations reach. */
export function describeStage({ label, statistics }: Stage): string {
  const range = (values: Float32Array) => {
    const [low = NaN, high = NaN] = extent(values);
    return `${formatValue(low)} to ${formatValue(high)}`;
  };
  return `${label}: ${statistics.mean.length} channels, means ${range(statistics.mean)}, standard deviations ${range(statistics.std)}`;
}

function inside(
  area: [[number, number], [number, number]] | null,
  x: (value: number) => number,
  y: (value: number) => number,
  { mean, std }: ChannelStatistics,
): ReadonlySet<number> | null {
  if (!area) return null;
  const [[left, top], [right, bottom]] = area;
  const channels = Array.from(mean, (_, channel) => channel);
  return new Set(
    channels.filter(
      (c) => x(mean[c]!) >= left && x(mean[c]!) <= right && y(std[c]!) >= top && y(std[c]!) <= bottom,
    ),
  );
}
