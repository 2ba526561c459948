import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  checkInterventions,
  innerTapsOf,
  mixInterventions,
  synthesisHooks,
  tapVisitor,
  type Intervention,
} from "../../../lib/networks/interventions.js";
import type { Network } from "../../../lib/networks/network.js";
import { drive } from "../../../lib/networks/run.js";
import { tap } from "../../../lib/networks/tap.js";
import { startBackend } from "../../conformance/backend.js";
import { small, wsOf } from "./smallNetworks.js";

let sg1: Network;
let sg2: Network;
let ws1: Tensor3D;
let ws2: Tensor3D;

beforeAll(async () => {
  await startBackend("wasm");
  sg1 = (await small("sg1-generator-fused-scale")).network;
  sg2 = (await small("sg2-generator-options")).network;
  ws1 = wsOf(sg1, 1);
  ws2 = wsOf(sg2, 1);
});
afterAll(() => {
  tf.dispose([ws1, ws2]);
  sg1.dispose();
  sg2.dispose();
});

/** A map of 2x2 pixels and 2 channels: channel 0 holds 1, 2, 3, 4 and channel 1 ten times that. */
function applied(intervention: Intervention): { zero: number[]; one: number[] } {
  return tf.tidy(() => {
    const x = tf.tensor4d([1, 10, 2, 20, 3, 30, 4, 40], [1, 2, 2, 2]);
    const y = tapVisitor([intervention])(tap("here", x)) as Tensor4D;
    const values = [...y.dataSync()];
    return { zero: values.filter((_, i) => i % 2 === 0), one: values.filter((_, i) => i % 2 === 1) };
  });
}

/** The tensors of some taps of a pass under interventions, as arrays; `img` is the picture. */
function run(network: Network, ws: Tensor3D, interventions: readonly Intervention[], inner: string[] = []) {
  checkInterventions(interventions, network);
  const before = tf.memory().numTensors;
  const visitor = tapVisitor(interventions);
  const seen: Record<string, number[]> = {};
  const innerTaps = innerTapsOf(interventions, network.layers);
  const options = {
    ...synthesisHooks(interventions, network),
    inner: (layer: string) => inner.includes(layer) || innerTaps(layer),
  };
  const image = drive(network.synthesis(ws, options), {
    onStep: (step) => {
      const changed = visitor(step);
      seen[step.name] = [...((changed ?? step.tensor) as Tensor4D).dataSync()];
      return changed;
    },
  })!;
  seen["img"] = [...image.dataSync()];
  image.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return seen;
}

const close = (a: number[], b: number[]) => a.every((value, i) => Math.abs(value - b[i]!) < 1e-4);

describe("an intervention on a feature map", () => {
  it("scaleChannel scales and shifts its channel and no other", () => {
    const y = applied({ kind: "scaleChannel", tap: "here", channel: 1, scale: 2, shift: -5 });
    expect(y).toEqual({ zero: [1, 2, 3, 4], one: [15, 35, 55, 75] });
  });

  it("zeroChannel silences its channel and no other", () => {
    const y = applied({ kind: "zeroChannel", tap: "here", channel: 0 });
    expect(y).toEqual({ zero: [0, 0, 0, 0], one: [10, 20, 30, 40] });
  });

  it("capPeaks clips each channel to its own standard deviations around its mean", () => {
    const std = Math.sqrt(1.25); // of 1, 2, 3, 4
    const y = applied({ kind: "capPeaks", tap: "here", limit: 1 });
    expect(close(y.zero, [2.5 - std, 2, 3, 2.5 + std])).toBe(true);
    expect(close(y.one, [25 - 10 * std, 20, 30, 25 + 10 * std])).toBe(true);
  });

  it("paint sets a disc on one channel, or on all", () => {
    const disc = { kind: "paint", tap: "here", centre: [0.75, 0.25], radius: 0.2, value: 7 } as const;
    expect(applied({ ...disc, channel: 0 })).toEqual({ zero: [1, 7, 3, 4], one: [10, 20, 30, 40] });
    expect(applied({ ...disc, channel: null })).toEqual({ zero: [1, 7, 3, 4], one: [10, 7, 30, 40] });
  });

  it("spike raises a disc to a height in each channel's own standard deviations, or paints it out", () => {
    const std = Math.sqrt(1.25); // of 1, 2, 3, 4
    const disc = { kind: "spike", tap: "here", centre: [0.75, 0.25], radius: 0, height: 100 } as const;
    const all = applied({ ...disc, channel: null });
    expect(close(all.zero, [1, 2.5 + 100 * std, 3, 4])).toBe(true);
    expect(all.one[1]! / (25 + 1000 * std)).toBeCloseTo(1, 6);
    expect(all.one.filter((_, i) => i !== 1)).toEqual([10, 30, 40]);
    const out = applied({ ...disc, channel: 1, height: 0 });
    expect(out.zero).toEqual([1, 2, 3, 4]);
    expect(close(out.one, [10, 25, 30, 40])).toBe(true);
  });

  it("leaves other taps alone and does not dispose what it is shown", () => {
    const x = tf.ones([1, 2, 2, 2]) as Tensor4D;
    expect(tapVisitor([{ kind: "zeroChannel", tap: "here", channel: 0 }])(tap("there", x))).toBeUndefined();
    tapVisitor([{ kind: "zeroChannel", tap: "here", channel: 0 }])(tap("here", x))!.dispose();
    expect([...x.dataSync()]).toEqual(Array(8).fill(1));
    x.dispose();
  });

  it("reaches the picture through the network, also from an intermediate", () => {
    const plain = run(sg2, ws2, []);
    const changed = run(sg2, ws2, [{ kind: "zeroChannel", tap: "b8.conv0.demodulated", channel: 2 }]);
    expect(changed["b4.img"]).toEqual(plain["b4.img"]);
    expect(changed["img"]).not.toEqual(plain["img"]);
  });
});

describe("an intervention inside layers", () => {
  it("swapStyle takes some layers' w from another seed", () => {
    const other = wsOf(sg1, 9);
    const mixed = mixInterventions(ws1, [{ kind: "swapStyle", layers: [2, 4], seed: 9 }], () => other);
    const rows = (ws: Tensor3D) => ws.arraySync()[0]!;
    const [a, b, m] = [rows(ws1), rows(other), rows(mixed)];
    m.forEach((row, i) => expect(row).toEqual(i === 2 || i === 3 ? b[i] : a[i]));
    tf.dispose([other, mixed]);
  });

  it("takes a range that ends with the largest network's last layer as one to the last", () => {
    const other = wsOf(sg1, 9);
    const swap = (to: number) =>
      mixInterventions(ws1, [{ kind: "swapStyle", layers: [2, to], seed: 9 }], () => other);
    const [beyond, last] = [swap(18), swap(6)];
    expect(beyond.arraySync()).toEqual(last.arraySync());
    tf.dispose([other, beyond, last]);
  });

  it("plane takes some layers' w from the plane through three seeds", () => {
    const corners = [1, 5, 9].map((seed) => wsOf(sg1, seed));
    const plane = { kind: "plane", layers: [1, 3], a: 1, b: 5, c: 9, u: 0.25, v: -0.5 } as const;
    const mixed = mixInterventions(ws1, [plane], (seed) => corners[[1, 5, 9].indexOf(seed)]!);
    const [own, a, b, c, m] = [ws1, ...corners, mixed].map((ws) => ws.arraySync()[0]!);
    m!.forEach((row, i) =>
      row.forEach((value, j) => {
        const [from, right, up] = [a![i]![j]!, b![i]![j]!, c![i]![j]!];
        const expected = i === 1 || i === 2 ? from + 0.25 * (right - from) - 0.5 * (up - from) : own![i]![j]!;
        expect(value).toBeCloseTo(expected, 4);
      }),
    );
    tf.dispose([...corners, mixed]);
  });

  it("editStyle sets the mean and standard deviation of a StyleGAN1 channel", () => {
    const edit = { kind: "editStyle", layer: "layer3", channel: 4, scale: 1.5, shift: -0.25 } as const;
    const values = run(sg1, ws1, [edit])["layer3"]!.filter((_, i) => i % 16 === 4);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(mean).toBeCloseTo(-0.25, 4);
    expect(std).toBeCloseTo(1.5, 3);
  });

  it("editStyle sets the factor of a StyleGAN2 input channel", () => {
    const seen = run(
      sg2,
      ws2,
      [{ kind: "editStyle", layer: "b8.conv1", channel: 3, scale: 0.5 }],
      ["b8.conv1"],
    );
    const before = seen["b8.conv0"]!.filter((_, i) => i % 16 === 3);
    expect(
      close(
        seen["b8.conv1.input"]!.filter((_, i) => i % 16 === 3),
        before.map((value) => 0.5 * value),
      ),
    ).toBe(true);
  });

  it("styleScale multiplies what StyleGAN1's style puts out", () => {
    const layer = "layer2";
    const plain = run(sg1, ws1, [])[layer]!;
    const magnified = run(sg1, ws1, [{ kind: "styleScale", layers: [2, 3], factor: 3 }])[layer]!;
    expect(
      close(
        magnified,
        plain.map((value) => 3 * value),
      ),
    ).toBe(true);
  });

  it("styleScale of StyleGAN2 changes nothing while demodulation is on, and magnifies when it is off", () => {
    const scale = { kind: "styleScale", layers: [1, 2], factor: 10 } as const;
    const off = { kind: "demodulation", layers: [1, 2], on: false } as const;
    const at = "b8.conv0.demodulated";
    const get = (interventions: readonly Intervention[]) => run(sg2, ws2, interventions, ["b8.conv0"])[at]!;
    expect(close(get([scale]), get([]))).toBe(true);
    expect(
      close(
        get([scale, off]),
        get([off]).map((value) => 10 * value),
      ),
    ).toBe(true);
    expect(close(get([off]), get([]))).toBe(false);
  });

  /** Mean and standard deviation of each of the 16 channels of a feature map. */
  function statistics(values: readonly number[]) {
    return Array.from({ length: 16 }, (_, channel) => {
      const own = values.filter((_, i) => i % 16 === channel);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      return [
        mean,
        Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length),
      ] as const;
    });
  }

  it("demodulation can be exchanged for the feature map's own standard deviation, which keeps its mean", () => {
    const instead = { kind: "demodulation", layers: [1, 2], on: false, instead: "deviation" } as const;
    const seen = run(sg2, ws2, [instead], ["b8.conv0"]);
    const before = statistics(seen["b8.conv0.modulated"]!);
    for (const [channel, [mean, std]] of statistics(seen["b8.conv0.demodulated"]!).entries()) {
      expect(std).toBeCloseTo(1, 3);
      expect(mean).toBeCloseTo(before[channel]![0] / before[channel]![1], 3);
    }
  });

  it("demodulation can be exchanged for AdaIN's normalisation of the layer's output", () => {
    const instead = { kind: "demodulation", layers: [1, 2], on: false, instead: "adain" } as const;
    const seen = run(sg2, ws2, [instead], ["b8.conv0"]);
    expect(seen["b8.conv0.demodulated"]).toEqual(seen["b8.conv0.modulated"]);
    for (const [mean, std] of statistics(seen["b8.conv0"]!)) {
      expect(mean).toBeCloseTo(0, 4);
      expect(std).toBeCloseTo(1, 3);
    }
  });

  it("normalisation off leaves the feature map as the activation gave it", () => {
    const seen = run(sg1, ws1, [{ kind: "normalisation", layers: [1, 2], on: false }], ["layer0", "layer1"]);
    expect(seen["layer1.normalize"]).toEqual(seen["layer1.activate"]);
    expect(seen["layer0.normalize"]).not.toEqual(seen["layer0.activate"]);
  });
});

describe("checkInterventions(interventions, network)", () => {
  const fits = (intervention: Intervention, network: Network) => () =>
    checkInterventions([intervention], network);

  it.each<[string, Intervention, RegExp]>([
    ["an unknown tap", { kind: "zeroChannel", tap: "layer99", channel: 0 }, /no layer is named "layer99"/],
    [
      "a channel out of range",
      { kind: "zeroChannel", tap: "layer1", channel: 16 },
      /channel 16 of layer1 is not within 0 \.\. 15/,
    ],
    ["a fractional channel", { kind: "zeroChannel", tap: "layer1", channel: 0.5 }, /channel 0\.5/],
    [
      "a scale that is no number",
      { kind: "scaleChannel", tap: "layer1", channel: 0, scale: NaN, shift: 0 },
      /NaN/,
    ],
    [
      "a range that begins beyond the last layer",
      { kind: "swapStyle", layers: [6, 9], seed: 1 },
      /layers 6 to 9 are not within 0 \.\. 6/,
    ],
    [
      "a range that ends beyond every network's last layer",
      { kind: "swapStyle", layers: [3, 19], seed: 1 },
      /layers 3 to 19 are not within 0 \.\. 6/,
    ],
    ["a limit of nothing", { kind: "capPeaks", tap: "layer1", limit: 0 }, /limit of 0/],
    [
      "a style of a layer without one",
      { kind: "editStyle", layer: "output1", channel: 0, scale: 1 },
      /output1 has no style/,
    ],
    ["demodulation of StyleGAN1", { kind: "demodulation", layers: [0, 1], on: false }, /only StyleGAN2/],
  ])("refuses %s", (_, intervention, sentence) => {
    expect(fits(intervention, sg1)).toThrow(sentence);
  });

  it("refuses what StyleGAN2 does not have", () => {
    expect(fits({ kind: "normalisation", layers: [0, 1], on: false }, sg2)).toThrow(/only StyleGAN1/);
    expect(fits({ kind: "editStyle", layer: "b8.conv0", channel: 0, shift: 1 }, sg2)).toThrow(/shift/);
  });

  it("takes what fits", () => {
    expect(
      fits({ kind: "paint", tap: "b8.conv0", channel: null, centre: [0.5, 0.5], radius: 0.1, value: 0 }, sg2),
    ).not.toThrow();
    expect(fits({ kind: "editStyle", layer: "b8.torgb", channel: 3, scale: 1 }, sg2)).not.toThrow();
  });
});
