import * as tf from "@tensorflow/tfjs-core";
import { OWN_OPERATIONS } from "../ops/ownOperations.js";
import type { Meter } from "../webgpu/meter.js";
import { EngineFailure, sentence } from "./failure.js";
import type { BackendName, BackendReport } from "./protocol.js";

/** A way to compute: how to start it, and what it is called. */
export interface Tier {
  readonly name: BackendName;
  /**
   * Makes the back end the active one of tf.
   * @throws {Error} with a clause that says why it cannot be had on this machine
   */
  start(): Promise<StartedTier>;
}

export interface StartedTier {
  /** The device in words. */
  readonly device: string;
  readonly threads: number;
  /** Waits until the device has done what it was given; between layers, so that a pass can be stopped. */
  settle(): Promise<void>;
  /**
   * Runs work and rejects when the device reports an error meanwhile that tf does not see (validation errors and
   * exhausted memory of WebGPU come that way).
   */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** Measures what the device does; absent where there is nothing but the clock. */
  readonly meter?: Meter;
  /** Goes on with the stock operations, where kernels of our own are in use. */
  readonly leaveKernels?: () => void;
  /** Resolves with a clause when the device goes away; never, for those that cannot. */
  readonly lost: Promise<string>;
  /** Frees the device and everything on it. */
  stop(): void;
}

/** A tier that is not tried, and why. */
export interface LeftTier {
  readonly name: BackendName;
  readonly reason: string;
}

export interface ActiveBackend extends StartedTier {
  readonly report: BackendReport;
}

/**
 * The first back end that starts and computes correctly.
 *
 * 1. Tries the tiers in order: starts one, then runs the self-test on it.
 * 2. Where that fails with kernels of our own, it is run again with the stock operations, and the report says so.
 * 3. One that fails is stopped and left for the next, and the report says why, in a sentence for the reader; so it
 *    does for those left out from the beginning.
 *
 * @throws {EngineFailure} "no-backend" when none is left, naming every reason
 */
export async function chooseBackend(
  tiers: readonly Tier[],
  selfTest: () => Promise<void>,
  left: readonly LeftTier[] = [],
): Promise<ActiveBackend> {
  const tried: LeftTier[] = [...left];
  for (const tier of tiers) {
    if (left.some(({ name }) => name === tier.name)) continue;
    let started: StartedTier | null = null;
    try {
      started = await tier.start();
      const withoutKernels = await tested(started, selfTest);
      const { device, threads } = started;
      const report = { name: tier.name, threads, device, tried, ...(withoutKernels && { withoutKernels }) };
      return Object.assign(started, { report });
    } catch (error) {
      if (started) stopQuietly(started);
      tried.push({ name: tier.name, reason: reasonOf(error) });
    }
  }
  const reasons = tried.map(({ name, reason }) => `${BACKEND_TITLES[name]}: ${reason}`).join(" ");
  throw new EngineFailure(
    "no-backend",
    `Neither WebGPU nor WebAssembly can compute in this browser. ${reasons}`,
  );
}

/**
 * Runs the self-test, if need be with the stock operations. Operations of a reader's own are not tested.
 * @returns why our kernels were left, in a sentence; null when nothing was left
 */
async function tested(started: StartedTier, selfTest: () => Promise<void>): Promise<string | null> {
  if (OWN_OPERATIONS) return "The operations are this copy's own, and untested.";
  try {
    await started.guard(selfTest);
    return null;
  } catch (error) {
    if (!started.leaveKernels) throw error;
    started.leaveKernels();
    await started.guard(selfTest);
    return reasonOf(error);
  }
}

/** Stops a back end of which it is not known how much still works: what it says of that concerns nobody any more. */
export function stopQuietly(started: StartedTier): void {
  try {
    started.stop();
  } catch {
    // It is gone already.
  }
}

function reasonOf(error: unknown): string {
  return sentence(error instanceof Error ? error.message : String(error));
}

export const BACKEND_TITLES: Record<BackendName, string> = { webgpu: "WebGPU", wasm: "WebAssembly" };

/** Makes a registered back end the active one. @throws {Error} when tf could not start it */
export async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`tf could not start its ${name} back end`);
  await tf.ready();
}
