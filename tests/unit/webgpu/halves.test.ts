import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { toFloat16Bits } from "../../../lib/checkpoint/dtype.js";
import { relativeError } from "../../../lib/measure/relativeError.js";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN1 } from "../../../lib/networks/stylegan1.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { forget, remember } from "../../../lib/ops/derived.js";
import { convolutionLayer, setupFilter, type ConvolutionLayerOptions } from "../../../lib/ops/index.js";
import { kernels, registerKernels } from "../../../lib/ops/kernels.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { halvesOf, useHalves } from "../../../lib/webgpu/halves.js";
import { webgpuKernels } from "../../../lib/webgpu/kernels.js";
import { webgpu } from "../../../lib/webgpu/run.js";
import { type Memory } from "../../../lib/webgpu/tiling.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { compare, normal, start } from "./twins.js";

const SHAPE = [3, 3, 24, 32] as const;

beforeAll(async () => {
  await start();
  useHalves(webgpu());
});
afterEach(() => registerKernels("webgpu", null));

/** Seeded numbers that half precision holds exactly. */
function rounded(key: string): Tensor4D {
  const numbers = hashNormal(`halves ${key}`, SHAPE[0] * SHAPE[1] * SHAPE[2] * SHAPE[3]);
  return tf.tensor4d(numbers.map(asHalf), [...SHAPE]);
}

/** The nearest half, computed apart from the code under test: by DataView arithmetic on its bits. */
function asHalf(value: number): number {
  const [bits] = toFloat16Bits(new Float32Array([value]));
  const [sign, exponent, fraction] = [bits! >> 15, (bits! >> 10) & 31, bits! & 1023];
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return sign ? -size : size;
}

/** A layer on a kept weight; whether it was kept in half precision goes to `kept`. */
function layer(form: ConvolutionLayerOptions["form"], kept: boolean[]): Tensor4D {
  const weight = rounded("layer");
  remember(weight);
  kernels().keepWeight?.(weight);
  if (tf.getBackend() === "webgpu") kept.push(halvesOf(weight) !== null);
  const y = convolutionLayer(normal([1, 17, 14, SHAPE[2]], "x"), weight, {
    form,
    bias: normal<Tensor1D>([SHAPE[3]], "bias"),
    activation: "lrelu",
  });
  forget(weight);
  return y;
}

describe("a weight kept in half precision", () => {
  it.each(["registers", "workgroup"] as const)(
    "gives a convolution the same numbers, with %s",
    async (memory: Memory) => {
      const kept: boolean[] = [];
      const styles = () => normal<Tensor2D>([1, SHAPE[2]], "styles");
      const forms: readonly (() => ConvolutionLayerOptions["form"])[] = [
      () => ({ kind: "plain", padding: 1 }),
      () => ({ kind: "modulated", padding: 1, styles: styles() }),
      () => ({
        kind: "modulated",
        padding: 1,
        styles: styles(),
        up: 2,
        filter: setupFilter([1, 3, 3, 1], { separable: true }),
        flipWeight: false,
      }),
    ]; // prettier-ignore
      for (const form of forms) {
        const { error, taken } = await compare(() => layer(form(), kept), memory);
        expect(error).toBeLessThan(1e-5);
        expect(taken).toContain("convolutionLayer");
      }
      expect(kept).toEqual([true, true, true]);
    },
  );

  it("takes half the memory, gives other operations its numbers, and is freed", async () => {
    await tf.setBackend("webgpu");
    registerKernels("webgpu", webgpuKernels);
    const begin = webgpu().memory().numBytesInGPU;
    const held = () => webgpu().memory().numBytesInGPU - begin;
    const weight = rounded("memory");
    const expected = await weight.data();
    remember(weight);
    kernels().keepWeight?.(weight);
    expect(held()).toBe((4 * weight.size) / 2);
    // Node has no canvas, by which the back end reads at once; but it comes as far as that
    expect(() => weight.dataSync()).toThrow(/OffscreenCanvas/);
    expect(held()).toBeGreaterThanOrEqual((4 * weight.size) / 2 + 4 * weight.size);
    const twice = tf.mul<Tensor4D>(weight, 2);
    expect(await twice.data()).toEqual(expected.map((value) => 2 * value));
    twice.dispose();
    forget(weight);
    weight.dispose();
    expect(held()).toBe(0);
  });

  it("is read back, to the nearest half within its range", async () => {
    await tf.setBackend("webgpu");
    registerKernels("webgpu", webgpuKernels);
    const numbers = hashNormal("halves range", 8 * 512);
    numbers.set([1e6, -1e6, 0, 65504]);
    const weight = tf.tensor4d(numbers, [1, 1, 512, 8]);
    remember(weight);
    kernels().keepWeight?.(weight);
    const values = await weight.data();
    expect([...values.slice(0, 4)]).toEqual([65504, -65504, 0, 65504]);
    for (let i = 4; i < values.length; i++)
      expect(Math.abs(values[i]! - numbers[i]!)).toBeLessThanOrEqual(
        2 ** -11 * Math.abs(numbers[i]!) + 2 ** -25,
      );
    forget(weight);
    weight.dispose();
  });

  it("is left as it is where it has no groups of eight channels", () => {
    const weight = tf.zeros<tf.Rank.R4>([3, 3, 128, 12]);
    remember(weight);
    webgpuKernels.keepWeight?.(weight);
    expect(halvesOf(weight)).toBeNull();
    forget(weight);
    weight.dispose();
  });

  it.each(["stylegan1", "stylegan2"] as const)(
    "moves the pictures of %s by less than a thousandth",
    async (family) => {
      await tf.setBackend("webgpu");
      const config =
        family === "stylegan1"
          ? { resolution: 16, fmaps_base: 512, fmaps_max: 32, z_space_dim: 32, w_space_dim: 32 }
          : {
              z_dim: 32,
              w_dim: 32,
              c_dim: 0,
              img_resolution: 16,
              img_channels: 3,
              synthesis_kwargs: { channel_base: 512, channel_max: 32 },
            };
      const picture = async (halved: boolean) => {
        registerKernels("webgpu", halved ? webgpuKernels : { ...webgpuKernels, keepWeight: undefined });
        const parameters = initialise(family, config as never, "halves");
        const network =
          family === "stylegan1"
            ? new StyleGAN1(config as never, parameters)
            : new StyleGAN2(config as never, parameters);
        const ws = tf.tidy(() => network.map(normal([1, 32], "z")));
        const image = drive(network.synthesis(ws))!;
        const data = await image.data();
        tf.dispose([ws, image]);
        network.dispose();
        return data;
      };
      const error = relativeError(await picture(true), await picture(false));
      expect(error).toBeLessThan(1e-3);
      expect(error).toBeGreaterThan(0); // else nothing was kept so
    },
  );
});
