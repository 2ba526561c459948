import { type FileHandle, open } from "node:fs/promises";
import { CheckpointError } from "./error.js";
import type { ByteSource } from "./source.js";

/** A file on disk, read slice by slice; `close` it when done. */
export async function fileSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const file: FileHandle = await open(path, "r");
  const { size } = await file.stat();
  return {
    size,
    close: () => file.close(),
    async read(offset, length) {
      if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
        throw new CheckpointError(`the file ends at byte ${size}, ${length} bytes were expected`, offset);
      }
      // Not from Node's pool: a small slice of it could start at an odd address.
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0)
          throw new CheckpointError("the file got shorter while it was read", offset + done);
        done += bytesRead;
      }
      return bytes;
    },
  };
}
