import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineModel } from "../../../lib/engine/engineModel.js";
import type { PathView, PathWant } from "../../../lib/engine/pathProtocol.js";
import { imageDirection } from "../../../lib/engine/pathViews.js";
import { render } from "../../../lib/engine/render.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../lib/experiment/experiment.js";
import { trainableTensors } from "../../../lib/networks/trainable.js";
import { pathLengths } from "../../../lib/training/pathLength.js";
import { synthesiseStyleGAN2 } from "../../../lib/training/synthesiseStyleGAN2.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { useWasm } from "../measure/maps.js";
import { SMALL } from "../weights/site.js";
import { seededModel, viewsOf } from "../../models.js";

type Of<Kind extends PathView["kind"]> = Extract<PathView, { kind: Kind }>;

let model: EngineModel;
beforeAll(async () => {
  await useWasm();
  model = seededModel("stylegan2", SMALL, "paths", "stylegan2");
});
afterAll(() => model.dispose());

const quiet = { progress() {}, settle: async () => {}, budget: 1e8 };

async function view<Kind extends PathView["kind"]>(
  want: PathWant,
  change: Partial<Experiment> = {},
  of = model,
): Promise<Of<Kind>> {
  const [seen] = await viewsOf(of, [want], { noise: { mode: "none", seed: 0 }, ...change });
  return seen as Of<Kind>;
}

describe("the pathLength want", () => {
  it("measures what automatic differentiation does, at the experiment's w+", async () => {
    const latent = { x: 3.25, y: 0 };
    const { lengths, rows } = await view<"pathLength">(
      { kind: "pathLength", resolution: 16, directions: [5, 6] },
      { latent },
    );
    const config = { ...(SMALL as unknown as StyleGAN2Config), img_resolution: 16 };
    const weights = trainableTensors(initialise("stylegan2", SMALL as StyleGAN2Config, "paths"));
    const all = model.latents.wPlus({ ...DEFAULT_EXPERIMENT, psi: 1, latent });
    const ws: Tensor3D = tf.slice(all, [0, 0, 0], [1, 6, config.w_dim]);
    [5, 6].forEach((seed, i) => {
      const expected = pathLengths(
        (at) => synthesiseStyleGAN2(config, weights, at, null),
        ws,
        imageDirection(seed, 16, 3),
      );
      expect(lengths[i]).toBeCloseTo(expected.lengths.dataSync()[0]!, 5);
    });
    expect(rows).toHaveLength(2 * 6);
  });

  it("foretells the picture's answer to a small step", async () => {
    const { answer } = await view<"pathLength">({
      kind: "pathLength",
      resolution: 16,
      directions: [1],
      answer: true,
    });
    expect(answer!.predicted).toBeGreaterThan(0);
    expect(answer!.measured / answer!.predicted).toBeCloseTo(1, 2);
    expect(answer!.response.width).toBe(16);
  });

  it("frees everything, and stops between layers when it is no longer wanted", async () => {
    const want: PathWant = { kind: "pathLength", resolution: 32, directions: [1], answer: true };
    await view(want);
    const before = tf.memory().numTensors;
    await view(want);
    expect(tf.memory().numTensors).toBe(before);
    const abort = new AbortController();
    let layers = 0;
    const run = render(model, { ...DEFAULT_EXPERIMENT, model: model.id }, [want], {
      ...quiet,
      progress: () => void (++layers === 9 && abort.abort()),
      send: () => expect.unreachable(),
      signal: abort.signal,
    });
    await expect(run).rejects.toThrow(/abort/i);
    expect(layers).toBe(9);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses another network, a size without a picture, and a changed network", async () => {
    const old = seededModel(
      "stylegan1",
      { resolution: 32, fmaps_base: 128, fmaps_max: 8 },
      "paths",
      "stylegan1",
    );
    const want: PathWant = { kind: "pathLength", resolution: 16, directions: [1] };
    await expect(view(want, {}, old)).rejects.toThrow(/stylegan1, stylegan1 is another network/);
    await expect(view({ ...want, resolution: 24 })).rejects.toThrow(/no picture of 24 pixels/);
    const zero = [{ kind: "zeroChannel", tap: "b8.conv0", channel: 0 }] as const;
    await expect(view(want, { interventions: zero })).rejects.toThrow(
      /take the intervention zeroChannel away/,
    );
    old.dispose();
  });
});

describe("the pathLengths want", () => {
  const plane = { kind: "plane", layers: [0, 8], a: 3, b: 104, c: 7, u: 0.2, v: 0.1 } as const;

  it("measures at each place what the pathLength want measures there, in one pass or in several", async () => {
    const directions = [2, 5];
    const places = [
      { seed: 104 },
      { u: 0.2, v: 0.1 },
      ...Array.from({ length: 130 }, (_, seed) => ({ seed })),
    ];
    const { lengths } = await view<"pathLengths">(
      { kind: "pathLengths", resolution: 16, directions, places },
      { interventions: [plane] },
    );
    expect(lengths).toHaveLength(132);
    const alone = async (change: Partial<Experiment>) => {
      const one = await view<"pathLength">({ kind: "pathLength", resolution: 16, directions }, change);
      return Math.hypot(...one.lengths) / Math.SQRT2;
    };
    expect(lengths[0]! / (await alone({ latent: { x: 4, y: 1 } }))).toBeCloseTo(1, 4);
    expect(lengths[1]! / (await alone({ interventions: [plane] }))).toBeCloseTo(1, 4);
    expect(lengths[131]! / (await alone({ latent: { x: 29, y: 1 } }))).toBeCloseTo(1, 4);
  });

  it("frees everything, and needs a plane for a point of one", async () => {
    const want: PathWant = { kind: "pathLengths", resolution: 16, directions: [1], places: [{ seed: 3 }] };
    await view(want);
    const before = tf.memory().numTensors;
    await view(want);
    expect(tf.memory().numTensors).toBe(before);
    await expect(view({ ...want, places: [{ u: 0, v: 1 }] })).rejects.toThrow(/three seeds that span it/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("the pathStep want", () => {
  const step = { kind: "pathStep", from: 2, to: 7, t: 0.4, resolution: 16 } as const;

  it.each(["z", "w"] as const)("does not depend on the size of a small step in %s", async (space) => {
    const [coarse, fine] = await Promise.all(
      [1e-3, 2e-3].map((epsilon) => view<"pathStep">({ ...step, space, epsilon })),
    );
    expect(coarse!.distance).toBeGreaterThan(0);
    expect(Math.abs(coarse!.distance / fine!.distance - 1)).toBeLessThan(0.05);
  });

  it("is the square of the speed at which the picture changes along the straight line in W", async () => {
    const { distance } = await view<"pathStep">({ ...step, space: "w", epsilon: 1e-3 });
    const pictures: Float32Array[] = [];
    for (const u of [0.4, 0.41]) {
      const plane = { kind: "plane", layers: [0, 8], a: 2, b: 7, c: 0, u, v: 0 } as const;
      const ws = model.latents.wPlus({ ...DEFAULT_EXPERIMENT, psi: 1, interventions: [plane] });
      const pass = model.network.synthesis(ws, { noise: { mode: "none" } });
      for (let one = pass.next(); !one.done; one = pass.next())
        if (one.value.kind === "tap" && one.value.name === "b16.img")
          pictures.push((one.value.tensor.dataSync() as Float32Array).slice());
    }
    const mean =
      pictures[0]!.reduce((sum, value, i) => sum + (value - pictures[1]![i]!) ** 2, 0) / pictures[0]!.length;
    expect(distance / (mean / 0.01 ** 2)).toBeCloseTo(1, 1);
  });

  it("is that of the experiment's class", async () => {
    const classes = seededModel("stylegan2", { ...SMALL, c_dim: 3 }, "classes", "classes");
    const [first, second] = await Promise.all(
      [0, 1].map((classIndex) =>
        view<"pathStep">({ ...step, space: "w", epsilon: 1e-3 }, { classIndex }, classes),
      ),
    );
    expect(Math.abs(first!.distance / second!.distance - 1)).toBeGreaterThan(1e-3);
    classes.dispose();
  });
});

describe("the wDistances want", () => {
  it("is a metric that truncation scales", async () => {
    const want: PathWant = { kind: "wDistances", seeds: [3, 104, 7] };
    const [full, half] = [await view<"wDistances">(want), await view<"wDistances">(want, { psi: 0.5 })];
    const at = (i: number, j: number) => full.distances[3 * i + j]!;
    for (const i of [0, 1, 2]) expect(at(i, i)).toBe(0);
    expect(at(0, 1)).toBeGreaterThan(0);
    expect(at(0, 1)).toBeCloseTo(at(1, 0), 6);
    expect(at(0, 2)).toBeLessThanOrEqual(at(0, 1) + at(1, 2));
    full.distances.forEach((distance, i) => expect(half.distances[i]).toBeCloseTo(distance / 2, 4));
  });
});
