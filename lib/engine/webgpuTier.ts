import * as tf from "@tensorflow/tfjs-core";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { registerKernels } from "../ops/kernels.js";
import { boundPool, FREE_BYTES } from "../webgpu/bufferPool.js";
import { useHalves } from "../webgpu/halves.js";
import { webgpuKernels } from "../webgpu/kernels.js";
import { watch } from "../webgpu/meter.js";
import { isSoftware } from "../webgpu/tiling.js";
import { activate, type StartedTier, type Tier } from "./backend.js";
import { EngineFailure, isOutOfMemory, OUT_OF_MEMORY_SENTENCE } from "./failure.js";
import { useTuned } from "./tuned.js";

/** Features that kernels may use where the device has them. */
const WANTED_FEATURES = ["shader-f16", "subgroups", "timestamp-query"];

/** Limits that decide how large a feature map can be, and how a kernel can be tiled. */
const WANTED_LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupsPerDimension",
] as const;

/**
 * WebGPU with a device of our own: the stock back end asks for the default limits, under which no tensor may
 * exceed 128 MiB, and for no features. Layers are computed by our own kernels.
 */
export const webgpuTier: Tier = {
  name: "webgpu",
  async start(): Promise<StartedTier> {
    const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
    if (!gpu) throw new Error("this browser does not offer WebGPU");
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) throw new Error("the browser offers it no graphics device");
    const device = await requestDevice(adapter);
    try {
      return await startOn(device, adapter);
    } catch (error) {
      device.destroy();
      throw error;
    }
  },
};

async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredFeatures = WANTED_FEATURES.filter((feature) =>
    adapter.features.has(feature),
  ) as GPUFeatureName[];
  const requiredLimits = Object.fromEntries(WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  try {
    return await adapter.requestDevice({ requiredFeatures, requiredLimits });
  } catch (error) {
    throw new Error(
      `WebGPU refused the graphics device (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

async function startOn(device: GPUDevice, adapter: GPUAdapter): Promise<StartedTier> {
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
  // Small operations must not fall to the CPU: the self-test would test that.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  const backend = new WebGPUBackend(device, adapter.info);
  boundPool(backend, FREE_BYTES);
  // unpacking costs a graphics card nothing, and a processor more than the memory is worth
  if (!isSoftware(backend)) useHalves(backend);
  const meter = watch(backend);
  tf.registerBackend("webgpu", () => backend, 3);
  await activate("webgpu");
  await useTuned(backend, adapter.info);
  registerKernels("webgpu", webgpuKernels);
  let alive = true;
  const lost = device.lost.then(({ message, reason }) => {
    alive = false;
    return message || reason;
  });
  return {
    device: describeAdapter(adapter.info),
    threads: 0,
    lost,
    meter,
    leaveKernels: () => registerKernels("webgpu", null),
    async settle() {
      // What is recorded so far is handed over now; the back end itself does so every 15 dispatches.
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      backend.submitQueue();
      await device.queue.onSubmittedWorkDone();
    },
    async guard(work) {
      if (!alive) throw lostFailure(await lost);
      device.pushErrorScope("validation");
      device.pushErrorScope("out-of-memory");
      // Each scope is popped whatever happens, and a lost device must not leave a figure waiting.
      const outcome = await Promise.race([
        settled(work()),
        lost.then((reason) => ({ error: lostFailure(reason) })),
      ]);
      if (alive) {
        const [memory, validation] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
        if (memory || (validation && isOutOfMemory(validation.message)))
          throw new EngineFailure("out-of-memory", OUT_OF_MEMORY_SENTENCE, { cause: memory ?? validation });
        if (validation)
          throw new EngineFailure(
            "internal",
            `The graphics device refused a computation: ${validation.message}`,
          );
      }
      if ("error" in outcome) throw outcome.error;
      return outcome.value;
    },
    stop() {
      alive = false;
      registerKernels("webgpu", null);
      tf.removeBackend("webgpu");
      device.destroy();
    },
  };
}

async function settled<T>(work: Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}

function lostFailure(reason: string): EngineFailure {
  const why = reason && reason !== "unknown" ? ` (${reason.replace(/\.$/, "")})` : "";
  return new EngineFailure(
    "device-lost",
    `The graphics device was lost during the computation${why}; try again to go on with a fresh one.`,
  );
}

function describeAdapter({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const words = description || [vendor, architecture, device].filter(Boolean).join(" ");
  return words ? `WebGPU on ${words}` : "WebGPU";
}
