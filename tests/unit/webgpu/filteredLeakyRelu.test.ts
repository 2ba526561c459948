import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  designLowpassFilter,
  filteredLeakyRelu,
  registerKernels,
  type Filter,
} from "../../../lib/ops/index.js";
import { chooseTile, filteredBytes, filteredTile } from "../../../lib/webgpu/filteredTile.js";
import { webgpuKernels } from "../../../lib/webgpu/kernels.js";
import { webgpu } from "../../../lib/webgpu/run.js";
import type { Memory } from "../../../lib/webgpu/tiling.js";
import { compare, normal, start } from "./twins.js";

beforeAll(start);
afterEach(() => registerKernels("webgpu", null));

const TOLERANCE = 1e-5;
const whole = (min: number, max: number) => fc.integer({ min, max });

/** A low-pass filter as StyleGAN3 makes them. */
function lowpass(taps: number, factor: number, radial: boolean): Filter | null {
  return designLowpassFilter({ taps, cutoff: 0.9, width: 1.1, samplingRate: 2 * factor, radial });
}

const MEMORIES: readonly Memory[] = ["registers", "workgroup"];

describe.each(MEMORIES)("filteredLeakyRelu with the threads of %s", (memory) => {
  const cases = fc.record({
    n: whole(1, 2),
    h: whole(1, 13),
    w: whole(1, 13),
    c: whole(1, 9),
    up: whole(1, 4),
    down: whole(1, 3),
    padding: fc.tuple(whole(-3, 9), whole(-3, 9), whole(-3, 9), whole(-3, 9)),
    upTaps: whole(0, 9),
    downTaps: whole(0, 9),
    radial: fc.boolean(),
    bias: fc.boolean(),
    flipFilter: fc.boolean(),
    clamp: fc.constantFrom(null, 0.7),
  });

  it("is filteredLeakyRelu for any factors, paddings and filters", async () => {
    let compared = 0;
    for (const sample of fc.sample(cases, { seed: 8, numRuns: memory === "registers" ? 24 : 8 })) {
      const { n, h, w, c, upTaps, downTaps, radial, bias, ...options } = sample;
      const { up, padding } = options;
      const need = Math.max(upTaps, 1) + Math.max(downTaps, 1) - 1;
      if (w * up + padding[0] + padding[1] < need || h * up + padding[2] + padding[3] < need) continue;
      compared += 1;
      const { error, taken } = await compare(
        () =>
          filteredLeakyRelu(normal<Tensor4D>([n, h, w, c], "x"), bias ? normal<Tensor1D>([c], "b") : null, {
            ...options,
            upFilter: upTaps ? normal<Tensor1D>([upTaps], "fore") : null,
            downFilter: downTaps ? normal<Filter>(radial ? [downTaps, downTaps] : [downTaps], "aft") : null,
            gain: 1.3,
            slope: 0.1,
          }),
        memory,
      );
      expect(error, JSON.stringify(sample)).toBeLessThan(TOLERANCE);
      expect(taken).toContain("filteredLeakyRelu");
    }
    expect(compared).toBeGreaterThan(memory === "registers" ? 12 : 3);
  });

  it.each([
    ["T", 2, 12, false],
    ["T, where it upsamples", 4, 24, false],
    ["R", 2, 12, true],
    ["R, where it upsamples", 4, 24, true],
  ] as const)("is StyleGAN3-%s's nonlinearity on a map of several tiles", async (_, up, taps, radial) => {
    const { error, taken } = await compare(
      () =>
        filteredLeakyRelu(normal([1, 37, 41, 7], "x"), normal<Tensor1D>([7], "b"), {
          upFilter: lowpass(taps, up, false),
          downFilter: lowpass(12, 2, radial),
          up,
          down: 2,
          padding: [11, 8, 9, 10],
          clamp: 256,
        }),
      memory,
    );
    expect(error).toBeLessThan(TOLERANCE);
    expect(taken).toContain("filteredLeakyRelu");
  });
});

describe("filteredLeakyRelu", () => {
  it("leaves two-dimensional filters before the leaky ReLU to the readable operation", async () => {
    const { error, taken } = await compare(() =>
      filteredLeakyRelu(normal([1, 5, 6, 3], "x"), null, {
        upFilter: normal<Tensor2D>([3, 3], "fore"),
        up: 2,
        padding: 2,
      }),
    );
    expect(error).toBeLessThan(TOLERANCE);
    expect(taken).not.toContain("filteredLeakyRelu");
  });

  it("takes one dispatch, and leaves no tensor behind", async () => {
    await tf.setBackend("webgpu");
    registerKernels("webgpu", webgpuKernels);
    const backend = webgpu();
    const run = backend.runWebGPUProgram.bind(backend);
    const [x, up] = [normal<Tensor4D>([1, 20, 20, 8], "x"), normal<Tensor1D>([12], "f")];
    const before = tf.memory().numTensors;
    let dispatches = 0;
    backend.runWebGPUProgram = (...given) => {
      dispatches += 1;
      return run(...given);
    };
    const y = filteredLeakyRelu(x, null, { upFilter: up, downFilter: up, up: 2, down: 2, padding: 11 });
    backend.runWebGPUProgram = run;
    expect(dispatches).toBe(1);
    expect(tf.memory().numTensors).toBe(before + 1);
    tf.dispose([x, up, y]);
  });
});

describe("chooseTile", () => {
  const plan = { up: 2, down: 2, upTaps: 12, downTaps: 12, separable: true } as const;

  it("fits the device's workgroup memory, and takes a larger tile where there is more", () => {
    const small = chooseTile(plan, [1044, 1044], 16384)!;
    const large = chooseTile(plan, [1044, 1044], 32768)!;
    expect(filteredBytes(small)).toBeLessThanOrEqual(16384);
    expect(filteredBytes(large)).toBeLessThanOrEqual(32768);
    expect(large.size[0] * large.size[1]).toBeGreaterThan(small.size[0] * small.size[1]);
  });

  it("holds the pixels that reach a tile, wherever it begins", () => {
    fc.assert(
      fc.property(
        whole(1, 4),
        whole(1, 3),
        whole(1, 24),
        whole(1, 12),
        whole(1, 16),
        whole(-40, 40),
        (up, down, upTaps, downTaps, side, base) => {
          const tile = filteredTile({ up, down, upTaps, downTaps, separable: true }, [side, side]);
          expect(tile.fine[0]).toBe((side - 1) * down + downTaps);
          // places of the image's pixels among those that the fine map's taps cover
          const reached = Array.from({ length: tile.fine[0] + upTaps - 1 }, (_, i) => base + i).filter(
            (p) => p % up === 0,
          );
          expect(tile.image[0]).toBeGreaterThanOrEqual(reached.length);
          expect(tile.image[0]).toBeLessThanOrEqual(reached.length + 1);
        },
      ),
      { seed: 3 },
    );
  });

  it("gives none where not even a pixel's share fits", () => {
    expect(chooseTile({ ...plan, downTaps: 64 }, [9, 9], 16384)).toBeNull();
  });
});
