import { CheckpointError } from "../error.js";
import type { ByteSource } from "../source.js";

/** Bytes fetched at first, and at most: doubled each time, since most nested streams are a few hundred bytes long. */
const FIRST_CHUNK = 1 << 11;
const LAST_CHUNK = 1 << 16;
/** The longest line of a text pickle (protocol 0) that is read. */
const MAX_LINE = 1 << 26;

/** A sliding window over a source: what a pickle machine is about to read. */
export class Window {
  private bytes = new Uint8Array(0);
  private view = new DataView(this.bytes.buffer);
  /** Position of the window's first byte in the source, and of the next byte in the window. */
  private start: number;
  private at = 0;
  private chunk = FIRST_CHUNK;

  constructor(
    readonly source: ByteSource,
    offset = 0,
  ) {
    this.start = offset;
  }

  /** Position in the source of the next byte. */
  get position(): number {
    return this.start + this.at;
  }

  get remaining(): number {
    return this.source.size - this.position;
  }

  /** True when `count` bytes can be taken without waiting. */
  has(count: number): boolean {
    return this.at + count <= this.bytes.length;
  }

  /** Waits until `count` bytes, or all that are left, can be taken. */
  async fill(count: number): Promise<void> {
    if (this.has(count)) return;
    const position = this.position;
    const length = Math.min(Math.max(count, this.chunk), this.source.size - position);
    this.bytes = (await this.source.read(position, length)) as Uint8Array<ArrayBuffer>;
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    this.start = position;
    this.at = 0;
    this.chunk = Math.min(2 * this.chunk, LAST_CHUNK);
  }

  /** Moves past `count` bytes without reading them. */
  skip(count: number): void {
    this.check(count);
    this.at += count;
    if (this.at <= this.bytes.length) return;
    this.start += this.at;
    this.at = 0;
    this.bytes = new Uint8Array(0);
  }

  /** Refuses when the source ends within the next `count` bytes. */
  check(count: number): void {
    if (!(count <= this.remaining)) {
      throw new CheckpointError(`the file ends ${count - this.remaining} bytes too early`, this.position);
    }
  }

  private advance(count: number): number {
    if (!this.has(count)) throw new CheckpointError("the file ends too early", this.position);
    this.at += count;
    return this.at - count;
  }

  u8(): number {
    return this.view.getUint8(this.advance(1));
  }
  u16(): number {
    return this.view.getUint16(this.advance(2), true);
  }
  u32(): number {
    return this.view.getUint32(this.advance(4), true);
  }
  i32(): number {
    return this.view.getInt32(this.advance(4), true);
  }
  f64(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  /** A 64-bit length; beyond 2^53 it is rounded, and longer than any file all the same. */
  u64(): number {
    return Number(this.view.getBigUint64(this.advance(8), true));
  }

  async take(count: number): Promise<Uint8Array> {
    this.check(count);
    await this.fill(count);
    const from = this.advance(count);
    return this.bytes.subarray(from, from + count);
  }

  /** Bytes up to the next newline, which is taken too. */
  async line(): Promise<Uint8Array> {
    for (let want = 256; ; want *= 2) {
      await this.fill(Math.min(want, this.remaining));
      const end = this.bytes.indexOf(10, this.at);
      if (end >= 0) {
        const line = this.bytes.subarray(this.at, end);
        this.at = end + 1;
        return line;
      }
      if (want >= this.remaining) throw new CheckpointError("a line of the pickle has no end", this.position);
      if (want >= MAX_LINE) throw new CheckpointError("a line of the pickle is too long", this.position);
      want = Math.max(want, this.bytes.length - this.at);
    }
  }
}
