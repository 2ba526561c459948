import { describe, expect, it } from "vitest";
import { DEFAULT_EXPERIMENT } from "../../../../lib/experiment/experiment.js";
import {
  magnificationOf,
  nameOfW,
  normalisationOf,
  withMagnification,
  withNormalisation,
  withoutMagnification,
} from "../../../../src/components/chapters/demodulation-experiments.js";
import {
  overChannels,
  predictions,
  ratioSummary,
} from "../../../../src/components/chapters/demodulation-expected.js";
import { layerOfLook, modulatedLayers } from "../../../../src/components/chapters/demodulation-layers.js";
import {
  normalised,
  quietestAndLoudest,
} from "../../../../src/components/chapters/demodulation-magnitudes.js";
import { RUNS } from "../../../../src/components/chapters/demodulation-runs.js";
import { describeVariant, VARIANTS } from "../../../../src/components/chapters/demodulation-variants.js";
import type { ModelReport } from "../../../../lib/engine/protocol.js";

const layer = (name: string, w: number) => ({
  name,
  w,
  role: name.includes("torgb") ? ("rgb" as const) : ("layer" as const),
  resolution: Number(/\d+/.exec(name)![0]),
  channels: 8,
  multiplyAdds: 1,
});
const model = {
  layers: [
    layer("b4.conv1", 0),
    layer("b4.torgb", 1),
    layer("b8.conv0", 1),
    { ...layer("b8.conv1.modulated", 2), role: "inner" as const },
    layer("b8.conv1", 2),
  ],
} as unknown as ModelReport;

describe("the four variants", () => {
  it("link every part to another, and every link to parts that are there", () => {
    for (const { key, parts, links } of VARIANTS) {
      const ids = new Set(parts.map(({ id }) => id));
      expect(ids.size, `parts of (${key}) have ids of their own`).toBe(parts.length);
      for (const { from, to } of links)
        expect(ids.has(from) && ids.has(to), `(${key}) ${from} to ${to}`).toBe(true);
      for (const { id } of parts)
        expect(
          links.some(({ from, to }) => from === id || to === id),
          `(${key}) ${id} is linked`,
        ).toBe(true);
    }
  });

  it("put no two parts in one place", () => {
    for (const { key, parts } of VARIANTS) {
      const places = parts.map(({ lane, row }) => `${lane} ${row}`);
      expect(new Set(places).size, `(${key})`).toBe(places.length);
    }
  });

  it("keep normalisation among the activations up to (c), and move it to the weights in (d)", () => {
    for (const { key, parts } of VARIANTS)
      for (const part of parts.filter(({ kind }) => kind === "normalise"))
        expect(part.lane, `(${key}) ${part.id}`).toBe(key === "d" ? "weight" : "main");
  });

  it("add bias and noise inside the style block in (b), and outside of it from (c) on", () => {
    for (const { key, parts, boxes } of VARIANTS.slice(1)) {
      const sum = parts.find(({ id }) => id === "add2")!;
      const inside = boxes.some(({ firstRow, lastRow }) => firstRow <= sum.row && sum.row <= lastRow);
      expect(inside, `(${key})`).toBe(key === "b");
    }
  });

  it("are told in words, with what enters where", () => {
    expect(describeVariant(VARIANTS[3]!)).toContain("conv 3 × 3 (with demod of mod of w₂ and A)");
  });
});

describe("experiments of the chapter", () => {
  it("change the normalisation and take the change back", () => {
    const off = withNormalisation(DEFAULT_EXPERIMENT, "none", [2, 6]);
    expect(normalisationOf(off)).toBe("none");
    for (const which of ["adain", "deviation"] as const)
      expect(normalisationOf(withNormalisation(off, which, [0, 3]))).toBe(which);
    expect(withNormalisation(off, "weights", [0, 18])).toEqual(DEFAULT_EXPERIMENT);
  });

  it("run demodulation on and off, plain and magnified", () => {
    const experiment = withMagnification(DEFAULT_EXPERIMENT, 4, 10);
    const runs = RUNS.map(({ change }) => change(experiment, [0, 18]));
    expect(runs.map((run) => [normalisationOf(run), magnificationOf(run)?.factor ?? 1])).toEqual([
      ["weights", 1],
      ["weights", 10],
      ["none", 1],
      ["none", 10],
    ]);
    expect(withoutMagnification(experiment)).toEqual(DEFAULT_EXPERIMENT);
  });

  it("name a w layer by all that read it", () => {
    expect(nameOfW(model, 1)).toBe("b4.torgb and b8.conv0");
    expect(nameOfW(model, 2)).toBe("b8.conv1");
  });

  it("look at convolutions of feature maps only", () => {
    expect(modulatedLayers(model).map(({ name }) => name)).toEqual(["b8.conv0", "b8.conv1"]);
    expect(layerOfLook(model, "b8.conv1.modulated", "b8.conv0")).toBe("b8.conv1");
    expect(layerOfLook(model, "b4.conv1", "b8.conv0")).toBe("b8.conv0");
    expect(layerOfLook(null, null, "b8.conv0")).toBe("b8.conv0");
  });
});

describe("expected and measured", () => {
  const view = { expected: Float32Array.of(2, 4), expectedOfInputs: Float32Array.of(1, 10) };
  const statistics = { mean: Float32Array.of(3, 0), std: Float32Array.of(4, 5) };

  it("compare standard deviations for unit inputs, root mean squares for inputs as they are", () => {
    expect(predictions(view, statistics, "unit")).toEqual([
      { expected: 2, measured: 4 },
      { expected: 4, measured: 5 },
    ]);
    expect(predictions(view, statistics, "actual")).toEqual([
      { expected: 1, measured: 5 },
      { expected: 10, measured: 5 },
    ]);
  });

  it("sum a layer up by root mean squares, and ratios by their middle", () => {
    const list = predictions(view, statistics, "unit");
    expect(overChannels(list).expected).toBeCloseTo(Math.sqrt(10));
    expect(overChannels(list).measured).toBeCloseTo(Math.sqrt(20.5));
    const ratios = Array.from({ length: 11 }, (_, i) => ({ expected: 1, measured: i }));
    expect(ratioSummary(ratios)).toEqual({ low: 1, median: 5, high: 9 });
  });
});

describe("the loudest and the quietest channel", () => {
  it("leave channels out that are constant", () => {
    expect(quietestAndLoudest(Float32Array.of(0, 3, 0.5, 7))).toEqual([2, 3]);
    expect(quietestAndLoudest(Float32Array.of(0, 0))).toEqual([0, 0]);
  });

  it("come out of instance normalisation with mean 0 and standard deviation 1", () => {
    expect(
      [...normalised(Float32Array.of(1, 3, 5, 7), 4, Math.sqrt(5))].map((x) => x * Math.sqrt(5)),
    ).toEqual([-3, -1, 1, 3].map((x) => expect.closeTo(x, 5)));
  });
});
