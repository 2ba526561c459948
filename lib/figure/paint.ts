import type { ColourScale } from "./colour.js";
import { tableIndex } from "./colour.js";

/**
 * Colours `count` values from `offset` on. Writes RGBA bytes into `out`, from its start.
 * @throws {RangeError} when `out` is too small
 */
export function paint(
  values: Float32Array,
  scale: ColourScale,
  out: Uint8ClampedArray,
  offset = 0,
  count = values.length - offset,
): void {
  if (out.length < 4 * count)
    throw new RangeError(`${count} pixels need ${4 * count} bytes, not ${out.length}`);
  const { table, domain } = scale;
  for (let i = 0; i < count; ++i) {
    const entry = 4 * tableIndex(values[offset + i]!, domain[0], domain[1]);
    out[4 * i] = table[entry]!;
    out[4 * i + 1] = table[entry + 1]!;
    out[4 * i + 2] = table[entry + 2]!;
    out[4 * i + 3] = table[entry + 3]!;
  }
}

/**
 * A magnitude m such that `share` of the values lie within [-m, m], from at most `samples` evenly spaced ones.
 * Values that are not finite do not count; 1 when all values are zero.
 */
export function robustMagnitude(values: Float32Array, share = 0.995, samples = 16384): number {
  const stride = Math.max(1, Math.floor(values.length / samples));
  const sizes: number[] = [];
  for (let i = 0; i < values.length; i += stride)
    if (Number.isFinite(values[i]!)) sizes.push(Math.abs(values[i]!));
  sizes.sort((a, b) => a - b);
  const magnitude = sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] ?? 0;
  return magnitude > 0 ? magnitude : maxMagnitude(values);
}

/** The largest |value|; 1 when all values are zero. */
export function maxMagnitude(values: Float32Array): number {
  let magnitude = 0;
  for (const value of values)
    if (Number.isFinite(value) && Math.abs(value) > magnitude) magnitude = Math.abs(value);
  return magnitude > 0 ? magnitude : 1;
}
