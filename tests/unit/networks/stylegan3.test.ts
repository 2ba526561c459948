import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN3 } from "../../../lib/networks/stylegan3.js";
import { pictureTransform } from "../../../lib/networks/stylegan3Input.js";
import type { StyleGAN3Config } from "../../../lib/weights/config.js";
import { startBackend } from "../../conformance/backend.js";
import { loadRunners, runCase } from "../../conformance/registry.js";
import { passes } from "../../conformance/runner.js";
import { loadCase } from "../../golden.js";
import { wsOf } from "./smallNetworks.js";

beforeAll(() => startBackend("wasm"));

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(before);
});

async function network(): Promise<StyleGAN3> {
  const { case: description, weights } = await loadCase("sg3-generator-t-cond");
  return new StyleGAN3(description.config as unknown as StyleGAN3Config, weights);
}

describe("StyleGAN3", () => {
  it.each(["sg3-generator-t-cond", "sg3-tables"])("reproduces every number of %s", async (name) => {
    const checks = await runCase(await loadCase(name), await loadRunners());
    expect(checks.filter((check) => !passes(check))).toEqual([]);
  });

  it("yields the taps of its list, in order and with their shapes", async () => {
    const net = await network();
    const ws = wsOf(net, 1);
    const seen: [string, string, string][] = [];
    drive(net.synthesis(ws, { inner: () => true }), {
      onStep: ({ name, role, tensor }) => {
        seen.push([name, role, tensor.shape.slice(1).join()]);
      },
    })!.dispose();
    expect(seen).toEqual(net.layers.map(({ name, role, shape }) => [name, role, shape.join()]));
    ws.dispose();
    net.dispose();
  });

  it("goes on from a stored layer to the same picture", async () => {
    const net = await network();
    const ws = wsOf(net, 2);
    const name = net.layers.find((layer) => layer.name.startsWith("L2_") && layer.role === "layer")!.name;
    let x: tf.Tensor4D | null = null;
    const whole = drive(net.synthesis(ws), {
      onStep: (tap) => {
        if (tap.name === name) x = tap.tensor.clone();
      },
    })!;
    const rest = drive(net.synthesis(ws, { from: { name, x: x! } }))!;
    expect(await rest.data()).toEqual(await whole.data());
    tf.dispose([whole, rest, x!, ws]);
    net.dispose();
  });

  it("frees everything when the reader stops early, and refuses what it does not have", async () => {
    const net = await network();
    const ws = wsOf(net, 3);
    expect(drive(net.synthesis(ws), { until: net.layers[4]!.name })).toBeNull();
    expect(() => net.synthesis(ws, { lod: 1 })).toThrow(/no level of detail/);
    const x: tf.Tensor4D = tf.zeros([1, 1, 1, 1]);
    expect(() => net.synthesis(ws, { from: { name: net.layers.at(-1)!.name, x } })).toThrow(/cannot go on/);
    tf.dispose([ws, x]);
    net.dispose();
  });

  it("inverts the motion of the picture: transform times motion is the identity", () => {
    const [angle, move] = [33, [0.2, -0.4] as const];
    const [c, s] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const motion = [
      [c, s, move[0]],
      [-s, c, move[1]],
      [0, 0, 1],
    ];
    const inverse = pictureTransform(angle, move);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) {
        const value = motion.reduce((sum, row, k) => sum + inverse[i]![k]! * row[j]!, 0);
        expect(value).toBeCloseTo(i === j ? 1 : 0, 12);
      }
  });
});
