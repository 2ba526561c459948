import { describe, expect, it } from "vitest";
import { innerTaps, layerOf, layoutDiagram, rgbUnder } from "../../../lib/figure/diagram-layout.js";
import { groupByResolution, orderedRange } from "../../../lib/figure/layer-select.js";
import { FAKE_LAYERS } from "../components/fakeEngine.js";

describe("layoutDiagram", () => {
  const { blocks, groups } = layoutDiagram(FAKE_LAYERS);

  it("draws every layer that runs, in order, and no inner tap", () => {
    expect(blocks.map(({ layer }) => layer.name)).toEqual(Array.from({ length: 18 }, (_, i) => `layer${i}`));
    expect(groups.map(({ resolution }) => resolution)).toEqual([4, 8, 16, 32, 64, 128, 256, 512, 1024]);
  });

  it("fills the width without overlaps", () => {
    for (let i = 1; i < blocks.length; ++i)
      expect(blocks[i]!.left).toBeGreaterThanOrEqual(blocks[i - 1]!.left + blocks[i - 1]!.width - 1e-9);
    const last = blocks.at(-1)!;
    expect(last.left + last.width).toBeCloseTo(1);
  });

  it("grows with resolution and narrows with fewer channels", () => {
    expect(blocks[0]!.height).toBeCloseTo(0.2);
    expect(blocks.at(-1)!.height).toBe(1);
    expect(blocks.at(-1)!.width).toBeLessThan(blocks[0]!.width);
  });

  it("refuses a model without layers", () => {
    expect(() => layoutDiagram([])).toThrow(/at least one layer/);
  });
});

describe("taps and their layers", () => {
  it("finds a layer's inner taps and an inner tap's layer, layer1 not mistaken for layer10", () => {
    expect(innerTaps(FAKE_LAYERS, "layer1").map(({ name }) => name)).toContain("layer1.normalize");
    expect(innerTaps(FAKE_LAYERS, "layer1").every(({ name }) => name.startsWith("layer1."))).toBe(true);
    expect(layerOf(FAKE_LAYERS, "layer10.noise")?.name).toBe("layer10");
    expect(layerOf(FAKE_LAYERS, "output8")?.name).toBe("output8");
    expect(layerOf(FAKE_LAYERS, "nowhere")).toBeUndefined();
    expect(rgbUnder(FAKE_LAYERS, 1024)?.name).toBe("output8");
  });
});

describe("choosing layers", () => {
  it("groups them by resolution in the order in which they run", () => {
    const groups = groupByResolution(FAKE_LAYERS.filter(({ role }) => role === "layer"));
    expect(groups.map(([title, layers]) => `${title}: ${layers.length}`).slice(0, 2)).toEqual([
      "4 × 4: 2",
      "8 × 8: 2",
    ]);
    expect(groups).toHaveLength(9);
  });

  it("takes the other end of a range along when the ends cross", () => {
    expect(orderedRange(5, 3, "first")).toEqual([5, 5]);
    expect(orderedRange(5, 3, "last")).toEqual([3, 3]);
    expect(orderedRange(2, 3, "last")).toEqual([2, 3]);
  });
});
