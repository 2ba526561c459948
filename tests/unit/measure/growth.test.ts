import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { differencePicture, displayGain, rootMeanSquare } from "../../../lib/measure/pictureSteps.js";
import { sharesOf, type PictureMoments } from "../../../lib/measure/contributionShares.js";
import { contributionMoments } from "../../../lib/measure/skipContributions.js";
import { productsAt } from "../../../lib/measure/upsamplingProducts.js";
import { upsamplingSteps } from "../../../lib/measure/upsamplingSteps.js";
import { setupFilter } from "../../../lib/ops/setupFilter.js";
import { upsampleNearest } from "../../../lib/ops/upsampleNearest.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { useWasm } from "./maps.js";

beforeAll(useWasm);

function random(seed: number, side: number, channels: number): Tensor4D {
  return tf.tensor4d(hashNormal(`growth ${seed}`, side * side * channels), [1, side, side, channels]);
}

describe("displayGain", () => {
  it("is the largest power of two that keeps all but two percent within -1 .. 1", () => {
    expect(displayGain([0.3, -0.2, 0.1])).toBe(2);
    expect(displayGain([0.26, -0.2])).toBe(2);
    expect(displayGain([0.25, -0.2])).toBe(4);
    expect(displayGain([3, 1])).toBe(0.25);
    expect(displayGain([0, 0])).toBe(1024);
    const values = new Float32Array(1000).fill(0.1);
    values[7] = 50;
    expect(displayGain(values)).toBe(8);
  });
});

describe("differencePicture", () => {
  it("shows equal pictures grey, and measures the root mean square of a difference", async () => {
    const [a, b] = [random(1, 8, 3), random(2, 8, 3)];
    const none = await differencePicture(a, a);
    expect(none.rms).toBe(0);
    expect([...none.pixels.slice(0, 4)]).toEqual([128, 128, 128, 255]);
    const { rms, gain, pixels } = await differencePicture(a, b);
    const [from, to] = [a.dataSync(), b.dataSync()];
    expect(rms).toBeCloseTo(rootMeanSquare(from.map((value, i) => to[i]! - value) as Float32Array), 6);
    expect(pixels[0]).toBe(Math.min(255, Math.max(0, Math.floor((to[0]! - from[0]!) * gain * 127.5 + 128))));
  });
});

describe("sharesOf", () => {
  const part = (resolution: number, mean: number, square: number, product: number) => ({
    resolution,
    mean: [mean],
    square: [square],
    product: [product],
  });

  it("gives independent parts their variance, and the paper's share their standard deviation", () => {
    // variances 9 and 16, means 1 and 2, no covariance between the parts
    const picture: PictureMoments = {
      parts: [part(4, 1, 10, 9 + 1 * 3), part(8, 2, 20, 16 + 2 * 3)],
      mean: [3],
      square: [25 + 9],
      residual: 0,
    };
    const [low, high] = sharesOf([picture]) as [never, never];
    expect(low).toMatchObject({ resolution: 4, std: 3 });
    expect((low as { ofStd: number }).ofStd).toBeCloseTo(3 / 7);
    expect((low as { ofVariance: number }).ofVariance).toBeCloseTo(9 / 25);
    expect((high as { ofVariance: number }).ofVariance).toBeCloseTo(16 / 25);
  });

  it("counts what differs from picture to picture, such as their brightness", () => {
    const flat = (mean: number): PictureMoments => ({
      parts: [part(4, mean, mean ** 2, mean ** 2), part(8, 0, 0, 0)],
      mean: [mean],
      square: [mean ** 2],
      residual: 0,
    });
    expect(sharesOf([flat(1)])[0]!.std).toBe(0);
    expect(sharesOf([flat(1), flat(-1)])[0]!).toMatchObject({ std: 1, ofStd: 1, ofVariance: 1 });
  });

  it("lets a part that works against the others count as negative", async () => {
    const base = random(5, 8, 3);
    const against = tf.mul<Tensor4D>(base, -0.5);
    const filter = setupFilter([1, 3, 3, 1], { separable: true });
    const moments = await contributionMoments([base, against], tf.add(base, against), filter);
    expect(moments.residual).toBeLessThan(1e-6);
    const [first, second] = sharesOf([moments]);
    expect(first!.ofVariance).toBeCloseTo(2, 4);
    expect(second!.ofVariance).toBeCloseTo(-1, 4);
    expect(first!.ofStd).toBeCloseTo(2 / 3, 4);
  });

  it("refuses no pictures", () => {
    expect(() => sharesOf([])).toThrow(/at least one picture/);
  });
});

describe("upsamplingSteps", () => {
  it.each([[[1, 3, 3, 1]], [[1, 2, 1]], [[1, 1]], [[1, 5, 10, 10, 5, 1]]])(
    "adds the products of %j up to what the operation gives, at every pixel",
    async (taps) => {
      const x = random(taps.length, 4, 1);
      const steps = await upsamplingSteps(x, taps);
      expect([steps.inserted.width, steps.output.width]).toEqual([8, 8]);
      expect(steps.padded.width).toBe(8 + taps.length - 1);
      for (let i = 0; i < 8; i++)
        for (let j = 0; j < 8; j++) {
          const sum = productsAt(steps, j, i).reduce((total, { product }) => total + product, 0);
          expect(sum).toBeCloseTo(steps.output.values[8 * i + j]!, 5);
        }
    },
  );

  it("repeats pixels with the filter [1, 1]", async () => {
    const x = random(3, 5, 1);
    const { output } = await upsamplingSteps(x, [1, 1]);
    expect([...output.values]).toEqual([...upsampleNearest(x).dataSync()]);
  });

  it("gives a corner nine sixteenths of its pixel, as the rest of its window is padding", async () => {
    const x = random(4, 4, 1);
    const steps = await upsamplingSteps(x, [1, 3, 3, 1]);
    const [x00, x01, , , x10, x11] = x.dataSync() as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    expect(steps.output.values[0]).toBeCloseTo((9 / 16) * x00, 5);
    expect(steps.output.values[8 + 1]).toBeCloseTo((9 * x00 + 3 * x01 + 3 * x10 + x11) / 16, 5);
    expect(steps.output.values[16 + 2]).toBeCloseTo((x00 + 3 * x01 + 3 * x10 + 9 * x11) / 16, 5);
    const kinds = productsAt(steps, 0, 0).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "padding")).toHaveLength(12);
    expect(kinds.filter((kind) => kind === "input")).toHaveLength(1);
    expect(productsAt(steps, 2, 2).filter(({ kind }) => kind === "input")).toHaveLength(4);
  });

  it("weighs the inputs of an inner pixel so that they add up to one", async () => {
    const steps = await upsamplingSteps(random(6, 4, 1), [1, 3, 3, 1]);
    const used = productsAt(steps, 3, 4).filter(({ kind }) => kind === "input");
    expect(used.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 6);
  });

  it("refuses maps that are too large to read, and pixels that there are not", async () => {
    await expect(upsamplingSteps(random(7, 65, 1), [1, 1])).rejects.toThrow(
      /at most 64 pixels a side, not 65/,
    );
    const steps = await upsamplingSteps(random(7, 4, 1), [1, 1]);
    expect(() => productsAt(steps, 8, 0)).toThrow(/outside the output of 8 x 8/);
  });
});
