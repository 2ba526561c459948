import * as tf from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { registerKernels } from "../../../lib/ops/kernels.js";
import { boundPool, FREE_BYTES, type BufferCounts } from "../../../lib/webgpu/bufferPool.js";
import { useHalves } from "../../../lib/webgpu/halves.js";
import { webgpuKernels } from "../../../lib/webgpu/kernels.js";
import { submit } from "../../../lib/webgpu/run.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { parseManifest } from "../../../lib/weights/manifest.js";
import { startWebGPU } from "../../conformance/webgpu.js";
import { emptyWeights, recordOnly } from "../../recording.js";

/** The least that a device may offer. */
const LIMIT = 128 * 2 ** 20;

let counts: BufferCounts;

beforeAll(async () => {
  await startWebGPU(true, { maxStorageBufferBindingSize: LIMIT });
  const { device } = tf.backend() as WebGPUBackend;
  expect(device.limits.maxStorageBufferBindingSize).toBe(LIMIT);
  counts = boundPool(tf.backend() as WebGPUBackend, FREE_BYTES);
  useHalves(tf.backend() as WebGPUBackend); // as the book's engine on a graphics card
});
afterEach(() => registerKernels("webgpu", webgpuKernels));

function stylegan2(id: string): StyleGAN2 {
  const path = new URL(`../../../data/weights/${id}/manifest.json`, import.meta.url);
  const config = parseManifest(JSON.parse(readFileSync(path, "utf8"))).config as StyleGAN2Config;
  return new StyleGAN2(config, emptyWeights(config));
}

/** Records a pass of 1024x1024, handing over between layers as the book's engine does. */
async function record(id: string, batch = 1) {
  const { device } = tf.backend() as WebGPUBackend;
  const recording = recordOnly(tf.backend() as WebGPUBackend);
  device.pushErrorScope("validation");
  try {
    const model = stylegan2(id);
    try {
      recording.dispatches = 0;
      counts.peak = counts.numBytesAllocated;
      const ws = tf.tidy(() => model.map(tf.zeros([batch, model.zDim])));
      const picture = drive(model.synthesis(ws, { unseen: () => true }), { onStep: () => void submit() });
      expect(picture?.shape).toEqual([batch, 1024, 1024, 3]);
      tf.dispose([ws, picture!]);
    } finally {
      model.dispose();
      submit();
    }
  } finally {
    recording.stop();
  }
  return { ...recording, peak: counts.peak, refused: (await device.popErrorScope())?.message };
}

describe("a device that binds no more than 128 MiB", () => {
  it.each(["portraits-lite-sg2", "full-sg2"])("runs %s at 1024x1024", async (id) => {
    const { refused, largestBinding, dispatches, peak } = await record(id);
    expect(refused).toBeUndefined();
    expect(largestBinding).toBeLessThanOrEqual(LIMIT);
    expect(dispatches).toBeLessThanOrEqual(80);
    expect(peak).toBeLessThanOrEqual(450e6);
  });

  it("gets a sentence instead of a picture for two full-size pictures at once", async () => {
    await expect(record("full-sg2", 2)).rejects.toThrow(/268435456 bytes exceeds .* 134217728 bytes/);
  });

  it("refuses the stock operations, whose unfiltered map is larger: the recording sees what the device sees", async () => {
    registerKernels("webgpu", null);
    const { refused, largestBinding } = await record("full-sg2");
    expect(largestBinding).toBeGreaterThan(LIMIT);
    expect(refused).toMatch(/exceeds|larger than/);
  });
});
