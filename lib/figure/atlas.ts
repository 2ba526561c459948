import type { View } from "../engine/protocol.js";
import { divergingScale, type ColourScale } from "./colour.js";
import { segmentedControl } from "./controls.js";
import { html, onWidth, uniqueId } from "./dom.js";
import { formatValue } from "./format.js";
import { cellAt, cellByKey, cellOrigin, layoutGrid, visibleCells, type Grid } from "./grid.js";
import { createLegend } from "./legend.js";
import { ORDERS, orderChannels, type Order } from "./order.js";
import { maxMagnitude, paint, robustMagnitude } from "./paint.js";
import { onThemeChange, pageTheme } from "./theme.js";

export type AtlasView = Extract<View, { kind: "atlas" }>;
type Scaling = "shared" | "own";

const LEAST_CELL = 44;
const ORDER_LABELS: Record<Order, string> = { index: "index", mean: "mean", std: "std", peak: "peak" };

/**
 * All channels of a feature map as thumbnails on one canvas. Only the rows in view are drawn, so that 512
 * channels cost no more than a screenful. Pointer or arrow keys read a channel, click or Enter opens it.
 */
export function createAtlas(options: {
  readonly label?: string;
  readonly onOpen: (channel: number) => void;
}) {
  const label = options.label ?? "channels of the feature map";
  let view: AtlasView | null = null;
  let order: Order = "index";
  let scaling: Scaling = "shared";
  let channels: number[] = [];
  let grid: Grid = layoutGrid(0, 1, LEAST_CELL);
  let active = 0; // place in `channels`, not a channel
  let opened: number | null = null;
  let pointed: { index: number; u: number; v: number } | null = null;
  const sprite = document.createElement("canvas");

  const optionId = uniqueId("atlas-channel");
  const option = html(
    "div",
    { id: optionId, role: "option", class: "visually-hidden", "aria-selected": "false" },
    "no channels yet",
  );
  const canvas = html("canvas", { class: "atlas-canvas", "aria-hidden": "true" });
  const spacer = html("div", { class: "atlas-spacer", role: "presentation" }, canvas);
  const scroller = html(
    "div",
    {
      class: "atlas-scroller",
      tabindex: 0,
      role: "listbox",
      "aria-label": label,
      "aria-activedescendant": optionId,
    },
    option,
    spacer,
  );
  const readout = html("p", { class: "readout" }, "\u00a0");
  const legend = createLegend();
  const sorter = segmentedControl({
    label: "sort by",
    choices: ORDERS.map((value) => ({ value, label: ORDER_LABELS[value] })),
    value: order,
    onInput: (value) => {
      order = value;
      sort();
    },
  });
  const scaler = segmentedControl<Scaling>({
    label: "colour scale",
    choices: [
      { value: "shared", label: "shared", title: "one scale for all channels" },
      { value: "own", label: "per channel", title: "each channel fills the scale" },
    ],
    value: scaling,
    onInput: (value) => {
      scaling = value;
      colour();
    },
  });
  const element = html(
    "div",
    { class: "atlas" },
    html("div", { class: "toolbar" }, sorter.element, scaler.element, legend.element),
    scroller,
    readout,
  );

  function sort() {
    if (!view) return;
    const channel = channels[active];
    channels = orderChannels(view.statistics, order);
    active = channel === undefined ? 0 : Math.max(0, channels.indexOf(channel));
    draw();
    describe();
  }

  /** Colours every thumbnail once, side by side in a sprite that `draw` copies from. */
  function colour() {
    if (!view) return;
    const { size, shape, thumbnails } = view;
    const count = shape[2];
    const columns = Math.ceil(Math.sqrt(count));
    sprite.width = columns * size;
    sprite.height = Math.ceil(count / columns) * size;
    const context = sprite.getContext("2d")!;
    const image = context.createImageData(size, size);
    const theme = pageTheme();
    const shared = divergingScale(robustMagnitude(thumbnails), theme);
    for (let channel = 0; channel < count; ++channel) {
      const offset = channel * size * size;
      const scale: ColourScale =
        scaling === "shared"
          ? shared
          : divergingScale(maxMagnitude(thumbnails.subarray(offset, offset + size * size)), theme);
      paint(thumbnails, scale, image.data, offset, size * size);
      context.putImageData(image, (channel % columns) * size, Math.floor(channel / columns) * size);
    }
    if (scaling === "shared") legend.update(shared, "activation");
    else legend.update(divergingScale(1, theme), "activation / largest of its channel");
    draw();
  }

  function draw() {
    if (!view || grid.width <= 1) return;
    const ratio = devicePixelRatio || 1;
    const height = Math.min(scroller.clientHeight || grid.height, grid.height);
    canvas.width = Math.round(grid.width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${grid.width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    context.translate(0, -scroller.scrollTop);
    const { size } = view;
    const columns = sprite.width / size;
    context.imageSmoothingEnabled = size > grid.cell * ratio;
    const [first, last] = visibleCells(grid, scroller.scrollTop, height);
    for (let i = first; i < last; ++i) {
      const channel = channels[i]!;
      const { x, y } = cellOrigin(grid, i);
      const [sx, sy] = [(channel % columns) * size, Math.floor(channel / columns) * size];
      context.drawImage(sprite, sx, sy, size, size, x, y, grid.cell, grid.cell);
      if (channel === opened) outline(context, x, y, "--accent", 2);
      if (i === active && document.activeElement === scroller) outline(context, x, y, "--ink", 3);
      else if (i === pointed?.index) outline(context, x, y, "--ink", 1.5);
    }
  }

  function outline(context: CanvasRenderingContext2D, x: number, y: number, ink: string, width: number) {
    context.strokeStyle = getComputedStyle(element).getPropertyValue(ink) || "#000";
    context.lineWidth = width;
    context.strokeRect(x + width / 2, y + width / 2, grid.cell - width, grid.cell - width);
  }

  function describe() {
    if (!view) return;
    const place = pointed ?? { index: active, u: -1, v: -1 };
    const channel = channels[place.index];
    if (channel === undefined) return;
    const { statistics, size, shape } = view;
    const parts = [
      `channel ${channel}`,
      `mean ${formatValue(statistics.mean[channel]!)}`,
      `std ${formatValue(statistics.std[channel]!)}`,
      `peak ${formatValue(statistics.peak[channel]!)}`,
    ];
    if (place.u >= 0) {
      const [i, j] = [Math.floor(place.u * size), Math.floor(place.v * size)];
      const [x, y] = [Math.floor(place.u * shape[1]), Math.floor(place.v * shape[0])];
      const mean = size < shape[0] ? ` (mean of ${shape[1] / size} × ${shape[0] / size})` : "";
      parts.push(`at (${x}, ${y}): ${formatValue(view.thumbnails[(channel * size + j) * size + i]!)}${mean}`);
    }
    readout.replaceChildren(...parts.map((part) => html("span", {}, part)));
    const current = channels[active]!;
    option.textContent = `channel ${current}, mean ${formatValue(statistics.mean[current]!)}, standard deviation ${formatValue(statistics.std[current]!)}, peak ${formatValue(statistics.peak[current]!)}`;
    option.setAttribute("aria-posinset", String(active + 1));
    option.setAttribute("aria-setsize", String(channels.length));
    option.setAttribute("aria-selected", String(current === opened));
  }

  function arrange(width: number) {
    grid = layoutGrid(channels.length, width, Math.max(LEAST_CELL, Math.min(72, width / 16)));
    spacer.style.height = `${grid.height}px`;
    draw();
  }

  function open(index: number) {
    const channel = channels[index];
    if (channel === undefined) return;
    active = index;
    options.onOpen(channel);
  }

  const place = (event: PointerEvent | MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return cellAt(grid, event.clientX - box.left, event.clientY - box.top + scroller.scrollTop);
  };
  canvas.addEventListener("pointermove", (event) => {
    pointed = place(event);
    describe();
    draw();
  });
  canvas.addEventListener("pointerleave", () => {
    pointed = null;
    describe();
    draw();
  });
  canvas.addEventListener("click", (event) => {
    const cell = place(event);
    if (cell) open(cell.index);
  });
  scroller.addEventListener("scroll", draw);
  scroller.addEventListener("focus", () => (describe(), draw()));
  scroller.addEventListener("blur", draw);
  scroller.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return open(active);
    }
    const next = cellByKey(grid, active, event.key);
    if (next === null) return;
    event.preventDefault();
    active = next;
    pointed = null;
    const { y } = cellOrigin(grid, active);
    if (y < scroller.scrollTop) scroller.scrollTop = y;
    if (y + grid.cell > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = y + grid.cell - scroller.clientHeight;
    describe();
    draw();
  });
  onThemeChange(colour);
  const rearrange = onWidth(spacer, arrange);

  return {
    element,
    /** Shows a layer; `selected` is the channel that is open, if any. */
    update(next: AtlasView, selected: number | null = opened) {
      const another = view?.tap !== next.tap;
      view = next;
      opened = selected;
      channels = orderChannels(next.statistics, order);
      if (another) {
        active = selected === null ? 0 : Math.max(0, channels.indexOf(selected));
        scroller.scrollTop = 0;
      }
      pointed = null;
      scroller.setAttribute("aria-label", `${next.shape[2]} ${label} ${next.tap}`);
      colour();
      rearrange();
      describe();
    },
    select(channel: number | null) {
      opened = channel;
      if (channel !== null) active = Math.max(0, channels.indexOf(channel));
      draw();
      describe();
    },
  };
}
