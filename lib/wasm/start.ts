import type { Kernels } from "../ops/kernels.js";
import { layerKernels } from "./layers.js";
import { startModule } from "./module.js";
import { resamplingKernels } from "./resampling.js";
import { winogradKernels } from "./winograd.js";

/**
 * All kernels of our own for tfjs's WebAssembly back end.
 *
 * @param memory the memory that the back end computes in
 * @param threads how many it computes with
 */
export function wasmKernels(memory: WebAssembly.Memory, threads: number): Kernels {
  const module = startModule(memory);
  return { ...winogradKernels(module, threads), ...layerKernels(module), ...resamplingKernels(module) };
}
