import { scaleLinear, ticks } from "d3";
import type { ColourScale } from "./colour.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";

/** A colour bar with ticks. `update(scale, label)` draws it. */
export function createLegend() {
  const label = html("span", { class: "legend-label" });
  const bar = html("span", { class: "legend-bar" });
  const axis = html("span", { class: "legend-axis" });
  const element = html(
    "div",
    { class: "legend", role: "img", "aria-label": "colour scale" },
    label,
    html("span", { class: "legend-scale" }, bar, axis),
  );
  return {
    element,
    update(scale: ColourScale, text: string) {
      const [low, high] = scale.domain;
      const place = scaleLinear([low, high], [0, 100]);
      const stops = Array.from({ length: 17 }, (_, i) => scale.colour(low + ((high - low) * i) / 16));
      label.textContent = text;
      bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
      axis.replaceChildren(
        ...fittingTicks(low, high).map((value) =>
          html("span", { class: "legend-tick", style: `left: ${place(value)}%` }, formatTick(value)),
        ),
      );
      element.setAttribute(
        "aria-label",
        `colour scale, ${text}: ${formatValue(low)} to ${formatValue(high)}`,
      );
    },
  };
}

const ROOM = 20; // characters that the bar has room for, a gap behind each tick counted as one

/** Ticks of the bar, fewer of them where their numbers would run into each other, but two. */
export function fittingTicks(low: number, high: number): readonly number[] {
  const most = ticks(low, high, 4);
  const fits = (values: readonly number[]) =>
    values.length > 1 && values.reduce((sum, value) => sum + formatTick(value).length + 1, 0) <= ROOM;
  return [most, ticks(low, high, 3), ticks(low, high, 2)].find(fits) ?? [most[0]!, most.at(-1)!];
}

function formatTick(value: number): string {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}
