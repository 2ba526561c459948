import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { registerKernels } from "../../lib/ops/kernels.js";
import { registerWasmKernels } from "../../lib/wasm/kernels.js";
import { withMemory } from "../../lib/wasm/memory.js";
import { wasmKernels } from "../../lib/wasm/start.js";

export const BACKENDS = ["wasm", "webgpu", "cpu"] as const;
export type BackendName = (typeof BACKENDS)[number];

/**
 * Starts a tfjs back end in Node.
 *
 * @param withKernels use our own kernels
 * @returns what runs, in words
 * @throws Error when it cannot start
 */
export async function startBackend(name: BackendName, withKernels = true): Promise<string> {
  if (name === "webgpu") {
    const { startWebGPU } = await import("./webgpu.js");
    return startWebGPU(withKernels);
  }
  if (name === "wasm") {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(`${dirname(entry)}/`);
    registerWasmKernels();
  } else {
    await import("@tensorflow/tfjs-backend-cpu");
  }
  const [, memory] = await withMemory(async () => {
    if (!(await tf.setBackend(name))) throw new Error(`the back end ${name} does not start here`);
    await tf.ready();
  });
  if (name === "wasm" && memory) registerKernels("wasm", withKernels ? wasmKernels(memory, 1) : null);
  return name;
}
