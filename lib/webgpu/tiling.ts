import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Tiling } from "./convolutionShader.js";

/** Where a thread finds what its neighbours read too. */
export type Memory = Tiling["memory"];

/** How a device's convolutions are divided, apart from the cells that a thread takes. */
export type Division = Pick<Tiling, "memory" | "lanes" | "spread">;

/** The ways to divide them that a device may be better at. The first is every graphics card's to begin with. */
export const DIVISIONS = {
  "workgroup": { memory: "workgroup", lanes: 8, spread: [4, 4] },
  "workgroup of many channels": { memory: "workgroup", lanes: 16, spread: [4, 4] },
  "workgroup of many pixels": { memory: "workgroup", lanes: 8, spread: [8, 4] },
  "small workgroup": { memory: "workgroup", lanes: 4, spread: [4, 4] },
  "registers": { memory: "registers", lanes: 8, spread: [8, 1] },
} as const satisfies Record<string, Division>; // prettier-ignore

export type DivisionName = keyof typeof DIVISIONS;

const chosen = new WeakMap<WebGPUBackend, DivisionName>();

/** Has a device's convolutions be divided one way from now on. */
export function useDivision(backend: WebGPUBackend, name: DivisionName): void {
  chosen.set(backend, name);
}

/** What was chosen for a device; by default workgroup memory, except for software. */
export function divisionOf(backend: WebGPUBackend): Division {
  return DIVISIONS[chosen.get(backend) ?? (isSoftware(backend) ? "registers" : "workgroup")];
}

/** What {@link divisionOf} says of memory. */
export function memoryOf(backend: WebGPUBackend): Memory {
  return divisionOf(backend).memory;
}

/** SwiftShader and its like compute on the processor. */
export function isSoftware({ device }: WebGPUBackend): boolean {
  const { vendor, architecture, description } = device.adapterInfo;
  return /swiftshader|llvmpipe|lavapipe|basic render/i.test([vendor, architecture, description].join(" "));
}

/** What of a convolution decides how it is divided. */
interface Divided {
  readonly up: 1 | 2;
  readonly stride: 1 | 2;
  /** Products of a cell with one input channel. */
  readonly taps: number;
  /** Input channels. */
  readonly inputs: number;
}

/**
 * How to divide a convolution.
 *
 * 1. A thread takes as many pixels as its registers hold sums for: the more, the fewer reads a product needs. A
 *    processor keeps sums in its cache, and so takes more; there all large maps share one program, which takes
 *    seconds to compile.
 * 2. Small maps have too few pixels for that to keep a graphics card busy; there a thread takes fewer.
 * 3. Every product is written out in the shader, so a large kernel has fewer pixels a thread, too; and so has one with a
 *    stride, whose pixels share few reads.
 *
 * @param cells rows and columns of cells
 */
export function tilingFor(
  { memory, lanes, spread }: Division,
  { up, stride, taps, inputs }: Divided,
  [rows, columns]: readonly [number, number],
): Tiling {
  const few = up === 1 && stride === 1 && taps <= 9;
  if (memory === "registers") {
    const side = few && Math.min(rows, columns) >= 16 ? 8 : 4;
    // upsampling, a sum has few products of each input channel
    return { memory, cells: [side, side], lanes, spread, together: up === 2 && inputs % 4 === 0 ? 4 : 1 };
  }
  const large = Math.max(rows, columns) >= 32;
  const side = (few ? 4 : 2) / (large ? 1 : 2);
  // what more threads share of a large kernel, and of the pixels that it reaches, would not fit
  if (taps > 9)
    return { memory, cells: [side, side], lanes: Math.min(lanes, 8), spread: [4, 4], together: 1 };
  return { memory, cells: [side, side], lanes, spread, together: 1 };
}
