import "@tensorflow/tfjs"; // the gradients of its operations
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { sineOfTurns } from "../../../lib/ops/sineOfTurns.js";
import { hashUniform } from "../../../lib/random/hashNormal.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

describe("sineOfTurns", () => {
  it("is the sine to seven digits, within a turn and far from it", () => {
    const turns = Float32Array.from(hashUniform("turns", 2000), (u, i) => (u - 0.5) * (i % 2 ? 2 : 60));
    const sines = sineOfTurns(tf.tensor1d(turns)).dataSync();
    turns.forEach((turn, i) => {
      const exact = Math.sin(2 * Math.PI * (turn - Math.round(turn)));
      expect(Math.abs(sines[i]! - exact)).toBeLessThan(1e-6);
    });
  });

  it("has 2 pi cos(2 pi t) as its derivative", () => {
    const turns = tf.tensor1d([-0.45, -0.2, 0, 0.1, 0.3, 1.2]);
    const slope = tf
      .grad((t) => sineOfTurns(t))(turns)
      .dataSync();
    [-0.45, -0.2, 0, 0.1, 0.3, 1.2].forEach((t, i) =>
      expect(slope[i]).toBeCloseTo(2 * Math.PI * Math.cos(2 * Math.PI * t), 4),
    );
  });
});
