import * as tf from "@tensorflow/tfjs-core";
import { registerKernels } from "../ops/kernels.js";
import { registerWasmKernels } from "../wasm/kernels.js";
import { withMemory } from "../wasm/memory.js";
import { wasmKernels } from "../wasm/start.js";
import { activate, type StartedTier, type Tier } from "./backend.js";

/** What this tier needs of `@tensorflow/tfjs-backend-wasm`, of which browsers and Node take different builds. */
export interface WasmPackage {
  setWasmPaths(prefix: string): void;
  setThreadsCount(count: number): void;
  getThreadsCount(): number;
}

/** More threads than this gain nothing on the layers that take the time. */
const MOST_THREADS = 8;

/**
 * WebAssembly with SIMD; with threads where the page is cross-origin isolated.
 *
 * @param loadPackage imports the package, which registers the back end
 * @param folder address of the folder that holds the package's .wasm files; null: the package's own (Node)
 * @param threads how many to ask for; by default one per core, up to 8
 */
export function wasmTier(
  loadPackage: () => Promise<WasmPackage>,
  folder: string | null,
  threads?: number,
): Tier {
  return {
    name: "wasm",
    async start(): Promise<StartedTier> {
      if (typeof WebAssembly === "undefined") throw new Error("this browser does not offer WebAssembly");
      const wasm = await loadPackage();
      const factory = tf.findBackendFactory("wasm");
      if (!factory) throw new Error("the WebAssembly back end did not load");
      registerWasmKernels();
      // Begins anew after an earlier one ran out of memory. Its file and its thread count can be set only before.
      const restarting = tf.engine().registry["wasm"] !== undefined;
      tf.removeBackend("wasm");
      tf.registerBackend("wasm", factory, 2);
      const isolated = Boolean(globalThis.crossOriginIsolated);
      const wanted = isolated
        ? (threads ?? Math.min(MOST_THREADS, globalThis.navigator?.hardwareConcurrency ?? 1))
        : 1;
      if (!restarting) {
        if (folder) wasm.setWasmPaths(folder);
        wasm.setThreadsCount(wanted);
      }
      const [, memory] = await withMemory(() => withLogicalCores(2 * wanted, () => activate("wasm")));
      const [simd, threaded] = (await Promise.all([
        tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"),
        tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT"),
      ])) as [boolean, boolean];
      const count = threaded && simd ? wasm.getThreadsCount() : 1;
      registerKernels("wasm", memory && simd ? wasmKernels(memory, count) : null);
      return {
        device: `WebAssembly${simd ? " SIMD" : ""}, ${count} thread${count === 1 ? "" : "s"}`,
        threads: count,
        lost: new Promise<never>(() => undefined),
        settle: () => Promise.resolve(),
        guard: (work) => work(),
        leaveKernels: () => registerKernels("wasm", null),
        stop() {
          tf.removeBackend("wasm");
          tf.registerBackend("wasm", factory, 2);
        },
      };
    },
  };
}

/**
 * The package starts no more threads than half the logical cores, whatever it is asked for, so that a machine with
 * two of them would get one thread. It asks the navigator for their number, here a worker's own.
 */
async function withLogicalCores<T>(count: number, work: () => Promise<T>): Promise<T> {
  if (!globalThis.crossOriginIsolated) return work();
  const { navigator } = globalThis;
  Object.defineProperty(navigator, "hardwareConcurrency", { value: count, configurable: true });
  try {
    return await work();
  } finally {
    delete (navigator as { hardwareConcurrency?: number }).hardwareConcurrency; // the prototype's shows again
  }
}
