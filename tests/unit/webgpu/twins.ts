import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { expect } from "vitest";
import { relativeError } from "../../../lib/measure/relativeError.js";
import { registerKernels, type Kernels } from "../../../lib/ops/kernels.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { webgpuKernels } from "../../../lib/webgpu/kernels.js";
import { webgpu } from "../../../lib/webgpu/run.js";
import { useDivision, type DivisionName } from "../../../lib/webgpu/tiling.js";
import { startWebGPU } from "../../conformance/webgpu.js";

/** Starts WebGPU once a file. */
export async function start(): Promise<void> {
  await startWebGPU(false);
}

/** Seeded normal numbers as a tensor of the active back end. */
export function normal<T extends Tensor>(shape: readonly number[], key: string | number): T {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(hashNormal(`twin ${key}`, size), [...shape]) as T;
}

/** Kernels that were asked for something and took it. */
function watched(taken: Set<string>): Kernels {
  const entries = Object.entries(webgpuKernels).map(([name, kernel]) => [
    name,
    (...args: never[]) => {
      const result = (kernel as (...args: never[]) => Tensor | null)(...args);
      if (result) taken.add(name);
      return result;
    },
  ]);
  return Object.fromEntries(entries) as Kernels;
}

interface Twins {
  /** Largest difference from the readable operation on the processor, over its largest number. */
  readonly error: number;
  /** Which kernels computed. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Computes with the kernels on WebGPU, and without any on the processor.
 *
 * @param work makes its inputs itself, from seeds
 */
export async function compare(work: () => Tensor, division: DivisionName = "registers"): Promise<Twins> {
  await tf.setBackend("cpu");
  const reference = tf.tidy(work);
  const expected = await reference.data();
  reference.dispose();

  await tf.setBackend("webgpu");
  const taken = new Set<string>();
  useDivision(webgpu(), division);
  registerKernels("webgpu", watched(taken));
  const { device } = tf.backend() as WebGPUBackend;
  device.pushErrorScope("validation");
  const before = tf.memory().numTensors;
  const dataBefore = webgpu().numDataIds();
  try {
    const result = tf.tidy(work);
    const actual = await result.data();
    const refused = await device.popErrorScope();
    expect(refused?.message).toBeUndefined();
    expect(result.shape).toEqual(reference.shape);
    result.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(webgpu().numDataIds()).toBe(dataBefore);
    return { error: relativeError(actual, expected), taken };
  } finally {
    registerKernels("webgpu", null);
  }
}
