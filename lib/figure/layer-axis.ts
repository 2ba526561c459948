import type { ScalePoint } from "d3";
import type { Plot } from "./chart.js";

// What the charts share whose x axis has a name for each layer, or each resolution.

// Lengths are pixels at a scale of 1, of the charts' letters.
const ANGLE = 55; // degrees
const LINE = 11; // between two slanted names' baselines, so that they can be told apart
const LETTER = 7; // width of a letter of an upright name
const GAP = 4; // between two upright names
const SLANTED_LETTER = 5.6; // how far a letter of a slanted name reaches down
const UNDER_AXIS = 24; // from the axis to the first letter, and below the last one

/** The chart's place with the room that the slanted names of the layers take under it. */
export function withRoomForNames(plot: Plot, layers: readonly string[]): Plot {
  const longest = Math.max(...layers.map((name) => name.length));
  return {
    ...plot,
    margin: { ...plot.margin, bottom: plot.scale * (UNDER_AXIS + SLANTED_LETTER * longest) },
  };
}

/** Slants the names of an axis of layers `step` pixels apart; where they would overlap, every second one stays, or third. */
export function slantNames({ root, scale }: Plot, step: number): void {
  const every = nameEvery(step / scale);
  root
    .selectAll(".axis-x text")
    .attr("transform", `rotate(-${ANGLE})`)
    .attr("text-anchor", "end")
    .attr("dx", "-0.5em")
    .attr("dy", "0.2em")
    .filter((_, i) => i % every !== 0)
    .remove();
}

/** @returns n such that every n-th name has room, `step` being the distance of two layers at a scale of 1 */
export function nameEvery(step: number): number {
  return Math.max(1, Math.ceil(LINE / (Math.max(step, 1) * Math.sin((ANGLE * Math.PI) / 180))));
}

/** Takes every second name, or more, off an axis of upright names where they would run into each other. */
export function thinNames({ root, scale }: Plot, step: number): void {
  const names = root.selectAll<SVGTextElement, string>(".axis-x text");
  const longest = Math.max(...names.data().map((name) => name.length));
  const every = Math.max(1, Math.ceil((LETTER * longest + GAP) / Math.max(step / scale, 1)));
  names.filter((_, i) => i % every !== 0).remove();
}

/** Index of the layer nearest to a place along the axis. */
export function nearestLayer(x: ScalePoint<string>, layers: readonly string[], px: number): number {
  return Math.max(0, Math.min(layers.length - 1, Math.round((px - x(layers[0]!)!) / (x.step() || 1))));
}
