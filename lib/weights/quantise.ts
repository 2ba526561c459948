import { toFloat16Bits } from "../checkpoint/dtype.js";
import type { SafetensorsTensor } from "../checkpoint/writeSafetensors.js";
import type { WeightDtype } from "./manifest.js";

/** Largest finite half-precision number. */
const MAX_HALF = 65504;

/**
 * Bytes with a scale per output channel (the first axis).
 *
 * 1. scale[o] = max |row o| / 127, 1 for a row of zeros.
 * 2. q = value / scale[o], rounded to the nearest integer.
 *
 * The error of a value is at most scale[o] / 2.
 */
export function quantiseRows(
  data: Float32Array,
  rows: number,
): { q: Int8Array<ArrayBuffer>; scale: Float32Array<ArrayBuffer> } {
  const q = new Int8Array(data.length);
  const scale = new Float32Array(rows);
  const length = data.length / rows;
  for (let o = 0; o < rows; ++o) {
    let max = 0;
    for (let i = o * length; i < (o + 1) * length; ++i) max = Math.max(max, Math.abs(data[i]!));
    scale[o] = max / 127 || 1;
    const s = scale[o]!;
    for (let i = o * length; i < (o + 1) * length; ++i) q[i] = Math.round(data[i]! / s);
  }
  return { q, scale };
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/**
 * One parameter as the tensors a shard stores it in. Vectors and scalars stay float32 whatever the dtype: they are
 * small, and biases and noise strengths are added to everything. So does what half precision cannot hold.
 */
export function encodeParameter(
  name: string,
  shape: readonly number[],
  data: Float32Array,
  dtype: WeightDtype,
): SafetensorsTensor[] {
  if (dtype === "q8" && shape.length >= 2) {
    const { q, scale } = quantiseRows(data, shape[0]!);
    return [
      { name, dtype: "I8", shape, bytes: bytesOf(q) },
      { name: `${name}.scale`, dtype: "F32", shape: [shape[0]!], bytes: bytesOf(scale) },
    ];
  }
  if (dtype === "f16" && shape.length >= 2 && data.every((x) => Math.abs(x) <= MAX_HALF)) {
    return [{ name, dtype: "F16", shape, bytes: bytesOf(toFloat16Bits(data)) }];
  }
  return [{ name, dtype: "F32", shape, bytes: bytesOf(data) }];
}
