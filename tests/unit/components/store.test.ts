import { describe, expect, it } from "vitest";
import { DEFAULT_EXPERIMENT } from "../../../lib/experiment/experiment.js";
import { createExperiment, sameValue } from "../../../src/components/store.js";

describe("an experiment store", () => {
  it("starts from the default experiment with the chapter's changes", () => {
    const store = createExperiment({ psi: 0.5 });
    expect(store.value).toEqual({ ...DEFAULT_EXPERIMENT, psi: 0.5 });
    expect(store.base).toEqual(store.value);
    expect(store.changed()).toBe(false);
  });

  it("tells subscribers what came and what was, once a change", () => {
    const store = createExperiment();
    const heard: [number, number][] = [];
    const stop = store.subscribe((now, before) => heard.push([now.psi, before.psi]));
    store.patch({ psi: 1 });
    store.patch({ psi: 1 });
    store.patch({ latent: { x: 0, y: 0 } });
    stop();
    store.patch({ psi: 0 });
    expect(heard).toEqual([[1, 0.7]]);
  });

  it("resets one field and leaves the others", () => {
    const store = createExperiment();
    store.patch({ psi: 2, lod: 3 });
    store.reset("psi");
    expect([store.value.psi, store.value.lod]).toEqual([0.7, 3]);
    expect([store.changed("psi"), store.changed("lod"), store.changed()]).toEqual([false, true, true]);
    store.reset();
    expect(store.value).toEqual(store.base);
  });

  it("compares plain values by what they hold", () => {
    expect(sameValue({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    expect(sameValue({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(sameValue([1], { 0: 1 })).toBe(false);
    expect(sameValue(NaN, NaN)).toBe(true);
    expect(sameValue({ a: undefined }, { b: undefined })).toBe(false);
  });
});
