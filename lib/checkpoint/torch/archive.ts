import { CheckpointError } from "../error.js";
import type { ByteSource } from "../source.js";
import { shorten } from "../text.js";

/** An entry of a zip archive whose bytes lie as they are in the file. */
export interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
  /** Position of the entry's local header. */
  readonly header: number;
}

const END = 0x06054b50;
const END64_LOCATOR = 0x07064b50;
const END64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
/** An end record and the longest comment behind it. */
const END_SEARCH = 22 + 65535;
const MAX_DIRECTORY = 1 << 26;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The entries of a zip archive (zip64 included), without reading their contents.
 *
 * 1. The end record, whose comment must end with the file, gives the central directory.
 * 2. Each directory entry must be stored uncompressed and unencrypted, and lie within the file.
 *
 * Source: PKWARE APPNOTE.TXT, sections 4.3.12 to 4.3.16. `torch.save` stores every entry, so that it can be mapped.
 */
export async function readArchive(source: ByteSource): Promise<Map<string, ArchiveEntry>> {
  const { offset, size, count } = await findDirectory(source);
  if (size > MAX_DIRECTORY || offset + size > source.size || count * 46 > size) {
    throw new CheckpointError(
      `the zip directory (${count} entries, ${size} bytes) does not fit the file`,
      offset,
    );
  }
  const bytes = await source.read(offset, size);
  const view = viewOf(bytes);
  const entries = new Map<string, ArchiveEntry>();
  let at = 0;
  for (let i = 0; i < count; ++i) {
    if (at + 46 > size || view.getUint32(at, true) !== CENTRAL) {
      throw new CheckpointError(`the zip directory breaks off after ${i} of ${count} entries`, offset + at);
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((k) => view.getUint16(at + k, true));
    const next = at + 46 + nameLength! + extraLength! + commentLength!;
    if (next > size) throw new CheckpointError("an entry of the zip directory is cut short", offset + at);
    const entry = readEntry(bytes.subarray(at, next), offset + at, source.size);
    if (entries.has(entry.name)) {
      throw new CheckpointError(`the zip holds "${shorten(entry.name)}" twice`, offset + at);
    }
    entries.set(entry.name, entry);
    at = next;
  }
  return entries;
}

async function findDirectory(source: ByteSource): Promise<{ offset: number; size: number; count: number }> {
  const length = Math.min(END_SEARCH, source.size);
  const start = source.size - length;
  const tail = viewOf(await source.read(start, length));
  let at = length - 22;
  while (at >= 0 && !(tail.getUint32(at, true) === END && at + 22 + tail.getUint16(at + 20, true) === length))
    --at;
  if (at < 0) throw new CheckpointError("the zip archive has no end: the file is incomplete", source.size);
  const count = tail.getUint16(at + 10, true);
  const size = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  if (count !== 0xffff && size !== 0xffffffff && offset !== 0xffffffff) return { offset, size, count };
  if (at < 20 || tail.getUint32(at - 20, true) !== END64_LOCATOR) {
    throw new CheckpointError("the zip archive lacks its zip64 record", start + at);
  }
  const position = Number(tail.getBigUint64(at - 12, true));
  if (!(position + 56 <= source.size))
    throw new CheckpointError("the zip64 record lies outside the file", start + at);
  const record = viewOf(await source.read(position, 56));
  if (record.getUint32(0, true) !== END64)
    throw new CheckpointError("the zip64 record is not where it should be", position);
  const big = (k: number) => Number(record.getBigUint64(k, true));
  return { count: big(32), size: big(40), offset: big(48) };
}

function readEntry(bytes: Uint8Array, position: number, fileSize: number): ArchiveEntry {
  const view = viewOf(bytes);
  const nameLength = view.getUint16(28, true);
  const name = new TextDecoder().decode(bytes.subarray(46, 46 + nameLength));
  const label = `zip entry "${shorten(name)}"`;
  if (view.getUint16(8, true) & 1) throw new CheckpointError(`${label} is encrypted`, position);
  const method = view.getUint16(10, true);
  let packed = view.getUint32(20, true);
  let size = view.getUint32(24, true);
  let header = view.getUint32(42, true);
  if (size === 0xffffffff || packed === 0xffffffff || header === 0xffffffff) {
    const wide = zip64Fields(view, 46 + nameLength, 46 + nameLength + view.getUint16(30, true));
    const next = (old: number) => {
      if (old !== 0xffffffff) return old;
      const value = wide.shift();
      if (value === undefined) throw new CheckpointError(`${label} lacks its zip64 sizes`, position);
      return value;
    };
    size = next(size);
    packed = next(packed);
    header = next(header);
  }
  if (method === 0 && packed !== size) {
    throw new CheckpointError(`${label} is stored plainly in ${packed} bytes, yet has ${size}`, position);
  }
  if (method !== 0) {
    throw new CheckpointError(
      `${label} is compressed (method ${method}), torch.save stores its entries plainly: unpack it and save it again`,
      position,
    );
  }
  if (header + 30 + size > fileSize) {
    throw new CheckpointError(`${label} of ${size} bytes lies outside the file`, position);
  }
  return { name, size, header };
}

/** The 64-bit values of the zip64 extra field (header 1) between two positions. */
function zip64Fields(view: DataView, begin: number, end: number): number[] {
  for (let at = begin; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) !== 1 || at + 4 + length > end) continue;
    return Array.from({ length: length >> 3 }, (_, i) => Number(view.getBigUint64(at + 4 + 8 * i, true)));
  }
  return [];
}

/** Where an entry's bytes begin: behind its local header, whose name must be the directory's. */
export async function entryOffset(source: ByteSource, entry: ArchiveEntry): Promise<number> {
  const fixed = viewOf(await source.read(entry.header, 30));
  const label = `zip entry "${shorten(entry.name)}"`;
  if (fixed.getUint32(0, true) !== LOCAL)
    throw new CheckpointError(`${label} has no local header`, entry.header);
  const nameLength = fixed.getUint16(26, true);
  const offset = entry.header + 30 + nameLength + fixed.getUint16(28, true);
  if (offset + entry.size > source.size) throw new CheckpointError(`${label} is cut short`, entry.header);
  const name = new TextDecoder().decode(await source.read(entry.header + 30, nameLength));
  if (name !== entry.name) {
    throw new CheckpointError(`${label} is called "${shorten(name)}" in its local header`, entry.header);
  }
  return offset;
}
