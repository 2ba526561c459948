/** Runs programs on WebGPU as far as everything but the computation: buffers, bindings, hand-overs. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { StyleGAN2Config } from "../lib/weights/config.js";
import type { Parameters } from "../lib/weights/parameters.js";
import { stylegan2Shapes } from "../lib/weights/shapes/stylegan2.js";

/** What was asked of a device. */
export interface Recording {
  /** Dispatches, ours and the stock operations'. */
  dispatches: number;
  /** Bytes of the largest buffer that a dispatch binds. */
  largestBinding: number;
  /** Ends the recording: from now on the back end computes again. */
  stop(): void;
}

/** The parts of the back end that a dispatch goes through. */
interface Inner {
  device: GPUDevice;
  pipelineCache: Record<string, unknown>;
  dispatchCountInPass: number;
  commandQueueOwnedIds: WeakSet<object>;
  tensorToBinding(tensor: TensorInfo): GPUBufferBinding;
  recordAndSubmit(program: unknown, output: TensorInfo, inputs: TensorInfo[], uniforms: unknown): void;
  ensureCommandEncoderReady(): void;
  submitQueue(): void;
}

/** As WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE, after which the back end hands over what it holds. */
const BATCH = 15;

/**
 * Has a back end go through every step of its dispatches but compile and compute: it makes each tensor's buffer, frees
 * and hands over at the same places, and asks the device for a group of the same bindings, which the device refuses
 * where one exceeds its limits (as a validation error). A full-size pass then takes a second on any machine; its numbers
 * mean nothing.
 */
export function recordOnly(backend: WebGPUBackend): Recording {
  const inner = backend as unknown as Inner;
  const { device, pipelineCache } = inner;
  const layouts = new Map<number, GPUBindGroupLayout>();
  const layoutOf = (count: number): GPUBindGroupLayout => {
    const entries = Array.from({ length: count }, (_, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: binding === 0 ? ("storage" as const) : ("read-only-storage" as const) },
    }));
    if (!layouts.has(count)) layouts.set(count, device.createBindGroupLayout({ entries }));
    return layouts.get(count)!;
  };
  const recording: Recording = {
    dispatches: 0,
    largestBinding: 0,
    stop() {
      inner.pipelineCache = pipelineCache;
      delete (inner as Partial<Inner>).recordAndSubmit;
    },
  };
  // whatever program is asked for, there is a pipeline of it
  inner.pipelineCache = new Proxy({}, { has: () => true, get: () => ({}) });
  inner.recordAndSubmit = (_program, output, inputs) => {
    recording.dispatches += 1;
    const bindings = [output, ...inputs].map((tensor) => inner.tensorToBinding(tensor));
    for (const tensor of [output, ...inputs]) inner.commandQueueOwnedIds.add(tensor.dataId);
    for (const { buffer } of bindings)
      recording.largestBinding = Math.max(recording.largestBinding, (buffer as unknown as GPUBuffer).size);
    device.createBindGroup({
      layout: layoutOf(bindings.length),
      entries: bindings.map((resource, binding) => ({ binding, resource })),
    });
    inner.ensureCommandEncoderReady();
    inner.dispatchCountInPass += 1;
    if (inner.dispatchCountInPass >= BATCH) inner.submitQueue();
  };
  return recording;
}

/** Weights of 0 for a StyleGAN2, which take no time to draw: for passes that compute nothing. */
export function emptyWeights(config: StyleGAN2Config): Parameters {
  const entries = [...stylegan2Shapes(config)].map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, { shape, data: new Float32Array(size) }] as const;
  });
  return new Map(entries);
}
