import * as tf from "@tensorflow/tfjs-core";
import { registerKernels } from "../../lib/ops/kernels.js";
import { webgpuKernels } from "../../lib/webgpu/kernels.js";

/**
 * Starts WebGPU in Node through Dawn: on the machine's own GPU driver (`VK_ICD_FILENAMES` where it is set), or on
 * Chromium's SwiftShader (see `tests/vulkan.ts`, which prepares the process).
 *
 * @param withKernels use our own kernels, as the book's engine does, or the readable operations alone
 * @param limited limits to ask for in place of the adapter's own
 * @returns the adapter, in words
 * @throws Error when there is no adapter
 */
export async function startWebGPU(
  withKernels = true,
  limited: Readonly<Record<string, number>> = {},
): Promise<string> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create([]) as GPU;
  // tfjs believes in WebGPU only where it finds navigator.gpu, which Node 20 lacks
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  const adapter = await gpu.requestAdapter();
  if (adapter === null) {
    throw new Error(
      "no WebGPU adapter: install Chromium, which brings SwiftShader, or libvulkan1 and name a driver in VK_ICD_FILENAMES",
    );
  }
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  const { limits, info } = adapter;
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has("timestamp-query") ? ["timestamp-query"] : [],
    requiredLimits: {
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      ...limited,
    },
  });
  tf.removeBackend("webgpu"); // the module registered one with a device of its own
  tf.env().set("WEBGPU_CPU_FORWARD", false); // else small tensors are computed without the GPU
  tf.registerBackend("webgpu", () => new WebGPUBackend(device, info), 3);
  await tf.setBackend("webgpu");
  await tf.ready();
  registerKernels("webgpu", withKernels ? webgpuKernels : null);
  return `webgpu ${withKernels ? "with our kernels" : "without kernels"} on ${info.description || info.device || info.vendor}`;
}
