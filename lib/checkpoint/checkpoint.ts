import type { Dtype } from "./dtype.js";

/** An array of a checkpoint that has been found but not read. */
export interface LazyArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** Reads the elements in row-major order of `shape`, each rounded to float32. Nothing is kept. */
  read(): Promise<Float32Array>;
}

export type CheckpointFormat = "safetensors" | "torch-zip" | "torch-legacy" | "pickle";

/** What a checkpoint file holds. */
export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** Bytes of the file. */
  readonly size: number;
  /** All arrays by path ("G_ema.mapping.fc0.weight", "0.lod" for the first of a tuple); none has been read yet. */
  readonly arrays: ReadonlyMap<string, LazyArray>;
  /** Everything else, as data: dictionaries are Maps; see `lib/checkpoint/shells.ts` for objects. */
  readonly root: unknown;
}

/** Number of elements of a shape; a scalar has one. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
