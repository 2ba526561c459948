import { describe, expect, it } from "vitest";
import { changedRows, firstAffectedLayer, firstRecomputedLayer } from "../../../lib/engine/affected.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../lib/experiment/experiment.js";
import { stylegan2Layers, stylegan2NumWs } from "../../../lib/networks/stylegan2Plan.js";
import { SMALL } from "../weights/site.js";

const layers = stylegan2Layers(SMALL);
const subject = { layers, numWs: stylegan2NumWs(SMALL) };
const base: Experiment = { ...DEFAULT_EXPERIMENT, mixing: { seed: 5, from: 2, to: 4 } };
const reach = (change: Partial<Experiment>, from: Experiment = base) => {
  const index = firstAffectedLayer(from, { ...from, ...change }, subject);
  return layers[index]?.name ?? index;
};

describe("firstAffectedLayer", () => {
  it("is nothing for equal experiments, and for another look", () => {
    expect(reach({})).toBe(Infinity);
    expect(reach({ look: { tap: "b8.conv0", channel: 3 } })).toBe(Infinity);
  });

  it("is everything for another model or other noise", () => {
    expect(reach({ model: "other" })).toBe("b4.conv1.input");
    expect(reach({ noise: { mode: "none", seed: 0 } })).toBe("b4.conv1.input");
    expect(reach({ noise: { mode: "random", seed: 1 } })).toBe("b4.conv1.input");
  });

  it("is nothing for another seed of noise that has none", () => {
    expect(reach({ noise: { mode: "const", seed: 3 } })).toBe(Infinity);
  });

  it("is the first layer of the first row of w+ that changes", () => {
    expect(reach({ latent: { x: 1, y: 0 } })).toBe("b4.conv1.input");
    expect(reach({ classIndex: 1 })).toBe("b4.conv1.input");
    expect(reach({ cutoff: 3 })).toBe(firstOfRow(3));
    expect(reach({ mixing: { seed: 5, from: 4, to: 6 } })).toBe(firstOfRow(2));
    expect(reach({ mixing: { seed: 5, from: 2, to: 6 } })).toBe(firstOfRow(4));
    expect(reach({ mixing: { seed: 6, from: 2, to: 4 } })).toBe(firstOfRow(2));
  });

  it("leaves out rows that mixing takes from the same seed", () => {
    const mixed = { ...base, mixing: { seed: 5, from: 0, to: 3 } };
    expect(reach({ latent: { x: 1, y: 0 } }, mixed)).toBe(firstOfRow(3));
    expect([...changedRows(mixed, { ...mixed, latent: { x: 1, y: 0 } }, 8)]).toEqual([3, 4, 5, 6, 7]);
  });

  it("is the tap that an intervention acts on", () => {
    expect(reach({ interventions: [{ kind: "zeroChannel", tap: "b16.conv0", channel: 1 }] })).toBe(
      "b16.conv0",
    );
    expect(reach({ interventions: [{ kind: "capPeaks", tap: "b16.conv0.noise", limit: 3 }] })).toBe(
      "b16.conv0.noise",
    );
  });

  it("is a layer's first intermediate when its style or normalisation changes", () => {
    expect(reach({ interventions: [{ kind: "editStyle", layer: "b8.conv1", channel: 0, scale: 2 }] })).toBe(
      "b8.conv1.input",
    );
    expect(reach({ interventions: [{ kind: "demodulation", layers: [4, 6], on: false }] })).toBe(
      firstOfRow(4),
    );
    expect(reach({ interventions: [{ kind: "styleScale", layers: [5, 5], factor: 2 }] })).toBe(Infinity);
  });

  it("looks only at interventions that are not in both lists, unless their order changed", () => {
    const early = { kind: "zeroChannel", tap: "b4.conv1", channel: 1 } as const;
    const late = { kind: "scaleChannel", tap: "b32.conv1", channel: 1, scale: 2, shift: 0 } as const;
    const later = { ...late, scale: 3 };
    const from = { ...base, interventions: [early, late] };
    expect(reach({ interventions: [early, later] }, from)).toBe("b32.conv1");
    expect(reach({ interventions: [late] }, from)).toBe("b4.conv1");
    expect(reach({ interventions: [late, early] }, from)).toBe("b4.conv1");
  });

  it("is only the finished picture for another level of detail", () => {
    expect(reach({ lod: 1.5 })).toBe(layers.length);
  });
});

function firstOfRow(row: number): string {
  return layers.find(({ w }) => w === row)!.name;
}

describe("firstRecomputedLayer", () => {
  const reached = (interventions: Experiment["interventions"]) =>
    layers[firstRecomputedLayer(base, { ...base, interventions }, subject)]?.name;
  const place = layers.findIndex(({ name }) => name === "b16.conv0");

  it("is what follows the tap that an intervention acts on", () => {
    const zero = { kind: "zeroChannel", tap: "b16.conv0", channel: 1 } as const;
    expect(reached([zero])).toBe(layers[place + 1]!.name);
    expect(reached([zero, { ...zero, tap: "b4.conv1" }])).toBe("b4.torgb");
  });

  it("is the layer itself where its style changes", () => {
    expect(reached([{ kind: "editStyle", layer: "b8.conv1", channel: 0, scale: 2 }])).toBe("b8.conv1.input");
  });
});
