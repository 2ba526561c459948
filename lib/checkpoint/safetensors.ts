import { type Checkpoint, type LazyArray, elementCount } from "./checkpoint.js";
import { BYTES_PER_ELEMENT, type Dtype, isDtype, toFloat32 } from "./dtype.js";
import { CheckpointError } from "./error.js";
import type { ByteSource } from "./source.js";
import { shorten } from "./text.js";

/** The format's own bound on its JSON header. */
const MAX_HEADER = 100_000_000;

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Byte range in the file. */
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads and checks the header of a safetensors file.
 *
 * 1. The first 8 bytes are the header's length, little-endian.
 * 2. The header is a JSON object: name -> {dtype, shape, data_offsets}; `__metadata__` maps strings to strings.
 * 3. The ranges must lie inside the file, fit their shapes, and neither overlap nor leave gaps.
 *
 * Source: the safetensors format description (github.com/huggingface/safetensors, "Format").
 *
 * @throws CheckpointError naming the tensor and the reason.
 */
export async function readSafetensorsHeader(
  source: ByteSource,
): Promise<{ entries: SafetensorsEntry[]; metadata: ReadonlyMap<string, string> }> {
  if (source.size < 10) throw new CheckpointError(`${source.size} bytes are too few for a safetensors file`);
  const first = await source.read(0, 8);
  const headerLength = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (headerLength > MAX_HEADER || headerLength > source.size - 8) {
    throw new CheckpointError(`safetensors header of ${headerLength} bytes in a file of ${source.size}`, 0);
  }
  const header = parseHeader(await source.read(8, headerLength));
  const start = 8 + headerLength;
  const metadata = new Map<string, string>();
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      if (!isRecord(value)) throw new CheckpointError("safetensors metadata is not an object", 8);
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== "string")
          throw new CheckpointError(`safetensors metadata "${shorten(key)}" is not text`, 8);
        metadata.set(key, text);
      }
    } else entries.push(parseEntry(name, value, start, source.size));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let next = start;
  for (const entry of entries) {
    if (entry.begin !== next) {
      const what = entry.begin < next ? "overlaps the one before" : "leaves a gap";
      throw new CheckpointError(`tensor "${shorten(entry.name)}" ${what}`, entry.begin);
    }
    next = entry.end;
  }
  if (next !== source.size)
    throw new CheckpointError(`${source.size - next} bytes belong to no tensor`, next);
  return { entries, metadata };
}

/** A safetensors file as a checkpoint; `root` is its metadata. */
export async function readSafetensors(source: ByteSource): Promise<Checkpoint> {
  const { entries, metadata } = await readSafetensorsHeader(source);
  const arrays = new Map<string, LazyArray>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const read = async () => toFloat32(await source.read(begin, end - begin), dtype);
    arrays.set(name, { name, shape, dtype, read });
  }
  return { format: "safetensors", size: source.size, arrays, root: metadata };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    throw new CheckpointError("the safetensors header is not valid JSON", 8);
  }
  if (!text.startsWith("{") || !isRecord(header)) {
    throw new CheckpointError("the safetensors header is not a JSON object", 8);
  }
  return header;
}

function parseEntry(name: string, value: unknown, start: number, size: number): SafetensorsEntry {
  const label = `tensor "${shorten(name)}"`;
  if (!isRecord(value)) throw new CheckpointError(`${label} is not described by an object`, 8);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isDtype(dtype))
    throw new CheckpointError(`${label} has the unknown dtype ${shorten(String(dtype))}`, 8);
  if (!isSizes(shape)) throw new CheckpointError(`${label} has no valid shape`, 8);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw new CheckpointError(`${label} has no valid data_offsets`, 8);
  const [begin, end] = [start + offsets[0]!, start + offsets[1]!];
  if (begin > end || end > size)
    throw new CheckpointError(`${label} lies outside the file (${size} bytes)`, begin);
  const bytes = elementCount(shape) * BYTES_PER_ELEMENT[dtype];
  if (bytes !== end - begin) {
    throw new CheckpointError(`${label} of shape [${shape}] needs ${bytes} bytes, not ${end - begin}`, begin);
  }
  return { name, dtype, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
