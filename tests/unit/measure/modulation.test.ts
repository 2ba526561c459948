import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { compareForms, expectedDeviations } from "../../../lib/measure/modulation.js";
import { modulationCost } from "../../../lib/measure/modulationCost.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { setupFilter } from "../../../lib/ops/setupFilter.js";
import { useWasm } from "./maps.js";

beforeAll(useWasm);

function layer(seed: number, side: number, inputs: number, outputs: number) {
  const draw = (name: string, shape: number[]) =>
    tf.tensor(
      hashNormal(
        `${name} ${seed}`,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
    );
  return {
    x: draw("x", [1, side, side, inputs]) as tf.Tensor4D,
    weight: draw("weight", [3, 3, inputs, outputs]) as tf.Tensor4D,
    styles: draw("styles", [1, inputs]) as tf.Tensor2D,
  };
}

describe("compareForms", () => {
  it.each([
    [1, 1],
    [2, 2],
  ])("finds rounding errors only, and leaves no tensor behind (case %i, upsampling %i)", async (seed, up) => {
    const { x, weight, styles } = layer(seed, 16, 12, 7);
    const filter = setupFilter([1, 3, 3, 1]);
    const before = tf.memory().numTensors;
    const result = await compareForms(x, weight, styles, { up, padding: 1, filter, flipWeight: up === 1 });
    expect(tf.memory().numTensors).toBe(before);
    expect(result.largestMagnitude).toBeGreaterThan(1);
    expect(result.largestDifference).toBeLessThan(1e-5 * result.largestMagnitude);
    expect(result.milliseconds.weights).toBeGreaterThan(0);
    expect(result.milliseconds.activations).toBeGreaterThan(0);
  });

  it("sees outputs that are not finite", async () => {
    const { x, weight } = layer(3, 8, 4, 4);
    const styles = tf.tensor2d([[Infinity, 1, 1, 1]]);
    const { largestMagnitude } = await compareForms(x, weight, styles, { padding: 1, demodulate: false });
    expect(Number.isFinite(largestMagnitude)).toBe(false);
  });
});

describe("expectedDeviations", () => {
  it("is the norm of each output channel's modulated weights", async () => {
    const { weight, styles } = layer(4, 8, 6, 5);
    const [w, s] = [await weight.array(), await styles.array()];
    const expected = Array.from({ length: 5 }, (_, o) =>
      Math.sqrt(w.flat(2).reduce((sum, row, n) => sum + (s[0]![n % 6]! * row[o]!) ** 2, 0)),
    );
    const sigma = await expectedDeviations(weight, styles);
    sigma.forEach((value, o) => expect(value).toBeCloseTo(expected[o]!, 4));
  });

  it("predicts what a convolution of independent inputs gives, away from the border", async () => {
    const { x, weight, styles } = layer(5, 96, 8, 6);
    const spread = Float32Array.from({ length: 8 }, (_, i) => 0.5 + i);
    const y = tf.conv2d(
      tf.mul(x, tf.mul(tf.reshape(styles, [1, 1, 1, 8]), tf.tensor4d(spread, [1, 1, 1, 8]))) as tf.Tensor4D,
      weight,
      1,
      "valid",
    );
    const measured = await tf.sqrt(tf.moments(y, [0, 1, 2]).variance).data();
    const sigma = await expectedDeviations(weight, styles, spread);
    sigma.forEach((value, o) => expect(measured[o]! / value).toBeCloseTo(1, 1));
  });
});

describe("modulationCost", () => {
  it("counts a 512-channel layer at 64 x 64 for a batch of four", () => {
    const cost = modulationCost({ batch: 4, side: 64, up: 1, kernel: 3, inputs: 512, outputs: 512 });
    expect(cost.convolution).toBe(4 * 9 * 512 * 512 * 64 * 64);
    expect(cost.weights.kernelValues).toBe(4 * cost.activations.kernelValues);
    expect(cost.weights.scaling).toBe(4 * 2 * 9 * 512 * 512);
    expect(cost.activations.scaling).toBe(4 * 64 * 64 * 1024);
  });

  it("counts what comes out of an upsampling layer at the higher resolution", () => {
    const { activations } = modulationCost({ batch: 1, side: 8, up: 2, kernel: 3, inputs: 3, outputs: 5 });
    expect(activations.scaling).toBe(8 * 8 * 3 + 16 * 16 * 5);
  });
});
