import "@tensorflow/tfjs"; // registers gradients
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  adain,
  conv2d,
  convolutionLayer,
  fullyConnected,
  instanceNorm,
  kernels,
  registerKernels,
  rgbLayer,
  setupFilter,
  upfirdn2d,
} from "../../../lib/ops/index.js";
import { trainableTensors } from "../../../lib/networks/trainable.js";
import { weightEnergy } from "../../../lib/ops/demodulationCoefficients.js";
import { pathLengths } from "../../../lib/training/pathLength.js";
import { synthesiseStyleGAN2 } from "../../../lib/training/synthesiseStyleGAN2.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { webgpuKernels } from "../../../lib/webgpu/kernels.js";
import { compare, normal, start } from "./twins.js";

beforeAll(start);
afterEach(() => registerKernels("webgpu", null));

const TOLERANCE = 1e-5;
const whole = (min: number, max: number) => fc.integer({ min, max });

describe("upfirdn", () => {
  const cases = fc.record({
    n: whole(1, 2),
    h: whole(1, 9),
    w: whole(1, 9),
    c: whole(1, 9),
    up: fc.tuple(whole(1, 4), whole(1, 3)),
    down: fc.tuple(whole(1, 3), whole(1, 4)),
    padding: fc.tuple(whole(-2, 6), whole(-2, 6), whole(-2, 6), whole(-2, 6)),
    taps: whole(1, 13),
    flat: fc.boolean(),
    flipFilter: fc.boolean(),
  });

  it("is upfirdn2d for any factors, paddings and filters", async () => {
    let compared = 0;
    for (const { n, h, w, c, taps, flat, ...options } of fc.sample(cases, { seed: 4, numRuns: 60 })) {
      const { up, padding } = options;
      const width = w * up[0] + padding[0] + padding[1];
      const height = h * up[1] + padding[2] + padding[3];
      if (width < taps || height < taps) continue;
      compared += 1;
      const { error, taken } = await compare(() =>
        upfirdn2d(normal<Tensor4D>([n, h, w, c], "x"), normal<Tensor2D>(flat ? [taps, taps] : [taps], "f"), {
          ...options,
          gain: 1.7,
        }),
      );
      expect(error, JSON.stringify({ n, h, w, c, taps, flat, ...options })).toBeLessThan(TOLERANCE);
      expect(taken).toContain("upfirdn2d");
    }
    expect(compared).toBeGreaterThan(20);
  });
});

describe("rgb", () => {
  it("is rgbLayer with and without styles, bias, clamp and a picture below", async () => {
    const shapes = fc.record({ n: whole(1, 2), h: whole(1, 9), w: whole(1, 9), i: whole(1, 13) });
    const samples = fc.sample(shapes, { seed: 9, numRuns: 6 });
    for (const [index, { n, h, w, i }] of samples.entries()) {
      const inputs = index % 2 ? i : 4 * i;
      const bare = index === 5;
      const { error, taken } = await compare(() =>
        rgbLayer(
          normal([n, 2 * h, 2 * w, inputs], "x"),
          normal([1, 1, inputs, 3], "w"),
          bare ? null : normal<Tensor2D>([n, inputs], "s"),
          bare
            ? {}
            : {
                bias: normal<Tensor1D>([3], "b"),
                ...(index > 1 && {
                  below: normal<Tensor4D>([n, h, w, 3], "below"),
                  filter: setupFilter([1, 3, 3, 1], { separable: index % 2 === 1 }),
                }),
                ...(index > 2 && { clamp: 2.5 }),
              },
        ),
      );
      expect(error, `${[n, h, w, inputs]}`).toBeLessThan(TOLERANCE);
      expect(taken).toContain("rgbLayer");
    }
  });
});

describe("normalise", () => {
  it("is instanceNorm and adain on maps of one chunk and of several, with a mean far from 0", async () => {
    for (const [n, h, w, c] of [[2, 5, 7, 3], [1, 70, 61, 8], [1, 4, 4, 64]] as const) {
      const x = () => tf.add<Tensor4D>(normal<Tensor4D>([n, h, w, c], "x"), 300);
      const plain = await compare(() => instanceNorm(x()));
      const styled = await compare(() => adain(x(), normal<Tensor2D>([n, 2 * c], "s")));
      // 300 standard deviations away a 32-bit float knows a pixel to 3e-5
      for (const { error } of [plain, styled]) expect(error, `${[n, h, w, c]}`).toBeLessThan(1e-4);
      expect(plain.taken).toContain("instanceNorm");
      expect(styled.taken).toContain("adain");
    }
  }); // prettier-ignore

  it("keeps a constant channel at 0", async () => {
    const { error } = await compare(() =>
      tf.add(instanceNorm(tf.fill([1, 9, 9, 4], 7.3) as Tensor4D), tf.ones([1, 9, 9, 4])),
    );
    expect(error).toBeLessThan(TOLERANCE);
  });
});

describe("energy", () => {
  it("is weightEnergy on random kernels", async () => {
    const shapes = fc.record({ k: whole(1, 4), i: whole(1, 40), o: whole(1, 40) });
    for (const { k, i, o } of fc.sample(shapes, { seed: 6, numRuns: 5 })) {
      const { error, taken } = await compare(() => weightEnergy(normal<Tensor4D>([k, k + 1, i, o], "w")));
      expect(error, `${[k, i, o]}`).toBeLessThan(TOLERANCE);
      expect(taken).toContain("weightEnergy");
    }
  });
});

describe("dense", () => {
  it("is fullyConnected on random shapes, linear and with a leaky ReLU", async () => {
    const shapes = fc.record({ n: whole(1, 3), i: whole(1, 70), o: whole(1, 20), act: fc.boolean() });
    for (const { n, i, o, act } of fc.sample(shapes, { seed: 2, numRuns: 8 })) {
      const { error, taken } = await compare(() =>
        fullyConnected(normal([n, i], "x"), normal([o, i], "w"), normal<Tensor1D>([o], "b"), {
          lrMultiplier: 0.3,
          activation: act ? "lrelu" : "linear",
        }),
      );
      expect(error, `${[n, i, o, act]}`).toBeLessThan(TOLERANCE);
      expect(taken).toContain("fullyConnected");
    }
  });

  it("reads one row of each sample", async () => {
    await tf.setBackend("webgpu");
    registerKernels("webgpu", webgpuKernels);
    const ws = normal<tf.Tensor3D>([2, 3, 8], "ws");
    const weight = normal<Tensor2D>([5, 8], "w");
    const result = kernels().fullyConnected!(ws, 1, weight, null, {})!;
    registerKernels("webgpu", null);
    const row = tf.reshape(tf.slice(ws, [0, 1, 0], [2, 1, 8]), [2, 8]) as Tensor2D;
    const expected = await fullyConnected(row, weight, null).data();
    (await result.data()).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
});

describe("kernels", () => {
  it("serve layers whose gradient is being recorded, and what their gradients are made of", async () => {
    const weight = () => normal<Tensor4D>([3, 3, 4, 4], "w");
    const gradient = (f: (x: Tensor4D) => tf.Tensor) => () =>
      tf.grad((x) => f(x as Tensor4D))(normal<Tensor4D>([1, 7, 5, 4], "x"));
    const plain = await compare(gradient((x) => tf.square(conv2d(x, weight(), { padding: 1 }))));
    expect(plain.error).toBeLessThan(TOLERANCE);
    expect(plain.taken).toContain("conv2d");
    const softplus = await compare(
      gradient((x) =>
        convolutionLayer(x, weight(), { form: { kind: "plain", padding: 1 }, activation: "softplus" }),
      ),
    );
    expect(softplus.error).toBeLessThan(TOLERANCE);
    expect(softplus.taken).not.toContain("convolutionLayer");
  });

  it("serve path lengths: J^T y of a small StyleGAN2", async () => {
    const config: StyleGAN2Config = {
      z_dim: 8,
      c_dim: 0,
      w_dim: 8,
      img_resolution: 8,
      img_channels: 3,
      mapping_kwargs: { num_layers: 2 },
      synthesis_kwargs: { channels: { 4: 8, 8: 4 }, conv_clamp: 2 },
    };
    const stored = initialise("stylegan2", config, "twin");
    const maps = [4, 8, 8];
    const network =
      (run: (synthesise: (ws: tf.Tensor3D) => Tensor4D, ws: tf.Tensor3D) => tf.Tensor) => () => {
        const weights = trainableTensors(stored);
        const noise = maps.map((side, i) => normal<Tensor4D>([2, side, side, 1], `noise ${i}`));
        const ws = normal<tf.Tensor3D>([2, 4, 8], "ws");
        const result = run((at) => synthesiseStyleGAN2(config, weights, at, noise), ws);
        tf.dispose([...weights.values()]);
        return result;
      };
    // the pictures first: their programs are then compiled, a long wait on a device in software
    const pictures = await compare(network((synthesise, ws) => synthesise(ws)));
    expect(pictures.error).toBeLessThan(1e-4);
    const { error, taken } = await compare(
      network((synthesise, ws) => pathLengths(synthesise, ws, normal<Tensor4D>([2, 8, 8, 3], "y")).gradients),
    );
    expect(error).toBeLessThan(1e-4);
    for (const name of ["convolutionLayer", "rgbLayer", "conv2d", "upsampleConv2d", "upfirdn2d"])
      expect([...taken]).toContain(name);
  });

  it("are those of the active back end", async () => {
    registerKernels("webgpu", webgpuKernels);
    await tf.setBackend("cpu");
    expect(kernels()).toEqual({});
    await tf.setBackend("webgpu");
    expect(kernels()).toBe(webgpuKernels);
    registerKernels("webgpu", null);
    expect(kernels()).toEqual({});
  });
});
