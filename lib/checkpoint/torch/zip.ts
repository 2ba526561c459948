import { CheckpointError } from "../error.js";
import { findAllowed } from "../pickle/allowed.js";
import { PickleMachine } from "../pickle/machine.js";
import { Window } from "../pickle/window.js";
import { type ByteSource, sliceSource } from "../source.js";
import { entryOffset, readArchive } from "./archive.js";
import { type TorchStorage, storageOf } from "./tensor.js";

/**
 * The present form of `torch.save`: a zip archive.
 *
 * 1. "<root>/data.pkl" is the object; its storages are persistent ids.
 * 2. "<root>/data/<key>" are the storages, stored uncompressed: their bytes are read from the file where they lie.
 * 3. "<root>/byteorder", where there is one, must say little.
 *
 * Source: torch/serialization.py, `_save`.
 */
export async function readTorchZip(source: ByteSource): Promise<unknown> {
  const entries = await readArchive(source);
  const mains = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (mains.length !== 1) {
    throw new CheckpointError(
      `the zip archive holds ${mains.length} files data.pkl, a torch checkpoint has one`,
    );
  }
  const root = mains[0]!.slice(0, -"data.pkl".length);
  const open = async (name: string) => {
    const entry = entries.get(name)!;
    return sliceSource(source, await entryOffset(source, entry), entry.size);
  };
  if (entries.has(`${root}byteorder`)) {
    const order = await open(`${root}byteorder`);
    const text = new TextDecoder().decode(await order.read(0, Math.min(order.size, 16)));
    if (text !== "little") throw new CheckpointError(`the torch checkpoint is ${text}-endian`);
  }
  const storages = new Map<string, TorchStorage>();
  const persistentLoad = (id: unknown, offset: number) => storageOf(id, storages, offset);
  const effects = { find: findAllowed, persistentLoad };
  const value = await new PickleMachine(new Window(await open(mains[0]!)), effects).run();
  for (const storage of storages.values()) {
    const entry = entries.get(`${root}data/${storage.key}`);
    if (!entry) throw new CheckpointError(`storage ${storage.key} is missing from the zip archive`);
    if (entry.size !== storage.bytes) {
      throw new CheckpointError(
        `storage ${storage.key} has ${entry.size} bytes, not ${storage.bytes}`,
        entry.header,
      );
    }
    storage.location = { source, offset: await entryOffset(source, entry) };
  }
  return value;
}
