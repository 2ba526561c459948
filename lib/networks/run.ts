import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Pass, Step, Tap } from "./tap.js";

/** A changed feature map of the same shape, which the network takes over; nothing leaves the map as it is. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- who only looks need not return anything
export type Replacement = Tensor4D | undefined | void;

/** Looks at a tap, and may change it. */
export type Visitor = (tap: Tap) => Replacement;

export interface DriveOptions {
  readonly onStep?: Visitor;
  /** Ends the pass after this tap; the result is then null. */
  readonly until?: string;
}

/**
 * Runs a pass whose weights are all there, without giving way to anything else.
 *
 * @returns the picture, which is the caller's, or null when `until` ended the pass
 * @throws what the visitor throws; the pass has freed its tensors by then
 */
export function drive(pass: Pass<Tensor4D>, { onStep, until }: DriveOptions = {}): Tensor4D | null {
  let replacement: Tensor4D | undefined;
  try {
    for (;;) {
      const step = pass.next(replacement);
      if (step.done) return step.value;
      replacement = visit(step.value, onStep);
      if (isTap(step.value, until)) {
        replacement?.dispose();
        return null;
      }
    }
  } finally {
    pass.return(undefined as never); // frees what the pass holds, unless it is over
  }
}

export interface DriveAsyncOptions {
  /** As of `drive`; may be asynchronous, for instance to read a feature map back. */
  readonly onStep?: (tap: Tap) => Replacement | Promise<Replacement>;
  readonly until?: string;
  /** Called before each block; resolves once that resolution's weights have been added. */
  readonly onNeed?: (resolution: number) => Promise<void> | void;
  /** Ends the pass between two layers. */
  readonly signal?: AbortSignal;
  /** Gives way between layers, so that a page stays alive. Default: one turn of the event loop. */
  readonly breathe?: () => Promise<void>;
}

/**
 * Runs a pass layer by layer, waiting for weights that are still on their way and giving way to the event loop.
 *
 * @returns the picture, which is the caller's, or null when `until` ended the pass
 * @throws the signal's reason when it is aborted, and what the callbacks throw; the pass has freed its tensors
 */
export async function driveAsync(
  pass: Pass<Tensor4D>,
  options: DriveAsyncOptions = {},
): Promise<Tensor4D | null> {
  const { onStep, until, onNeed, signal, breathe = nextTurn } = options;
  let replacement: Tensor4D | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const step = pass.next(replacement);
      replacement = undefined;
      if (step.done) return step.value;
      if (step.value.kind === "need") await onNeed?.(step.value.resolution);
      else replacement = (await onStep?.(step.value)) ?? undefined;
      if (isTap(step.value, until)) {
        replacement?.dispose();
        return null;
      }
      await breathe();
    }
  } catch (error) {
    replacement?.dispose();
    throw error;
  } finally {
    pass.return(undefined as never);
  }
}

function visit(step: Step, onStep: Visitor | undefined): Tensor4D | undefined {
  return step.kind === "tap" ? (onStep?.(step) ?? undefined) : undefined;
}

function isTap(step: Step, name: string | undefined): boolean {
  return step.kind === "tap" && step.name === name;
}

/** A turn of the event loop without the 4 ms that nested timers are held back. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
