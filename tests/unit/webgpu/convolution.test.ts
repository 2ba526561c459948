import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { conv2d, convolutionLayer, setupFilter, upsampleConv2d } from "../../../lib/ops/index.js";
import { workgroupBytes } from "../../../lib/webgpu/convolutionShader.js";
import { windowOf } from "../../../lib/webgpu/taps.js";
import {
  DIVISIONS,
  tilingFor,
  type Division,
  type DivisionName,
  type Memory,
} from "../../../lib/webgpu/tiling.js";
import { compare, normal, start } from "./twins.js";

beforeAll(start);

const TOLERANCE = 1e-5;

/** Sizes that leave every kind of remainder: in tiles, cells and groups of four channels. */
function sizes(seed: number, channels: "fours" | "any") {
  const count = fc.integer({ min: 1, max: 5 });
  const side = fc.integer({ min: 1, max: 21 });
  const shape = fc.record({ n: fc.integer({ min: 1, max: 2 }), h: side, w: side, i: count, o: count });
  return fc.sample(shape, { seed, numRuns: 3 }).map(({ n, h, w, i, o }) => {
    const scale = channels === "fours" ? 4 : 1;
    return { n, h: h + 2, w: w + 2, i: i * scale, o: o * scale * (channels === "any" ? 3 : 1) };
  });
}

const MEMORIES: readonly Memory[] = ["registers", "workgroup"];

describe.each(MEMORIES)("convolve with %s", (memory) => {
  it.each(["fours", "any"] as const)("is conv2d on random shapes, channels in %s", async (channels) => {
    for (const { n, h, w, i, o } of sizes(11, channels)) {
      const { error, taken } = await compare(
        () =>
          conv2d(normal<Tensor4D>([n, h, w, i], "x"), normal<Tensor4D>([3, 3, i, o], "w"), { padding: 1 }),
        memory,
      );
      expect(error, `${[n, h, w, i, o]}`).toBeLessThan(TOLERANCE);
      expect(taken).toContain("conv2d");
    }
  });

  it("is conv2d at every second pixel, on random shapes and kernels", async () => {
    for (const [kernel, padding] of [
      [3, 1],
      [4, -1],
    ] as const)
      for (const { n, h, w, i, o } of sizes(21 + kernel, "any")) {
        const { error, taken } = await compare(
          () =>
            conv2d(
              normal<Tensor4D>([n, h + 4, w + 4, i], "x"),
              normal<Tensor4D>([kernel, kernel, i, o], "w"),
              { stride: 2, padding },
            ),
          memory,
        );
        expect(error, `${[kernel, n, h, w, i, o]}`).toBeLessThan(TOLERANCE);
        expect(taken).toContain("conv2d");
      }
  });

  it("is conv2d on a map of more than one tile", async () => {
    const work = () =>
      conv2d(normal<Tensor4D>([1, 35, 41, 8], "x"), normal<Tensor4D>([3, 3, 8, 36], "w"), { padding: 1 });
    expect((await compare(work, memory)).error).toBeLessThan(TOLERANCE);
    const apart = () =>
      conv2d(normal<Tensor4D>([1, 35, 41, 8], "x"), normal<Tensor4D>([3, 3, 8, 36], "w"), { stride: 2 });
    expect((await compare(apart, memory)).error).toBeLessThan(TOLERANCE);
  });

  it("is upsampleConv2d on random shapes, kernels and crops", async () => {
    for (const [kernel, padding] of [
      [3, 0],
      [4, -1],
    ] as const) {
      for (const { n, h, w, i, o } of sizes(5 + kernel, "fours")) {
        const { error, taken } = await compare(
          () =>
            upsampleConv2d(
              normal<Tensor4D>([n, h, w, i], "x"),
              normal<Tensor4D>([kernel, kernel, i, o], "w"),
              { padding },
            ),
          memory,
        );
        expect(error, `${[kernel, n, h, w, i, o]}`).toBeLessThan(TOLERANCE);
        expect(taken).toContain("upsampleConv2d");
      }
    }
  });

  it("is upsampleConv2d with as many channels as its loop takes together, and with others, by programs of their own", async () => {
    for (const inputs of [8, 6, 12]) {
      const work = () =>
        upsampleConv2d(normal<Tensor4D>([1, 5, 6, inputs], "x"), normal<Tensor4D>([3, 3, inputs, 4], "w"));
      expect((await compare(work, memory)).error, `${inputs}`).toBeLessThan(TOLERANCE);
    }
  });

  it("is StyleGAN2's layer: style, demodulation, noise, bias, leaky ReLU, gain and clamp", async () => {
    for (const { n, h, w, i, o } of sizes(3, "fours")) {
      const { error, taken } = await compare(
        () =>
          convolutionLayer(normal([n, h, w, i], "x"), normal([3, 3, i, o], "w"), {
            form: { kind: "modulated", styles: normal<Tensor2D>([n, i], "s"), padding: 1 },
            noise: { map: normal([1, h, w, 1], "noise"), strength: 1 },
            bias: normal<Tensor1D>([o], "b"),
            activation: "lrelu",
            gain: 1.3,
            clamp: 1.1,
          }),
        memory,
      );
      expect(error, `${[n, h, w, i, o]}`).toBeLessThan(TOLERANCE);
      expect(taken).toContain("convolutionLayer");
    }
  });

  it.each(["fours", "any"] as const)("is StyleGAN2's upsampling layer, channels in %s", async (channels) => {
    for (const { n, h, w, i, o } of sizes(8, channels)) {
      const { error, taken } = await compare(
        () =>
          convolutionLayer(normal([n, h, w, i], "x"), normal([3, 3, i, o], "w"), {
            form: {
              kind: "modulated",
              styles: normal<Tensor2D>([n, i], "s"),
              padding: 1,
              up: 2,
              filter: setupFilter([1, 3, 3, 1], { separable: true }),
              flipWeight: false,
            },
            noise: { map: normal([n, 2 * h, 2 * w, 1], "noise"), strength: 1 },
            bias: normal<Tensor1D>([o], "b"),
            activation: "lrelu",
          }),
        memory,
      );
      expect(error, `${[n, h, w, i, o]}`).toBeLessThan(TOLERANCE);
      expect(taken).toContain("convolutionLayer");
    }
  });
});

describe("convolve", () => {
  it("is StyleGAN1's layers: a strength of noise per channel, a transposed kernel, a blur", async () => {
    for (const { n, h, w, i, o } of sizes(21, "fours")) {
      const finish = (height: number, width: number) => ({
        noise: { map: normal([1, height, width, 1], "noise"), strength: normal<Tensor1D>([o], "strength") },
        bias: normal<Tensor1D>([o], "b"),
        activation: "lrelu" as const,
        gain: 1,
      });
      const plain = await compare(() =>
        convolutionLayer(normal([n, h, w, i], "x"), normal([3, 3, i, o], "w"), {
          form: { kind: "plain", padding: 1 },
          ...finish(h, w),
        }),
      );
      expect(plain.error).toBeLessThan(TOLERANCE);
      const upsampling = await compare(() =>
        convolutionLayer(normal([n, h, w, i], "x"), normal([4, 4, i, o], "w"), {
          form: { kind: "blurred", padding: -1, taps: [1, 2, 1] },
          ...finish(2 * h, 2 * w),
        }),
      );
      expect(upsampling.error).toBeLessThan(TOLERANCE);
      for (const { taken } of [plain, upsampling]) expect(taken).toContain("convolutionLayer");
    }
  });

  it("leaves to the readable operation what it has no code for", async () => {
    const layer = (options: object) => () =>
      convolutionLayer(normal([1, 5, 5, 4], "x"), normal([3, 3, 4, 4], "w"), {
        form: { kind: "plain", padding: 1 },
        ...options,
      });
    const softplus = await compare(layer({ activation: "softplus" }));
    const channelNoise = await compare(() =>
      layer({ noise: { map: normal([1, 1, 1, 4], "noise"), strength: normal([5, 5], "strength") } })(),
    );
    for (const { error, taken } of [softplus, channelNoise]) {
      expect(error).toBeLessThan(TOLERANCE);
      expect(taken).not.toContain("convolutionLayer");
    }
  });

  it.each(Object.keys(DIVISIONS) as DivisionName[])(
    "has no other numbers, divided as %s",
    async (division) => {
      const styles = () => normal<Tensor2D>([1, 24], "s");
      const layer = (up: 1 | 2) => () =>
      convolutionLayer(normal([1, 37, 34, 24], "x"), normal([3, 3, 24, 68], "w"), {
        form: up === 1
          ? { kind: "modulated", styles: styles(), padding: 1 }
          : { kind: "modulated", styles: styles(), padding: 1, up, filter: setupFilter([1, 3, 3, 1], { separable: true }), flipWeight: false },
        bias: normal<Tensor1D>([68], "b"),
        activation: "lrelu",
      }); // prettier-ignore
      for (const up of [1, 2] as const)
        expect((await compare(layer(up), division)).error).toBeLessThan(TOLERANCE);
    },
  );

  it.each(Object.entries(DIVISIONS) as [DivisionName, Division][])(
    "stays within the workgroup memory and threads that every device has, divided as %s",
    (_, division) => {
      const kinds = [[1, 1, 1], [3, 1, 1], [4, 1, 1], [3, 2, 1], [4, 2, 1], [3, 1, 2], [4, 1, 2]] as const; // prettier-ignore
      for (const [kernel, up, stride] of kinds)
        for (const side of [4, 1024]) {
          const window = windowOf({ kernel: [kernel, kernel], up, padding: [0, 0, 0, 0] });
          const tiling = tilingFor(division, { up, stride, taps: window.taps.length, inputs: 32 }, [
            side,
            side,
          ]);
          expect(workgroupBytes({ window, stride, tiling })).toBeLessThanOrEqual(16384);
          expect(tiling.lanes * tiling.spread[0] * tiling.spread[1]).toBeLessThanOrEqual(256);
        }
    },
  );
});
