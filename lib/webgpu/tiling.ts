import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Tiling } from "./convolutionShader.js";

/** Which of the two ways to divide the work a device is better at. */
export type Memory = Tiling["memory"];

const chosen = new WeakMap<WebGPUBackend, Memory>();

/** Has a device's convolutions use one way from now on. */
export function useMemory(backend: WebGPUBackend, memory: Memory): void {
  chosen.set(backend, memory);
}

/** What was chosen for a device; by default workgroup memory, except for software. */
export function memoryOf(backend: WebGPUBackend): Memory {
  return chosen.get(backend) ?? (isSoftware(backend) ? "registers" : "workgroup");
}

/** SwiftShader and its like compute on the processor. */
export function isSoftware({ device }: WebGPUBackend): boolean {
  const { vendor, architecture, description } = device.adapterInfo;
  return /swiftshader|llvmpipe|lavapipe|basic render/i.test([vendor, architecture, description].join(" "));
}

/**
 * How to divide a convolution.
 *
 * 1. A thread takes as many pixels as its registers hold sums for: the more, the fewer reads a product needs. A
 *    processor keeps sums in its cache, and so takes more; there all large maps share one program, which takes
 *    seconds to compile.
 * 2. Small maps have too few pixels for that to keep a graphics card busy; there a thread takes fewer.
 * 3. Every product is written out in the shader, so a large kernel has fewer pixels a thread, too.
 *
 * @param taps products of a cell with one input channel
 * @param cells rows and columns of cells
 */
export function tilingFor(
  memory: Memory,
  up: 1 | 2,
  taps: number,
  [rows, columns]: readonly [number, number],
): Tiling {
  const few = up === 1 && taps <= 9;
  if (memory === "registers") {
    const side = few && Math.min(rows, columns) >= 16 ? 8 : 4;
    return { memory, cells: [side, side], lanes: 8, spread: [8, 1] };
  }
  const large = Math.max(rows, columns) >= 32;
  const side = (few ? 4 : 2) / (large ? 1 : 2);
  return { memory, cells: [side, side], lanes: 8, spread: [4, 4] };
}
