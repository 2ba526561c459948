import type { Checkpoint, CheckpointFormat } from "./checkpoint.js";
import { collectArrays } from "./collect.js";
import { CheckpointError } from "./error.js";
import { findAllowed } from "./pickle/allowed.js";
import { PickleMachine } from "./pickle/machine.js";
import { Window } from "./pickle/window.js";
import { readSafetensors } from "./safetensors.js";
import { type ByteSource, asSource, sliceSource } from "./source.js";
import { shorten } from "./text.js";
import { LEGACY_MAGIC, readLegacyTorch } from "./torch/legacy.js";
import { NestedStorage, TorchStorage } from "./torch/tensor.js";
import { readTorchZip } from "./torch/zip.js";

export interface ReadOptions {
  /** Called with the number of bytes looked through, and that of the file. */
  readonly onProgress?: (progress: { readonly loaded: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** Beginnings of files that get taken for checkpoints. */
const OTHERS: readonly [RegExp, string][] = [
  [/^\x1f\x8b/, "a gzip archive: unpack it first"],
  [/^\x89PNG/, "a PNG picture"],
  [/^\x89HDF/, "an HDF5 file, which is not supported"],
  [/^version https:\/\/git-lfs/, "a Git LFS pointer, not the file itself: fetch it with git lfs pull"],
  [/^\s*<(!doctype|html)/i, "a web page, not a checkpoint: the download failed"],
  [/^\xef\xbb\xbf/, "text with a byte-order mark"],
  [
    /^\s*\{/,
    "a JSON text, not the weights: where it lists shards, join those into one .safetensors file and bring that",
  ],
];

/** How a pickle of protocol 0, which is text, begins: a mark and what is made of it, or the name of a class. */
const TEXT_PICKLE = /^(\([dlcipStVI(]|c[\w.]+\n|[\])}])/;

/**
 * Reads what a checkpoint file holds, without its arrays' elements.
 *
 * 1. The format is recognised by the first bytes: safetensors, torch (zip or legacy stream), else pickle.
 * 2. Headers and pickles are read; the bytes of arrays are skipped. Nothing in the file is run.
 * 3. Every array is given its path and checked against the file's size.
 *
 * @throws CheckpointError for every file that is not a well-formed checkpoint, with one clause that says why.
 */
export async function readCheckpoint(
  from: Uint8Array | ArrayBuffer | Blob | ByteSource,
  options: ReadOptions = {},
): Promise<Checkpoint> {
  const source = watched(asSource(from), options);
  try {
    const format = await recognise(source);
    if (format === "safetensors") return await readSafetensors(source);
    const root = await readRoot(source, format);
    const arrays = collectArrays(root);
    if (arrays.size === 0) throw new CheckpointError("the file holds no arrays: it is no checkpoint");
    return { format, size: source.size, arrays, root };
  } finally {
    options.onProgress?.({ loaded: source.size, total: source.size });
  }
}

async function readRoot(source: ByteSource, format: CheckpointFormat): Promise<unknown> {
  if (format === "torch-zip") return readTorchZip(source);
  if (format === "torch-legacy") return readLegacyTorch(source);
  const nested: NestedStorage[] = [];
  const find = (module: string, name: string) => {
    const allowed = findAllowed(module, name);
    if (!allowed?.call) return allowed;
    const { call } = allowed;
    return {
      call(args: readonly unknown[], offset: number) {
        const value = call(args, offset);
        if (value instanceof NestedStorage) nested.push(value);
        return value;
      },
    };
  };
  const value = await new PickleMachine(new Window(source), { find }).run();
  for (const storage of nested) await resolve(storage);
  return value;
}

/** Reads the stream inside a nested storage's bytes: a `torch.save` of nothing but the storage. */
async function resolve(nested: NestedStorage): Promise<void> {
  const { content } = nested;
  const source = sliceSource(content.source, content.offset, content.length);
  const head = await source.read(0, Math.min(4, source.size));
  const value = isZip(head) ? await readTorchZip(source) : await readLegacyTorch(source);
  if (!(value instanceof TorchStorage))
    throw new CheckpointError("nested bytes hold no torch storage", nested.offset);
  nested.resolved = value;
}

/** The first entry of a zip archive, or the end of an empty one. */
const isZip = (head: Uint8Array) =>
  head[0] === 0x50 &&
  head[1] === 0x4b &&
  ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));

async function recognise(source: ByteSource): Promise<CheckpointFormat> {
  if (source.size === 0) throw new CheckpointError("the file is empty");
  const head = await source.read(0, Math.min(64, source.size));
  if (isZip(head)) return "torch-zip";
  if (LEGACY_MAGIC.every((byte, i) => head[i] === byte)) return "torch-legacy";
  if (looksLikeSafetensors(head, source.size)) return "safetensors";
  const text = String.fromCharCode(...head);
  for (const [pattern, what] of OTHERS)
    if (pattern.test(text)) throw new CheckpointError(`this is ${what}`, 0);
  if (isText(head) && !TEXT_PICKLE.test(text)) {
    const begins = shorten(new TextDecoder().decode(head).trim().split("\n")[0]!);
    throw new CheckpointError(`this is a text that begins with "${begins}", not a checkpoint`, 0);
  }
  return "pickle";
}

/** Whether bytes are words: UTF-8 without control characters; the last character may be cut. */
function isText(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head, { stream: true });
  return text.length > 1 && !/[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ufffd]/.test(text);
}

/** A JSON object behind a length; or a length that fits the file, in a file that is no pickle. */
function looksLikeSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < 8) return false;
  if (head[8] === 0x7b) return true;
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  return head[0] !== 0x80 && length <= size - 8 && head[4] === 0;
}

/** The same source, reporting how far it has been read, and stopping when told to. */
function watched(source: ByteSource, { onProgress, signal }: ReadOptions): ByteSource {
  if (!onProgress && !signal) return source;
  let furthest = 0;
  return {
    size: source.size,
    read(offset, length) {
      signal?.throwIfAborted();
      if (offset + length > furthest) {
        furthest = offset + length;
        onProgress?.({ loaded: furthest, total: source.size });
      }
      return source.read(offset, length);
    },
  };
}
