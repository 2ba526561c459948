import { CheckpointError } from "./error.js";

/** Bytes that can be read piece by piece: memory, a dropped file, an open file descriptor. */
export interface ByteSource {
  readonly size: number;
  /** The bytes [offset, offset + length). May be a view of memory the source keeps: do not write to it. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

function checkRange(size: number, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    throw new CheckpointError(`the file ends at byte ${size}, ${length} bytes were expected`, offset);
  }
}

/** Bytes already in memory; `read` gives views, nothing is copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length) {
      checkRange(bytes.length, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** A Blob or File, read slice by slice: a 400 MB file is never whole in memory. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      checkRange(blob.size, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}

/** The bytes [start, start + size) of a source, as a source of its own. */
export function sliceSource(source: ByteSource, start: number, size: number): ByteSource {
  checkRange(source.size, start, size);
  return {
    size,
    async read(offset, length) {
      checkRange(size, offset, length);
      return source.read(start + offset, length);
    },
  };
}

/** Takes bytes, a Blob or a source, gives a source. */
export function asSource(from: Uint8Array | ArrayBuffer | Blob | ByteSource): ByteSource {
  if (from instanceof Uint8Array) return bytesSource(from);
  if (from instanceof ArrayBuffer) return bytesSource(new Uint8Array(from));
  if (typeof Blob !== "undefined" && from instanceof Blob) return blobSource(from);
  return from as ByteSource;
}
