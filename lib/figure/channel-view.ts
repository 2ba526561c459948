import type { View } from "../engine/protocol.js";
import { divergingScale } from "./colour.js";
import { segmentedControl } from "./controls.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";
import { createHistogram } from "./histogram.js";
import { createLegend } from "./legend.js";
import { maxMagnitude, paint, robustMagnitude } from "./paint.js";
import { onThemeChange, pageTheme } from "./theme.js";

export type ChannelView = Extract<View, { kind: "channel" }>;
type Extent = "bulk" | "full";

/**
 * One channel of a feature map at full resolution, with its histogram and statistics. Pointer or arrow keys
 * (Shift: 16 pixels) read single values.
 */
export function createChannelView(options: {
  readonly onClose?: () => void;
  readonly onStep?: (by: -1 | 1) => void;
}) {
  let view: ChannelView | null = null;
  let extent: Extent = "bulk";
  let cursor: { x: number; y: number } | null = null;

  const title = html("h4", { class: "channel-title" });
  const canvas = html("canvas", { class: "channel-canvas", width: 1, height: 1, "aria-hidden": "true" });
  const cross = html("span", { class: "channel-cross", hidden: true, "aria-hidden": "true" });
  const map = html(
    "div",
    {
      class: "channel-map",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "feature map, read with the arrow keys",
    },
    canvas,
    cross,
  );
  const readout = html("p", { class: "readout", role: "status" }, "\u00a0");
  const legend = createLegend();
  const histogram = createHistogram("values of the channel");
  const statistics = html("dl", { class: "statistics" });
  const extents = segmentedControl<Extent>({
    label: "colour scale",
    choices: [
      { value: "bulk", label: "99.5 %", title: "the scale spans 99.5 % of the values" },
      { value: "full", label: "full range", title: "the scale reaches the largest value" },
    ],
    value: extent,
    onInput: (value) => {
      extent = value;
      draw();
    },
  });
  const button = (text: string, label: string, act: () => void) =>
    html("button", { type: "button", class: "plain", "aria-label": label, onclick: act }, text);
  const element = html(
    "section",
    { class: "channel", "aria-label": "one channel" },
    html(
      "div",
      { class: "channel-head" },
      title,
      options.onStep && button("‹", "previous channel", () => options.onStep?.(-1)),
      options.onStep && button("›", "next channel", () => options.onStep?.(1)),
      options.onClose && button("×", "close the channel", () => options.onClose?.()),
    ),
    html(
      "div",
      { class: "channel-body" },
      html("div", {}, map, readout),
      html("div", { class: "channel-side" }, legend.element, extents.element, histogram.element, statistics),
    ),
  );

  function draw() {
    if (!view) return;
    const magnitude = extent === "bulk" ? robustMagnitude(view.values) : maxMagnitude(view.values);
    const scale = divergingScale(magnitude, pageTheme());
    canvas.width = view.width;
    canvas.height = view.height;
    const image = new ImageData(view.width, view.height);
    paint(view.values, scale, image.data);
    canvas.getContext("2d")!.putImageData(image, 0, 0);
    legend.update(scale, "activation");
    histogram.update(view.histogram, {
      mean: view.statistics.mean,
      std: view.statistics.std,
      colour: (x) => scale.colour(x),
    });
  }

  function read() {
    cross.hidden = !cursor;
    if (!view || !cursor) {
      readout.textContent = "\u00a0";
      return;
    }
    const value = view.values[cursor.y * view.width + cursor.x]!;
    const deviations = (value - view.statistics.mean) / view.statistics.std;
    readout.textContent = `(${cursor.x}, ${cursor.y}): ${formatValue(value)}, ${formatValue(deviations)} std from the mean`;
    cross.style.left = `${(100 * (cursor.x + 0.5)) / view.width}%`;
    cross.style.top = `${(100 * (cursor.y + 0.5)) / view.height}%`;
  }

  canvas.addEventListener("pointermove", (event) => {
    if (!view) return;
    const box = canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * view.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * view.height);
    cursor = { x: Math.min(view.width - 1, Math.max(0, x)), y: Math.min(view.height - 1, Math.max(0, y)) };
    read();
  });
  map.addEventListener("keydown", (event) => {
    const step: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const by = step[event.key];
    if (event.key === "Escape") return options.onClose?.();
    if (!by || !view) return;
    event.preventDefault();
    const from = cursor ?? { x: view.width >> 1, y: view.height >> 1 };
    const stride = event.shiftKey ? 16 : 1;
    cursor = {
      x: Math.min(view.width - 1, Math.max(0, from.x + stride * by[0])),
      y: Math.min(view.height - 1, Math.max(0, from.y + stride * by[1])),
    };
    read();
  });
  onThemeChange(draw);

  return {
    element,
    canvas,
    update(next: ChannelView) {
      view = next;
      title.textContent = `${next.tap}, channel ${next.channel}`;
      map.setAttribute(
        "aria-label",
        `${next.tap}, channel ${next.channel}, ${next.width} by ${next.height} values`,
      );
      const { mean, std, min, max, peak } = next.statistics;
      const rows: [string, number][] = [
        ["min", min],
        ["mean", mean],
        ["max", max],
        ["std", std],
        ["peak", peak],
      ];
      statistics.replaceChildren(
        ...rows.map(([name, value]) =>
          html("div", {}, html("dt", {}, name), html("dd", {}, formatValue(value))),
        ),
      );
      if (cursor && (cursor.x >= next.width || cursor.y >= next.height)) cursor = null;
      draw();
      read();
    },
  };
}
