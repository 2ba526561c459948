import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { pullBack, type PulledBack, type PullBackOptions } from "../../../lib/networks/pullBack.js";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { trainableTensors } from "../../../lib/networks/trainable.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { pathLengths } from "../../../lib/training/pathLength.js";
import { synthesiseStyleGAN2 } from "../../../lib/training/synthesiseStyleGAN2.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

const CONFIG: StyleGAN2Config = {
  z_dim: 6,
  c_dim: 0,
  w_dim: 7,
  img_resolution: 32,
  img_channels: 3,
  mapping_kwargs: { num_layers: 2 },
  synthesis_kwargs: { channel_base: 256, channel_max: 12, num_fp16_res: 0 },
};

const normal = <T extends tf.Tensor>(key: string, shape: number[]) =>
  tf.tensor(
    hashNormal(
      key,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  ) as T;

/** Weights with noise and biases that are not zero, so that their part in the way back is seen. */
function parametersOf(config: StyleGAN2Config) {
  const parameters = new Map(initialise("stylegan2", config, "pull-back"));
  for (const [name, { shape, data }] of parameters)
    if (/noise_strength$|(conv[01]|torgb)\.bias$/.test(name))
      parameters.set(name, { shape, data: hashNormal(name, data.length, 0, 0.3) });
  return parameters;
}

function run(
  network: StyleGAN2,
  ws: Tensor3D,
  directions: Tensor4D[],
  options: PullBackOptions = {},
): PulledBack {
  const steps = pullBack(network, ws, directions, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const largest = (x: tf.Tensor) => tf.tidy(() => tf.max(tf.abs(x)).dataSync()[0]!);

describe("the pull-back of an image direction", () => {
  it.each([
    { name: "at full size", config: CONFIG, resolution: 32 },
    { name: "at a lower resolution's RGB", config: CONFIG, resolution: 8 },
    {
      name: "where outputs are clamped",
      config: { ...CONFIG, synthesis_kwargs: { ...CONFIG.synthesis_kwargs, conv_clamp: 0.9 } },
      resolution: 16,
    },
  ])("is what automatic differentiation gives, $name", ({ config, resolution }) => {
    const parameters = parametersOf(config);
    const network = new StyleGAN2(config, parameters);
    const ws = normal<Tensor3D>("ws", [1, network.numWs, config.w_dim]);
    const y = ["y0", "y1"].map((key) => normal<Tensor4D>(key, [1, resolution, resolution, 3]));
    const { picture, gradients } = run(network, ws, y, { resolution });

    const smaller = { ...config, img_resolution: resolution };
    const maps = network.layers
      .filter((layer) => /conv[01]$/.test(layer.name) && layer.resolution <= resolution)
      .map((layer) => {
        const { data } = parameters.get(`synthesis.${layer.name}.noise_const`)!;
        return tf.tensor4d(data, [1, layer.resolution, layer.resolution, 1]);
      });
    const rows = 2 * Math.log2(resolution) - 2;
    const synthesise = (at: Tensor3D) => synthesiseStyleGAN2(smaller, trainableTensors(parameters), at, maps);
    const used: Tensor3D = tf.slice(ws, [0, 0, 0], [1, rows, config.w_dim]);
    expect(largest(tf.sub(picture, synthesise(used)))).toBeLessThan(1e-5 * largest(picture));
    y.forEach((direction, i) => {
      const expected = pathLengths(synthesise, used, direction).gradients;
      expect(gradients[i]!.shape).toEqual([1, rows, config.w_dim]);
      expect(largest(tf.sub(gradients[i]!, expected))).toBeLessThan(2e-5 * largest(expected));
    });
  });

  it("is the same for several pictures at once as for each alone", () => {
    const network = new StyleGAN2(CONFIG, parametersOf(CONFIG));
    const ws = normal<Tensor3D>("three", [3, network.numWs, CONFIG.w_dim]);
    const y = normal<Tensor4D>("a y each", [3, 16, 16, 3]);
    const together = run(network, ws, [y], { resolution: 16 });
    expect(together.picture.shape).toEqual([3, 16, 16, 3]);
    for (let i = 0; i < 3; i++) {
      const one: Tensor3D = tf.slice(ws, [i, 0, 0], [1, -1, -1]);
      const alone = run(network, one, [tf.slice(y, [i, 0, 0, 0], [1, -1, -1, -1])], { resolution: 16 });
      const expected = alone.gradients[0]!;
      const own = tf.slice(together.gradients[0]!, [i, 0, 0], [1, -1, -1]);
      expect(largest(tf.sub(own, expected))).toBeLessThan(2e-5 * largest(expected));
    }
    expect(() => run(network, ws, [y], { resolution: 16, noise: { mode: "random", seed: 1 } })).toThrow(
      /one by one/,
    );
  });

  it("foretells how g(w) * y grows along it, for small steps", () => {
    const network = new StyleGAN2(CONFIG, parametersOf(CONFIG));
    const ws = normal<Tensor3D>("at", [1, network.numWs, CONFIG.w_dim]);
    const y = normal<Tensor4D>("towards", [1, 32, 32, 3]);
    const { gradients } = run(network, ws, [y], { noise: { mode: "random", seed: 3 } });
    const along = (h: number) =>
      tf.tidy(() => {
        const picture = drive(
          network.synthesis(tf.add(ws, tf.mul(gradients[0]!, h)), { noise: { mode: "random", seed: 3 } }),
        )!;
        return tf.sum(tf.mul(picture, y)).dataSync()[0]!;
      });
    const squared = tf.sum(tf.square(gradients[0]!)).dataSync()[0]!;
    const h = 2e-3 / Math.sqrt(squared);
    expect((along(h) - along(-h)) / (2 * h * squared)).toBeCloseTo(1, 2);
  });

  it("leaves no tensor behind, finished or not", () => {
    const network = new StyleGAN2(CONFIG, parametersOf(CONFIG));
    const ws = normal<Tensor3D>("ws", [1, network.numWs, CONFIG.w_dim]);
    const y = normal<Tensor4D>("y", [1, 32, 32, 3]);
    const free = ({ picture, gradients }: PulledBack) => tf.dispose([picture, ...gradients]);
    free(run(network, ws, [y])); // derives what it keeps of the weights
    const before = tf.memory().numTensors;
    free(run(network, ws, [y, y]));
    expect(tf.memory().numTensors).toBe(before);
    for (const stop of [0, 3, 20, 30]) {
      const steps = pullBack(network, ws, [y]);
      for (let i = 0; i < stop; i++) steps.next();
      steps.return(undefined as never);
      expect(tf.memory().numTensors, `stopped after ${stop}`).toBe(before);
    }
  });

  it("refuses what it cannot pull back, with a reason", () => {
    const network = new StyleGAN2(CONFIG, parametersOf(CONFIG));
    const ws = normal<Tensor3D>("ws", [1, network.numWs, CONFIG.w_dim]);
    const y = normal<Tensor4D>("y", [1, 16, 16, 3]);
    expect(() => run(network, ws, [y])).toThrow(/a direction has shape/);
    expect(() => run(network, ws, [], { resolution: 12 })).toThrow(/no picture of 12 pixels/);
    const changed = (kwargs: object) =>
      new StyleGAN2({ ...CONFIG, synthesis_kwargs: { ...CONFIG.synthesis_kwargs, ...kwargs } });
    expect(() => run(changed({ architecture: "resnet" }), ws, [])).toThrow(/architecture "skip"/);
    expect(() => run(changed({ activation: "swish" }), ws, [])).toThrow(/straight lines/);
  });
});
