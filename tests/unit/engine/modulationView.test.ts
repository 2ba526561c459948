import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineModel } from "../../../lib/engine/engineModel.js";
import type { View, Want } from "../../../lib/engine/protocol.js";
import { useWasm } from "../measure/maps.js";
import { SMALL } from "../weights/site.js";
import { seededModel, viewsOf } from "../../models.js";

type Modulation = Extract<View, { kind: "modulation" }>;

let model: EngineModel;
beforeAll(async () => {
  await useWasm();
  model = seededModel("stylegan2", SMALL, "test");
});
afterAll(() => model.dispose());

describe("the modulation want", () => {
  it.each(["b8.conv0", "b16.conv1", "b32.conv0"])(
    "gives %s's shapes, styles and both forms' difference",
    async (layer) => {
      const [view, styles] = (
        await viewsOf(model, [
          { kind: "modulation", layer, forms: true },
          { kind: "styles", layers: [layer] },
        ])
      ).sort((a, b) => (a.kind < b.kind ? -1 : 1)) as [Modulation, Extract<View, { kind: "styles" }>];
      expect(view.styles).toEqual(styles.layers[layer]!.scale);
      expect(view.styles).toHaveLength(view.inputs);
      expect(view.expected).toHaveLength(view.outputs);
      expect(view.up).toBe(layer.endsWith("conv0") ? 2 : 1);
      expect(view.forms!.largestMagnitude).toBeGreaterThan(0.1);
      expect(view.forms!.largestDifference).toBeLessThan(1e-5 * view.forms!.largestMagnitude);
    },
  );

  it("expects the deviations that demodulation divides by", async () => {
    const layer = "b16.conv1";
    const seen = await viewsOf(model, [
      { kind: "modulation", layer, forms: false },
      { kind: "statistics", taps: [`${layer}.modulated`, `${layer}.demodulated`] },
    ]);
    const view = seen.find((one): one is Modulation => one.kind === "modulation")!;
    const { taps } = seen.find(
      (one): one is Extract<View, { kind: "statistics" }> => one.kind === "statistics",
    )!;
    expect(view.forms).toBeNull();
    const [before, after] = [taps[`${layer}.modulated`]!, taps[`${layer}.demodulated`]!];
    view.expected.forEach((sigma, o) =>
      expect(before.statistics.std[o]! / after.statistics.std[o]! / sigma).toBeCloseTo(1, 3),
    );
  });

  it("follows a magnified style", async () => {
    const want: Want = { kind: "modulation", layer: "b16.conv1", forms: false };
    const [plain] = (await viewsOf(model, [want])) as [Modulation];
    const interventions = [{ kind: "styleScale", layers: [4, 5], factor: 10 } as const];
    const [magnified] = (await viewsOf(model, [want], { interventions })) as [Modulation];
    magnified.expected.forEach((sigma, o) => expect(sigma / plain.expected[o]!).toBeCloseTo(10, 3));
  });

  it("leaves no tensor behind that an earlier render did not already keep", async () => {
    const want: Want = { kind: "modulation", layer: "b16.conv1", forms: true };
    await viewsOf(model, [want]);
    const before = tf.memory().numTensors;
    await viewsOf(model, [want]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses the layer that reads the constant, and pictures, in one sentence", async () => {
    await expect(viewsOf(model, [{ kind: "modulation", layer: "b4.conv1", forms: false }])).rejects.toThrow(
      /b4\.conv1 is no conv/,
    );
    await expect(viewsOf(model, [{ kind: "modulation", layer: "b8.torgb", forms: false }])).rejects.toThrow(
      /b8\.torgb is no conv/,
    );
  });
});
