import "@tensorflow/tfjs"; // registers the gradients, which tfjs-core alone lacks in Node
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { activation, activations, clampMagnitude, type ActivationName } from "../../../lib/ops/index.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

/** On both sides of the corner at 0, and not so near that a difference would reach across. */
const AT = [-2.5, -1.1, -0.4, 0.3, 0.9, 2.2];

/** The functions in double precision, as their papers define them. */
const DEFINITIONS: Record<ActivationName, (x: number, alpha: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  lrelu: (x, alpha) => (x > 0 ? x : alpha * x),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  softplus: (x) => Math.log1p(Math.exp(x)),
  swish: (x) => x / (1 + Math.exp(-x)),
};

/** The n-th derivative by central differences in double precision. */
function derivative(f: (x: number) => number, n: number, x: number): number {
  if (n === 0) return f(x);
  const step = 2e-3;
  return (derivative(f, n - 1, x + step) - derivative(f, n - 1, x - step)) / (2 * step);
}

describe("activations", () => {
  it.each(Object.keys(activations) as ActivationName[])(
    "%s and its first three derivatives agree with finite differences of its definition",
    (name) => {
      const { apply, alpha } = activation(name);
      tf.tidy(() => {
        let f = (x: tf.Tensor): tf.Tensor => apply(x, alpha);
        for (const order of [0, 1, 2, 3]) {
          const values = f(tf.tensor1d(AT)).dataSync();
          AT.forEach((x, i) => {
            const expected = derivative((at) => DEFINITIONS[name](at, alpha), order, x);
            expect(values[i]! - expected, `order ${order} at ${x}`).toBeCloseTo(0, 4);
          });
          const lower = f;
          // the slope of a piecewise linear function does not depend on x; tfjs refuses such gradients, but for the 0 * x^2
          f = (x) => tf.grad((at) => tf.sum(tf.add(lower(at), tf.mul(tf.square(at), 0))))(x);
        }
      });
    },
  );

  it("do not overflow far from zero", () => {
    tf.tidy(() => {
      for (const name of Object.keys(activations) as ActivationName[]) {
        const { apply, alpha } = activation(name);
        const f = (x: tf.Tensor) => apply(x, alpha);
        const at = tf.tensor1d([-200, 200]);
        for (const values of [f(at), tf.grad((x) => tf.sum(f(x)))(at)])
          expect([...values.dataSync()].every(Number.isFinite), name).toBe(true);
      }
    });
  });
});

describe("clampMagnitude", () => {
  it("cuts off at both ends and passes on gradients, of any order, from within only", () => {
    tf.tidy(() => {
      const x = tf.tensor1d([-3, -2, -1, 0.5, 2, 2.5]);
      expect([...clampMagnitude(x, 2).dataSync()]).toEqual([-2, -2, -1, 0.5, 2, 2]);
      const cube = (at: tf.Tensor) => tf.sum(tf.pow(clampMagnitude(at, 2), 3));
      const slope = (at: tf.Tensor) => tf.grad(cube)(at);
      expect([...slope(x).dataSync()]).toEqual([0, 12, 3, 0.75, 12, 0]);
      const curvature = tf.grad((at) => tf.sum(slope(at)))(x);
      expect([...curvature.dataSync()]).toEqual([-0, -12, -6, 3, 12, 0]);
    });
  });
});
