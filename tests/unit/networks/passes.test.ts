import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Network, SynthesisOptions } from "../../../lib/networks/network.js";
import { drive, driveAsync } from "../../../lib/networks/run.js";
import type { Tap } from "../../../lib/networks/tap.js";
import { startBackend } from "../../conformance/backend.js";
import { loadCase } from "../../golden.js";
import { create, SMALL, small, wsOf } from "./smallNetworks.js";

const EVERYTHING: SynthesisOptions = { inner: () => true, previews: true };

beforeAll(() => startBackend("wasm"));

describe.each(SMALL)("a pass of %s", (name) => {
  let network: Network;
  let ws: Tensor3D;

  beforeAll(async () => {
    ({ network } = await small(name));
    ws = wsOf(network, 1);
  });
  afterAll(() => {
    network.dispose();
    ws.dispose();
  });

  /** Number of tensors that `run` leaves behind. */
  const left = (run: () => void) => {
    const before = tf.memory().numTensors;
    run();
    return tf.memory().numTensors - before;
  };
  const taps = (options: SynthesisOptions = {}) => {
    const seen: (Pick<Tap, "name" | "role"> & { shape: number[] })[] = [];
    drive(network.synthesis(ws, options), {
      onStep: ({ name, role, tensor }) => void seen.push({ name, role, shape: tensor.shape.slice(1) }),
    })!.dispose();
    return seen;
  };
  const picture = (options: SynthesisOptions = {}) => {
    const image = drive(network.synthesis(ws, options))!;
    const data = image.dataSync().slice() as Float32Array;
    image.dispose();
    return data;
  };

  it("yields exactly the layers of the static list, in its order", () => {
    const expected = network.layers.map(({ name, role, shape }) => ({ name, role, shape: [...shape] }));
    expect(taps(EVERYTHING)).toEqual(expected);
  });

  it("yields the same picture with and without intermediates", () => {
    const plain = picture();
    const inner = picture(EVERYTHING);
    const scale = plain.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(Math.max(...plain.map((value, i) => Math.abs(value - inner[i]!)))).toBeLessThan(2e-5 * scale);
  });

  it("leaves no tensor behind when it ends", () => {
    expect(left(() => drive(network.synthesis(ws))!.dispose())).toBe(0);
    expect(left(() => drive(network.synthesis(ws, EVERYTHING))!.dispose())).toBe(0);
    expect(left(() => drive(network.synthesis(ws, { noise: { mode: "random", seed: 3 } }))!.dispose())).toBe(
      0,
    );
  });

  it("leaves no tensor behind when it is stopped at any tap", () => {
    for (const { name } of network.layers)
      expect([name, left(() => drive(network.synthesis(ws, EVERYTHING), { until: name }))]).toEqual([
        name,
        0,
      ]);
  });

  it("leaves no tensor behind when the visitor throws at any tap", () => {
    for (const layer of network.layers) {
      const run = () =>
        drive(network.synthesis(ws, EVERYTHING), {
          onStep: ({ name }) => {
            if (name === layer.name) throw new Error("visitor");
          },
        });
      expect(left(() => expect(run).toThrow("visitor"))).toBe(0);
    }
  });

  it("takes a replacement at every tap and leaves no tensor behind", () => {
    const plain = picture(EVERYTHING);
    for (const layer of network.layers) {
      const visitor = ({ name, tensor }: Tap): Tensor4D | undefined =>
        name === layer.name ? tf.zerosLike(tensor) : undefined;
      let changed: Float32Array | undefined;
      const run = () => {
        const image = drive(network.synthesis(ws, EVERYTHING), { onStep: visitor })!;
        changed = image.dataSync().slice() as Float32Array;
        image.dispose();
      };
      expect([layer.name, left(run)]).toEqual([layer.name, 0]);
      const isPreview =
        network.family === "stylegan1" && layer.role === "rgb" && layer.resolution < network.resolution;
      expect([layer.name, String(changed) !== String(plain)]).toEqual([layer.name, !isPreview]);
    }
  });

  it("refuses a replacement of another shape and frees it", () => {
    const run = () => drive(network.synthesis(ws), { onStep: () => tf.zeros([1, 2, 2, 1]) });
    expect(left(() => expect(run).toThrow(/replacement for .* has shape \[1,2,2,1\]/))).toBe(0);
  });

  it("goes on from every layer that can be resumed to the same picture, without running what is before", () => {
    const stored = new Map<string, Tensor4D>();
    drive(network.synthesis(ws, EVERYTHING), {
      onStep: ({ name, tensor }) => void stored.set(name, tensor.clone()),
    })!.dispose();
    const plain = picture({ inner: () => true });
    const names = network.layers.map(({ name }) => name);
    const resumable = network.layers.filter(({ resume }) => resume);
    expect(resumable.length).toBeGreaterThan(2);
    for (const { name, resume } of resumable) {
      const from = { name, x: stored.get(resume!.x)!, img: resume!.img ? stored.get(resume!.img)! : null };
      const options = { from, inner: () => true };
      expect([name, String(picture(options)) === String(plain)]).toEqual([name, true]);
      for (const tap of taps(options)) expect(names.indexOf(tap.name)).toBeGreaterThan(names.indexOf(name));
      expect(left(() => drive(network.synthesis(ws, options))!.dispose())).toBe(0);
    }
    tf.dispose([...stored.values()]);
  });

  it("refuses to go on from a layer that does not exist", () => {
    const from = { name: "layer99", x: tf.zeros([1, 4, 4, 1]) as Tensor4D };
    expect(() => network.synthesis(ws, { from })).toThrow(/no layer named "layer99"/);
    from.x.dispose();
  });

  it("refuses w+ of another shape", () => {
    const wrong = tf.zeros([1, 3, 5]) as Tensor3D;
    expect(() => network.synthesis(wrong)).toThrow(/w\+ has shape \[1,3,5\]/);
    wrong.dispose();
  });

  it("draws the same noise for the same seed, another for another", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => String(picture({ noise: { mode: "random", seed } })));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    expect(String(picture({ noise: { mode: "none" } }))).not.toBe(a);
  });

  it("gives a batch the pictures of its samples", () => {
    const both = wsOf(network, 2, 2);
    const batch = drive(network.synthesis(both))!;
    for (const sample of [0, 1]) {
      const one = tf.slice(both, [sample, 0, 0], [1, network.numWs, network.wDim]) as Tensor3D;
      const alone = drive(network.synthesis(one))!;
      const apart = tf.tidy(() => {
        const [, h, w, c] = batch.shape;
        return tf.max(tf.abs(tf.sub(tf.slice(batch, [sample, 0, 0, 0], [1, h, w, c]), alone))).dataSync()[0]!;
      });
      expect(apart).toBeLessThan(1e-3);
      tf.dispose([one, alone]);
    }
    tf.dispose([both, batch]);
  });

  it("runs block by block while weights arrive, and names what is missing when they do not", async () => {
    const loaded = await loadCase(name);
    const late = create(loaded, false);
    const parts = (resolution: number) =>
      new Map(
        [...loaded.weights].filter(([parameter]) =>
          network.layers.some((layer) => belongs(parameter, layer.name, layer.resolution, resolution)),
        ),
      );
    const asked: number[] = [];
    const image = await driveAsync(late.synthesis(ws), {
      onNeed: async (resolution) => {
        asked.push(resolution);
        expect(late.has(resolution)).toBe(false);
        late.add(parts(resolution));
        expect(late.has(resolution)).toBe(true);
      },
    });
    expect(String(image!.dataSync())).toBe(String(picture()));
    expect(asked).toEqual([4, 8, 16, 32, 64].filter((resolution) => resolution <= network.resolution));
    image!.dispose();
    late.dispose();
    const empty = create(loaded, false);
    expect(
      left(() => expect(() => drive(empty.synthesis(ws))).toThrow(/weights of block 4 are not loaded/)),
    ).toBe(0);
    empty.dispose();
  });

  it("ends when its signal is aborted and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    const abort = new AbortController();
    const run = driveAsync(network.synthesis(ws), {
      signal: abort.signal,
      onStep: ({ name }) => {
        if (name === network.layers.filter(({ role }) => role === "layer")[1]!.name) abort.abort();
      },
    });
    await expect(run).rejects.toThrow(/abort/i);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("keeps no tensor when it is disposed", async () => {
    const before = tf.memory().numTensors;
    const { network: other } = await small(name);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    other.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("a level of detail", () => {
  it("runs only the layers that it reaches, and yields the pictures that it blends", async () => {
    const { network } = await small("sg1-generator-fused-scale");
    const ws = wsOf(network, 1);
    const names = (lod: number) => {
      const seen: string[] = [];
      drive(network.synthesis(ws, { lod }), { onStep: ({ name }) => void seen.push(name) })!.dispose();
      return seen.join(" ");
    };
    expect(names(0)).toBe("layer0 layer1 layer2 layer3 layer4 layer5 output2");
    expect(names(0.5)).toBe("layer0 layer1 layer2 layer3 output1 layer4 layer5 output2");
    expect(names(1)).toBe("layer0 layer1 layer2 layer3 output1");
    expect(names(2)).toBe("layer0 layer1 output0");
    for (const lod of [-1, 2.5, NaN])
      expect(() => network.synthesis(ws, { lod })).toThrow(/level of detail .* is not within 0 \.\. 2/);
    network.dispose();
    ws.dispose();
  });

  it("goes on from a stored layer when it is fractional, given the picture below", async () => {
    const { network } = await small("sg1-generator-fused-scale");
    const ws = wsOf(network, 1);
    const stored = new Map<string, Tensor4D>();
    const whole = drive(network.synthesis(ws, { lod: 0.25 }), {
      onStep: ({ name, tensor }) => void stored.set(name, tensor.clone()),
    })!;
    const from = { name: "layer4", x: stored.get("layer4")!, img: stored.get("output1")! };
    const resumed = drive(network.synthesis(ws, { lod: 0.25, from }))!;
    expect(String(resumed.dataSync())).toBe(String(whole.dataSync()));
    const without = { ...from, img: null };
    expect(() => drive(network.synthesis(ws, { lod: 0.25, from: without }))).toThrow(
      /blends in the picture of 8/,
    );
    tf.dispose([whole, resumed, ws, ...stored.values()]);
    network.dispose();
  });
});

/** Whether a parameter is part of the block of a resolution, by the names of that block's layers. */
function belongs(parameter: string, layer: string, layerResolution: number, resolution: number): boolean {
  const [root] = layer.split(".");
  const block = root!.startsWith("b") ? root! : layer;
  return layerResolution === resolution && parameter.startsWith(`synthesis.${block}.`);
}
