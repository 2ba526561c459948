/**
 * What a pickle is rebuilt into: plain data. None is null, dictionaries are Maps, lists arrays, sets Sets; long text
 * and bytes stay in the file until they are wanted; everything that was an object is a shell that holds its state.
 */
import { CheckpointError } from "../error.js";
import type { ByteSource } from "../source.js";

export class PyTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** Bytes of the file, or few enough to have been copied. */
export class PyBytes {
  constructor(
    readonly source: ByteSource,
    readonly offset: number,
    readonly length: number,
    /** "utf8": the file holds the text whose latin-1 encoding these bytes are. */
    readonly encoding: "raw" | "utf8" = "raw",
  ) {}

  async read(offset = 0, length = this.length - offset): Promise<Uint8Array> {
    if (this.encoding === "raw") return this.source.read(this.offset + offset, length);
    const text = new TextDecoder().decode(await this.source.read(this.offset, this.length));
    return latin1Bytes(text).subarray(offset, offset + length);
  }
}

/** Text too long to be a name: the source code that official pickles carry. Never decoded, let alone run. */
export class PyText {
  constructor(
    readonly source: ByteSource,
    readonly offset: number,
    readonly length: number,
  ) {}
}

/** A class or function a pickle names; only those of the allow-list exist. */
export class Global {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  toString(): string {
    return `${this.module}.${this.name}`;
  }
}

/** An object of a class of the allow-list: its class's name and its state, never its behaviour. */
export class Shell {
  state: unknown = null;

  constructor(readonly className: string) {}
}

/** The bytes whose characters' codes are the text's, each below 256. */
export function latin1Bytes(text: string, at?: number): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new CheckpointError("bytes stored as text hold a character above 255", at);
    out[i] = code;
  }
  return out;
}

/** What a value is, in a word, for messages. */
export function describe(value: unknown): string {
  if (value === null) return "None";
  if (value instanceof PyTuple) return "a tuple";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a dictionary";
  if (value instanceof Set) return "a set";
  if (value instanceof PyBytes) return "bytes";
  if (value instanceof PyText || typeof value === "string") return "text";
  if (value instanceof Global) return String(value);
  if (value instanceof Shell) return `a ${value.className}`;
  return `a ${typeof value}`;
}
