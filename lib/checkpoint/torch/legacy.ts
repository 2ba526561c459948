import { CheckpointError } from "../error.js";
import { findAllowed } from "../pickle/allowed.js";
import { type Effects, PickleMachine } from "../pickle/machine.js";
import { Window } from "../pickle/window.js";
import type { ByteSource } from "../source.js";
import { type TorchStorage, storageOf } from "./tensor.js";

/** The first pickle of the stream: the number 0x1950a86a20f9469cfc6c, protocol 2. */
export const LEGACY_MAGIC = Uint8Array.of(
  0x80,
  2,
  0x8a,
  10,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
);

const PROTOCOL = 1001;

/**
 * The old form of `torch.save` (before PyTorch 1.6, and inside NVIDIA's snapshots): one pickle after the other.
 *
 * 1. Magic number, protocol version 1001, system information.
 * 2. The object; its storages are persistent ids.
 * 3. The list of storage keys, in the order in which the storages follow.
 * 4. For each storage: the number of elements (int64) and the elements.
 *
 * Source: torch/serialization.py, `_legacy_save`.
 */
export async function readLegacyTorch(source: ByteSource): Promise<unknown> {
  const storages = new Map<string, TorchStorage>();
  const window = new Window(source);
  const next = (effects: Effects = { find: findAllowed }) => new PickleMachine(window, effects).run();
  if ((await next()) !== 0x1950a86a20f9469cfc6cn)
    throw new CheckpointError("not a torch stream: wrong magic number", 0);
  let start = window.position;
  const protocol = await next();
  if (protocol !== PROTOCOL) {
    throw new CheckpointError(`torch protocol ${String(protocol).slice(0, 20)} is not ${PROTOCOL}`, start);
  }
  start = window.position;
  const system = await next();
  if (!(system instanceof Map) || system.get("little_endian") !== true) {
    throw new CheckpointError("the torch stream does not say that it is little-endian", start);
  }
  const persistentLoad = (id: unknown, offset: number) => storageOf(id, storages, offset);
  const object = await next({ find: findAllowed, persistentLoad });
  start = window.position;
  await locate(await next(), window, storages, start);
  return object;
}

/** Finds where each storage lies: one after the other, in the order of the keys. */
async function locate(
  keys: unknown,
  window: Window,
  storages: Map<string, TorchStorage>,
  keysOffset: number,
): Promise<void> {
  const { source } = window;
  if (!Array.isArray(keys)) throw new CheckpointError("the torch stream has no list of storages", keysOffset);
  for (const key of keys as unknown[]) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (!storage)
      throw new CheckpointError(`storage ${String(key).slice(0, 40)} belongs to no tensor`, keysOffset);
    if (storage.location) throw new CheckpointError(`storage ${storage.key} is listed twice`, keysOffset);
    const at = window.position;
    const head = await window.take(8);
    const count = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (count !== BigInt(storage.count)) {
      throw new CheckpointError(`storage ${storage.key} has ${count} elements, not ${storage.count}`, at);
    }
    if (storage.bytes > window.remaining) {
      throw new CheckpointError(
        `storage ${storage.key} needs ${storage.bytes} bytes, the file ends after ${window.remaining}`,
        window.position,
      );
    }
    storage.location = { source, offset: window.position };
    window.skip(storage.bytes);
  }
  const missing = [...storages.values()].find(({ location }) => !location);
  if (missing) throw new CheckpointError(`storage ${missing.key} is not listed`, keysOffset);
}
