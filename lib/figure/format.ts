import { format } from "d3";

const fixed = format(".2f");
const small = format(".2~e");
const large = format(",.0f");
const tenths = format(",.1f");

/** A number as the figures print it: three significant places, a true minus sign, exponents only when needed. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.01 || size >= 1e6) return small(value).replace("-", "−");
  const text =
    size >= 1000
      ? large(value)
      : size >= 100
        ? format(".1f")(value)
        : size < 1
          ? format(".3f")(value)
          : fixed(value);
  return text.replace("-", "−");
}

/** Bytes in kB, MB or GB (10^3, 10^6, 10^9), as downloads are counted. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10000 ? 2 : 1)} s`;
}

/** A count with its unit's prefix: 30.4 M, 512. */
export function formatCount(count: number): string {
  return format(".3~s")(count)
    .replace(/([kMGT])$/, " $1")
    .replace(/G$/, "G");
}

/** Milliseconds to a tenth, without the unit: 0.4, 12.0, 1,250.3. */
export function formatMilliseconds(milliseconds: number): string {
  return tenths(milliseconds);
}
