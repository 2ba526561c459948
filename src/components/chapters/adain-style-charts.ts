import { brush, extent, pointer, scaleLinear, type D3BrushEvent, type ScaleLinear } from "d3";
import { createChart, drawAxes, seriesColour, type Plot } from "../../lib/figure/chart.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import type { ChannelSpread, StyleSample } from "./adain-style-samples.js";

const MARGIN = { top: 22, right: 12, bottom: 38, left: 46 };
const NEAR = 24; // pixels

/** A range that holds all values and `anchor`, with 5 % of room on both sides. */
export function roomyRange(values: readonly number[], anchor: number): [number, number] {
  const [low = anchor - 1, high = anchor + 1] = extent([...values.filter(Number.isFinite), anchor]);
  const room = 0.05 * (high - low || 1);
  return [low - room, high + room];
}

type Axis = ScaleLinear<number, number>;
interface Point {
  readonly x: number;
  readonly y: number;
}

function axes(plot: Plot, points: readonly Point[], reach = points): { x: Axis; y: Axis } {
  const { root, width, height, margin } = plot;
  const x = scaleLinear(roomyRange(reach.map((p) => p.x), 1), [margin.left, width - margin.right]); // prettier-ignore
  const y = scaleLinear(roomyRange(reach.map((p) => p.y), 0), [height - margin.bottom, margin.top]); // prettier-ignore
  drawAxes(plot, x, y, { xTitle: "scale", yTitle: "shift", xTicks: Math.max(3, width / 80) });
  // Where the lines cross, a style changes nothing.
  const across = { x1: margin.left, x2: width - margin.right, y1: y(0), y2: y(0) };
  const up = { x1: x(1), x2: x(1), y1: margin.top, y2: height - margin.bottom };
  for (const line of [across, up]) {
    const node = root.append("line").attr("class", "zero-line");
    for (const [name, value] of Object.entries(line)) node.attr(name, value);
  }
  return { x, y };
}

/** Index of the point nearest to the pointer, null when none is near. */
function nearest(event: PointerEvent, node: SVGGElement | null, points: readonly Point[], x: Axis, y: Axis) {
  const [px, py] = pointer(event, node);
  let best: number | null = null;
  let least = NEAR * NEAR;
  points.forEach((point, i) => {
    const distance = (x(point.x) - px) ** 2 + (y(point.y) - py) ** 2;
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

/**
 * One dot a channel at its mean style over the seeds, with bars of one standard deviation. Click or arrow keys
 * choose a channel.
 */
export function createChannelChart(onChoose: (channel: number) => void) {
  let spreads: readonly ChannelSpread[] = [];
  let chosen = 0;
  const chart = createChart({
    label: "mean style of each channel",
    height: (width) => Math.max(240, Math.min(360, width * 0.8)),
    margin: MARGIN,
    draw(plot) {
      if (spreads.length === 0) return;
      const points = spreads.map(({ scale, shift }) => ({ x: scale.mean, y: shift.mean }));
      const ends = spreads.flatMap(({ scale, shift }) =>
        [-1, 1].map((sign) => ({ x: scale.mean + sign * scale.std, y: shift.mean + sign * shift.std })),
      );
      const { x, y } = axes(plot, points, ends);
      const bars = plot.root.append("g").attr("class", "style-bars");
      for (const { channel, scale, shift } of spreads) {
        const arms = [
          [x(scale.mean - scale.std), y(shift.mean), x(scale.mean + scale.std), y(shift.mean)],
          [x(scale.mean), y(shift.mean - shift.std), x(scale.mean), y(shift.mean + shift.std)],
        ];
        for (const [x1, y1, x2, y2] of arms)
          bars.append("line").classed("is-current", channel === chosen).attr("x1", x1!).attr("y1", y1!).attr("x2", x2!).attr("y2", y2!); // prettier-ignore
      }
      const dots = plot.root.append("g").attr("class", "dots").attr("fill", seriesColour(0));
      dots
        .selectAll("circle")
        .data(points)
        .join("circle")
        .attr("cx", (p) => x(p.x))
        .attr("cy", (p) => y(p.y))
        .attr("r", (_, i) => (i === chosen ? 5 : 2.5))
        .classed("is-current", (_, i) => i === chosen);
      dots.selectAll(".is-current").raise();
      plot.root
        .append("rect")
        .attr("class", "pointer-area")
        .attr("width", plot.width)
        .attr("height", plot.height)
        .on("click", (event: PointerEvent) => {
          const index = nearest(event, plot.root.node(), points, x, y);
          if (index !== null) onChoose(spreads[index]!.channel);
        });
    },
  });
  const element = html(
    "div",
    {
      class: "style-chart",
      tabindex: 0,
      role: "group",
      "aria-label": "mean style of each channel; arrow keys choose a channel",
    },
    chart.element,
  );
  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 } as Record<string, number>)[
      event.key
    ];
    if (!by || spreads.length === 0) return;
    event.preventDefault();
    onChoose((chosen + by + spreads.length) % spreads.length);
  });
  return {
    element,
    update(next: readonly ChannelSpread[], channel: number) {
      spreads = next;
      chosen = channel;
      chart.describe(
        `mean scale and shift of ${next.length} channels over the seeds, channel ${channel} chosen`,
      );
      chart.redraw();
    },
  };
}

/**
 * One dot a seed: the style that A gives one channel. Dragging a rectangle picks seeds; with the keyboard, arrow
 * keys walk from seed to seed and Enter picks one or lets it go.
 */
export function createSeedChart(onPick: (seeds: readonly number[]) => void) {
  let samples: readonly StyleSample[] = [];
  let channel = 0;
  let picked: ReadonlySet<number> = new Set();
  let current: number | null = null;
  let showAt: (index: number | null) => void = () => undefined;
  const readout = html("div", { class: "readout", role: "status" }, "\u00a0");

  const points = () => samples.map(({ scale, shift }) => ({ x: scale[channel]!, y: shift[channel]! }));
  const chart = createChart({
    label: "style of one channel for each seed",
    height: (width) => Math.max(240, Math.min(360, width * 0.8)),
    margin: MARGIN,
    draw(plot) {
      if (samples.length === 0) return;
      const places = points();
      const { x, y } = axes(plot, places);
      const { margin, width, height } = plot;
      const dots = plot.root.append("g").attr("class", "dots").attr("fill", seriesColour(1));
      const circles = dots
        .selectAll("circle")
        .data(places)
        .join("circle")
        .attr("cx", (p) => x(p.x))
        .attr("cy", (p) => y(p.y))
        .attr("r", (_, i) => (picked.has(samples[i]!.seed) ? 5 : 3.5))
        .attr("fill", (_, i) => seriesColour(picked.has(samples[i]!.seed) ? 2 : 1));
      showAt = (index) => {
        current = index;
        circles.classed("is-current", (_, i) => i === index);
        tell();
      };
      const area = brush<unknown>()
        .extent([
          [margin.left, margin.top],
          [width - margin.right, height - margin.bottom],
        ]) // prettier-ignore
        .on("end", (event: D3BrushEvent<unknown>) => {
          if (!event.sourceEvent) return;
          const box = event.selection as [[number, number], [number, number]] | null;
          if (!box) return;
          const [[left, top], [right, bottom]] = box;
          const inside = (p: Point) => x(p.x) >= left && x(p.x) <= right && y(p.y) >= top && y(p.y) <= bottom;
          onPick(samples.filter((_, i) => inside(places[i]!)).map(({ seed }) => seed));
        });
      plot.root
        .append("g")
        .attr("class", "brush")
        .call(area)
        .on("pointermove.read", (event: PointerEvent) =>
          showAt(nearest(event, plot.root.node(), places, x, y)),
        )
        .on("pointerleave.read", () => showAt(null));
    },
  });
  const element = html(
    "div",
    {
      class: "style-chart",
      tabindex: 0,
      role: "group",
      "aria-label": "style of one channel for each seed; arrow keys walk through the seeds, Enter picks one",
    },
    chart.element,
    readout,
  );
  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 } as Record<string, number>)[
      event.key
    ];
    if (event.key === "Enter" && current !== null) {
      const { seed } = samples[current]!;
      onPick(picked.has(seed) ? [...picked].filter((other) => other !== seed) : [...picked, seed]);
      event.preventDefault();
    }
    if (!by || samples.length === 0) return;
    event.preventDefault();
    showAt(((current ?? (by > 0 ? -1 : 0)) + by + samples.length) % samples.length);
  });

  function tell() {
    const sample = current === null ? undefined : samples[current];
    readout.textContent = sample
      ? `seed ${sample.seed}: scale ${formatValue(sample.scale[channel]!)}, shift ${formatValue(sample.shift[channel]!)}`
      : "hover, or use the arrow keys, for a seed's numbers; drag a rectangle, or press Enter, to see pictures";
  }

  return {
    element,
    update(next: readonly StyleSample[], nextChannel: number, seeds: readonly number[]) {
      samples = next;
      channel = nextChannel;
      picked = new Set(seeds);
      if (current !== null && current >= samples.length) current = null;
      chart.describe(
        `scale and shift of channel ${channel} for ${samples.length} seeds, ${picked.size} picked`,
      );
      chart.redraw();
      tell();
    },
  };
}
