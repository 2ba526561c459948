import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { adamState, adamStep, disposeAdam } from "../../../lib/training/adam.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

describe("Adam", () => {
  it.each([
    { learningRate: 0.01, beta1: 0, beta2: 0.99, epsilon: 1e-8 },
    { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-3 },
  ])("steps as its definition in double precision does, for %o", (options) => {
    const { learningRate, beta1, beta2, epsilon } = options;
    const theta = Array.from(hashNormal("theta", 6));
    const [m, v] = [theta.map(() => 0), theta.map(() => 0)];
    let parameters = new Map<string, tf.Tensor>([["w", tf.tensor2d(theta, [2, 3])]]);
    let state = adamState(parameters);
    for (let t = 1; t <= 5; t++) {
      const gradient = Array.from(hashNormal(`gradient ${t}`, 6));
      const next = adamStep(parameters, new Map([["w", tf.tensor2d(gradient, [2, 3])]]), state, options);
      parameters = next.parameters;
      state = next.state;
      gradient.forEach((g, i) => {
        m[i] = beta1 * m[i]! + (1 - beta1) * g;
        v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
        const rate = (learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
        theta[i]! -= (rate * m[i]!) / (Math.sqrt(v[i]!) + epsilon);
      });
    }
    expect(state.step).toBe(5);
    parameters
      .get("w")!
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(theta[i]!, 5));
  });

  it("leaves what it was given, and nothing else, to be freed", () => {
    const before = tf.memory().numTensors;
    const parameters = new Map<string, tf.Tensor>([["w", tf.ones([3])]]);
    const gradients = new Map<string, tf.Tensor>([["w", tf.ones([3])]]);
    const state = adamState(parameters);
    const next = adamStep(parameters, gradients, state, { learningRate: 1 });
    tf.dispose([...parameters.values(), ...gradients.values(), ...next.parameters.values()]);
    disposeAdam(state);
    disposeAdam(next.state);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses to step without a gradient", () => {
    const parameters = new Map<string, tf.Tensor>([["w", tf.ones([3])]]);
    expect(() => adamStep(parameters, new Map(), adamState(parameters), { learningRate: 1 })).toThrow(
      /for w/,
    );
  });
});
