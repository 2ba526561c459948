import { scalePoint } from "d3";
import { describe, expect, it } from "vitest";
import { nameEvery, nearestLayer } from "../../../lib/figure/layer-axis.js";

describe("nameEvery", () => {
  it("keeps every name of 18 layers on a desk, every second one on a phone", () => {
    expect(nameEvery(620 / 18)).toBe(1);
    expect(nameEvery(230 / 18)).toBe(2);
  });

  it("leaves the names that stay at least a line apart, however narrow the chart", () => {
    for (let step = 1; step < 40; step += 0.7)
      expect(nameEvery(step) * step * Math.sin((55 * Math.PI) / 180)).toBeGreaterThanOrEqual(11);
  });
});

describe("nearestLayer", () => {
  const layers = ["a", "b", "c", "d"];
  const x = scalePoint(layers, [100, 500]).padding(0.5);

  it("finds the layer whose place is nearest, and the outermost ones beyond the axis", () => {
    layers.forEach((name, i) => {
      for (const off of [-49, 0, 49]) expect(nearestLayer(x, layers, x(name)! + off)).toBe(i);
    });
    expect(nearestLayer(x, layers, -1000)).toBe(0);
    expect(nearestLayer(x, layers, 1000)).toBe(3);
  });
});
