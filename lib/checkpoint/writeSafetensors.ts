import { BYTES_PER_ELEMENT, type Dtype } from "./dtype.js";

export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Little-endian elements in row-major order. */
  readonly bytes: Uint8Array;
}

/**
 * A safetensors file.
 *
 * 1. Tensors with wide elements come first, so that every one starts at a multiple of its element's size.
 * 2. The header is padded with spaces to a multiple of 8 bytes.
 */
export function writeSafetensors(
  tensors: readonly SafetensorsTensor[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort((a, b) => BYTES_PER_ELEMENT[b.dtype] - BYTES_PER_ELEMENT[a.dtype]);
  const header: [string, unknown][] = metadata ? [["__metadata__", metadata]] : [];
  let end = 0;
  for (const { name, dtype, shape, bytes } of ordered) {
    header.push([name, { dtype, shape, data_offsets: [end, (end += bytes.length)] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerLength), true);
  out.set(json, 8);
  let at = 8 + headerLength;
  for (const { bytes } of ordered) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}
