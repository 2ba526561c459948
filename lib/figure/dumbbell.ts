import { extent, pointer, scaleLinear } from "d3";
import { createChart, createKey, drawAxes, seriesColour } from "./chart.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";

/** One value a channel, before and after an operation. */
export interface DumbbellData {
  readonly name: string;
  readonly before: { readonly label: string; readonly values: Float32Array };
  readonly after: { readonly label: string; readonly values: Float32Array };
}

/** Channels in ascending order of their value before the operation; not-a-number last. */
export function orderByBefore(values: Float32Array): number[] {
  const rank = (c: number) => (Number.isNaN(values[c]) ? Infinity : values[c]!);
  return Array.from(values, (_, c) => c).sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)));
}

/** For each channel a stroke from its value before an operation to its value after it. */
export function createDumbbell() {
  let data: DumbbellData | null = null;
  let order: number[] = [];
  let current: number | null = null; // place in `order`
  const key = createKey();
  const readout = html("div", { class: "readout", role: "status" }, "\u00a0");
  const chart = createChart({
    label: "before and after",
    height: (width) => Math.max(180, Math.min(320, width * 0.4)),
    margin: { top: 20, right: 10, bottom: 38, left: 46 },
    draw(plot) {
      if (!data) return;
      const { root, width, height, margin } = plot;
      const { before, after } = data;
      const [low = 0, high = 1] = extent([...before.values, ...after.values, 0].filter(Number.isFinite));
      const x = scaleLinear([-0.5, order.length - 0.5], [margin.left, width - margin.right]);
      const y = scaleLinear([low, high || 1], [height - margin.bottom, margin.top]).nice();
      drawAxes(plot, x, y, { xTitle: `channels, by ${data.name} before`, yTitle: data.name, xTicks: [] });
      const radius = Math.max(1.2, Math.min(4, (0.4 * (width - margin.left)) / order.length));
      const places = order.map((channel, i) => ({ channel, x: x(i) }));
      root
        .append("g")
        .attr("class", "stems")
        .selectAll("line")
        .data(places)
        .join("line")
        .attr("x1", (p) => p.x)
        .attr("x2", (p) => p.x)
        .attr("y1", (p) => y(before.values[p.channel]!))
        .attr("y2", (p) => y(after.values[p.channel]!));
      [before, after].forEach(({ values }, series) =>
        root
          .append("g")
          .attr("class", "dots")
          .attr("fill", seriesColour(series))
          .selectAll("circle")
          .data(places)
          .join("circle")
          .attr("cx", (p) => p.x)
          .attr("cy", (p) => y(values[p.channel]!))
          .attr("r", radius),
      );
      const mark = root
        .append("line")
        .attr("class", "hover-line")
        .attr("y1", margin.top)
        .attr("y2", height - margin.bottom)
        .attr("visibility", "hidden");
      const show = (place: number | null) => {
        current = place;
        mark.attr("visibility", place === null ? "hidden" : null);
        if (place !== null) mark.attr("x1", x(place)).attr("x2", x(place));
        tell();
      };
      showAt = show;
      root
        .append("rect")
        .attr("class", "pointer-area")
        .attr("x", margin.left)
        .attr("y", 0)
        .attr("width", Math.max(0, width - margin.left - margin.right))
        .attr("height", height)
        .on("pointermove", (event: PointerEvent) =>
          show(Math.max(0, Math.min(order.length - 1, Math.round(x.invert(pointer(event)[0]))))),
        )
        .on("pointerleave", () => show(null));
    },
  });
  let showAt: ((place: number | null) => void) | null = null; // set by the drawing
  const element = html(
    "div",
    { class: "dumbbell", tabindex: 0, role: "group" },
    key.element,
    chart.element,
    readout,
  );

  function tell() {
    if (!data) return;
    const channel = current === null ? undefined : order[current];
    if (channel === undefined) readout.textContent = "hover, or use the arrow keys, for a channel's numbers";
    else
      readout.textContent = `channel ${channel}: ${data.name} ${formatValue(data.before.values[channel]!)} (${data.before.label}), ${formatValue(data.after.values[channel]!)} (${data.after.label})`;
  }

  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowRight: 1, ArrowLeft: -1 } as Record<string, number>)[event.key];
    if (!by || order.length === 0) return;
    event.preventDefault();
    showAt?.(Math.max(0, Math.min(order.length - 1, (current ?? -1) + by)));
  });

  return {
    element,
    update(next: DumbbellData) {
      data = next;
      order = orderByBefore(next.before.values);
      current = null;
      key.update([next.before.label, next.after.label]);
      element.setAttribute(
        "aria-label",
        `${next.name} of ${order.length} channels, ${next.before.label} and ${next.after.label}`,
      );
      chart.describe(`${next.name} of each channel, ${next.before.label} and ${next.after.label}`);
      chart.redraw();
      tell();
    },
  };
}
