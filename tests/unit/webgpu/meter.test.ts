import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { millisecondsOf, watch, type Meter } from "../../../lib/webgpu/meter.js";
import { startWebGPU } from "../../conformance/webgpu.js";

describe("the sum of spans between timestamps", () => {
  it("adds up pairs of nanoseconds", () => {
    expect(millisecondsOf(BigUint64Array.of(1_000_000n, 3_500_000n, 10_000_000n, 10_250_000n))).toBe(2.75);
  });

  it("is nothing where a span ends before it begins, or no timestamp was written", () => {
    expect(millisecondsOf(BigUint64Array.of(5n, 3n))).toBeNull();
    expect(millisecondsOf(BigUint64Array.of(0n, 0n, 0n, 0n))).toBeNull();
  });
});

describe("a meter", () => {
  let backend: WebGPUBackend;
  let meter: Meter;
  beforeAll(async () => {
    await startWebGPU();
    backend = tf.backend() as WebGPUBackend;
    meter = watch(backend);
  });

  /** `count` matrix products, done by the device. */
  async function work(count: number): Promise<void> {
    const x = tf.ones<tf.Rank.R2>([96, 96]);
    await x.data();
    for (let i = 0; i < count; i++) tf.matMul(x, x).dispose();
    x.dispose();
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    await backend.device.queue.onSubmittedWorkDone();
  }

  it("counts the dispatches of a lap, and begins the next with none", async () => {
    await work(1);
    meter.start(false);
    await work(1);
    const one = await meter.lap();
    await work(4);
    const four = await meter.lap();
    expect(one.milliseconds).toBeNull();
    expect(four.dispatches - one.dispatches).toBe(3);
    expect((await meter.lap()).dispatches).toBe(0);
  });

  it("times a lap by the device where it has timestamps: more work takes longer, none longer than the clock says", async () => {
    const offered = backend.device.features.has("timestamp-query");
    const timed = async (count: number) => {
      meter.start(true);
      const started = performance.now();
      await work(count);
      const clock = performance.now() - started;
      return { device: (await meter.lap()).milliseconds, clock };
    };
    const [few, many] = [await timed(2), await timed(40)];
    if (!offered) return expect([few.device, many.device]).toEqual([null, null]);
    expect(few.device).toBeGreaterThan(0);
    expect(many.device).toBeGreaterThan(2 * few.device!);
    expect(many.device).toBeLessThan(many.clock);
  });

  it("takes no timestamps when it was not asked to", async () => {
    meter.start(false);
    await work(3);
    expect((await meter.lap()).milliseconds).toBeNull();
  });
});
