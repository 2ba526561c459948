import { interpolateLab, interpolateViridis, piecewise } from "d3";
import type { Theme } from "./theme.js";

/** Entries of a colour table: an odd number, so that zero has an entry of its own in the middle. */
export const TABLE_SIZE = 257;

/** What a value looks like. `table` holds TABLE_SIZE RGBA colours and one more, for values that are not finite. */
export interface ColourScale {
  readonly kind: "diverging" | "sequential";
  readonly domain: readonly [number, number];
  readonly table: Uint8ClampedArray;
  /** The CSS colour of a value; values beyond the domain take the colour of its end. */
  colour(value: number): string;
}

// Blue and orange differ in hue for every common colour blindness, and the two arms have equal lightness.
const DIVERGING: Record<Theme, (t: number) => string> = {
  light: piecewise(interpolateLab, [
    "#0b3c6f",
    "#2f7ebc",
    "#a9cbe3",
    "#f6f4f0",
    "#f3bf8f",
    "#cf6a1b",
    "#74320a",
  ]),
  dark: piecewise(interpolateLab, [
    "#d3ecff",
    "#62b4f2",
    "#1f5f96",
    "#17181a",
    "#8f4a12",
    "#f0953c",
    "#ffe8cc",
  ]),
};
const NOT_FINITE = [255, 0, 255, 255];

const tables = new Map<string, Uint8ClampedArray>();

/**
 * Feature maps: zero in the middle, negative blue, positive orange.
 * @param magnitude half the width of the domain, > 0
 */
export function divergingScale(magnitude: number, theme: Theme = "light"): ColourScale {
  if (!(magnitude > 0 && Number.isFinite(magnitude)))
    throw new RangeError(`a colour scale needs a finite magnitude above 0, not ${magnitude}`);
  return scaleOf("diverging", [-magnitude, magnitude], DIVERGING[theme], theme);
}

/** Statistics and differences: from `low` (dark) to `high` (bright). */
export function sequentialScale(high: number, low = 0): ColourScale {
  if (!(high > low && Number.isFinite(high - low)))
    throw new RangeError(`a colour scale needs low < high, not ${low} and ${high}`);
  return scaleOf("sequential", [low, high], interpolateViridis, "");
}

/** Index into a scale's table: the nearest entry; TABLE_SIZE for a value that is not finite. */
export function tableIndex(value: number, low: number, high: number): number {
  if (!Number.isFinite(value)) return TABLE_SIZE;
  const t = (value - low) / (high - low);
  return t <= 0 ? 0 : t >= 1 ? TABLE_SIZE - 1 : Math.round(t * (TABLE_SIZE - 1));
}

function scaleOf(
  kind: ColourScale["kind"],
  domain: readonly [number, number],
  interpolate: (t: number) => string,
  theme: string,
): ColourScale {
  const key = kind + theme;
  let table = tables.get(key);
  if (!table) tables.set(key, (table = colourTable(interpolate)));
  const colours = table;
  return {
    kind,
    domain,
    table,
    colour(value) {
      const i = 4 * tableIndex(value, domain[0], domain[1]);
      return `rgb(${colours[i]}, ${colours[i + 1]}, ${colours[i + 2]})`;
    },
  };
}

function colourTable(interpolate: (t: number) => string): Uint8ClampedArray {
  const table = new Uint8ClampedArray(4 * (TABLE_SIZE + 1));
  for (let i = 0; i < TABLE_SIZE; ++i)
    table.set([...channels(interpolate(i / (TABLE_SIZE - 1))), 255], 4 * i);
  table.set(NOT_FINITE, 4 * TABLE_SIZE);
  return table;
}

function channels(colour: string): number[] {
  if (colour.startsWith("#")) return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  return colour
    .match(/[\d.]+/g)!
    .slice(0, 3)
    .map(Number);
}
