import { CheckpointError } from "../checkpoint/error.js";
import { WeightsError } from "../weights/error.js";
import type { Failure, FailureKind } from "./protocol.js";

/** A state that a figure can fail into, with one sentence for its reader. */
export class EngineFailure extends Error implements Failure {
  override readonly name = "EngineFailure";

  constructor(
    readonly kind: FailureKind,
    readonly sentence: string,
    options?: ErrorOptions,
  ) {
    super(sentence, options);
  }

  toJSON(): Failure {
    return { kind: this.kind, sentence: this.sentence };
  }
}

/** Whether an error only says that somebody no longer wants the result. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

const OUT_OF_MEMORY =
  /out of memory|out-of-memory|\bOOM\b|allocation failed|array buffer|invalid typed array length|memory access out of bounds|exceeds the max(imum)? (buffer|storage buffer)/i;

/** Whether a browser's message says that memory was exhausted, or that a tensor exceeds what a device can hold. */
export const isOutOfMemory = (message: string): boolean => OUT_OF_MEMORY.test(message);

const DEVICE_LOST =
  /device (is |was )?(lost|destroyed)|lost device|GPUDevice.*(lost|destroyed)|external Instance reference/i;

/**
 * Sorts any error into the states a figure knows.
 *
 * 1. Failures stay as they are; errors of the weights are failed downloads, those of the checkpoint readers and of
 *    the browser's file access a reader's bad file.
 * 2. A lost device and exhausted memory are known by what browsers say of them.
 * 3. A RangeError of a network or a measure names something the experiment asked for in vain.
 * 4. All else is a fault of the book, and says so.
 */
export function failureOf(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof WeightsError) return new EngineFailure("download", sentence(text), { cause: error });
  if (error instanceof CheckpointError)
    return new EngineFailure("bad-file", sentence(text), { cause: error });
  if (error instanceof Error && /^Not(Readable|Found)Error$/.test(error.name))
    return new EngineFailure("bad-file", UNREADABLE, { cause: error });
  if (DEVICE_LOST.test(text))
    return new EngineFailure(
      "device-lost",
      "The graphics device was lost during the computation; try again to go on with a fresh one.",
      { cause: error },
    );
  if (isOutOfMemory(text))
    return new EngineFailure("out-of-memory", OUT_OF_MEMORY_SENTENCE, { cause: error });
  if (error instanceof RangeError)
    return new EngineFailure("bad-experiment", sentence(text), { cause: error });
  return new EngineFailure("internal", `The computation failed: ${withStop(text)}`, { cause: error });
}

export const OUT_OF_MEMORY_SENTENCE =
  "There was not enough memory for this network; close other tabs, or choose a Lite model, and try again.";

const UNREADABLE =
  "The browser could not read the file: it is a folder, or was moved or changed in the meantime; choose it again.";

/** A clause with a capital at its head and a full stop at its end. */
export function sentence(clause: string): string {
  return withStop(clause.charAt(0).toUpperCase() + clause.slice(1));
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
