import type { ModelReport } from "../lib/engine/protocol.js";
import { integerControl, segmentedControl, sliderControl, toggleControl } from "../lib/figure/controls.js";
import { html } from "../lib/figure/dom.js";
import { layerRange } from "../lib/figure/layer-select.js";
import { latentOfSeed, seedAt } from "../lib/experiment/seedLattice.js";
import { seedPlane } from "../lib/figure/seed-plane.js";
import type { ExperimentStore } from "./store.js";

export type LatentControl = "seed" | "plane" | "class" | "psi" | "cutoff" | "mixing" | "noise" | "lod";

const LARGEST_SEED = 9999;

/**
 * The controls of a generator, bound to a store both ways. `setModel` fills in what depends on the model: how
 * many w layers there are, whether it has classes or levels of detail.
 *
 *     const controls = latentControls(store, ["seed", "plane", "psi"]);
 */
export function latentControls(store: ExperimentStore, which: readonly LatentControl[]) {
  const element = html("div", { class: "controls" });
  let model: ModelReport | null = null;
  let updates: (() => void)[] = [];

  const builders: Record<LatentControl, () => void> = {
    seed() {
      const { base } = store;
      const nearest = ({ x, y }: { x: number; y: number }) => seedAt(Math.round(x), Math.round(y));
      const control = integerControl({
        label: "seed",
        min: 0,
        max: LARGEST_SEED,
        base: nearest(base.latent),
        onInput: (seed) => store.patch({ latent: latentOfSeed(seed) }),
      });
      add(control.element, () => {
        if (document.activeElement !== control.input) control.set(nearest(store.value.latent));
      });
    },
    plane() {
      const control = seedPlane({ base: store.base.latent, onInput: (latent) => store.patch({ latent }) });
      add(control.element, () => control.set(store.value.latent));
    },
    class() {
      if (!model?.classes) return;
      const control = integerControl({
        label: `class, 0 to ${model.classes - 1}`,
        min: 0,
        max: model.classes - 1,
        base: store.base.classIndex,
        onInput: (classIndex) => store.patch({ classIndex }),
      });
      add(control.element, () => {
        if (document.activeElement !== control.input) control.set(store.value.classIndex);
      });
    },
    psi() {
      const control = sliderControl({
        label: "truncation ψ",
        min: -1,
        max: 2,
        step: 0.05,
        base: store.base.psi,
        onInput: (psi) => store.patch({ psi }),
      });
      add(control.element, () => control.set(store.value.psi));
    },
    cutoff() {
      if (!model) return;
      const all = model.wLayers;
      const control = sliderControl({
        label: "truncated w layers",
        min: 0,
        max: all,
        step: 1,
        base: store.base.cutoff ?? all,
        onInput: (count) => store.patch({ cutoff: count === all ? null : count }),
      });
      add(control.element, () => control.set(store.value.cutoff ?? all));
    },
    mixing() {
      if (!model) return;
      const all = model.wLayers;
      const start = store.base.mixing ?? { seed: 1, from: 0, to: Math.min(4, all) };
      let kept = store.value.mixing ?? start;
      const patch = (change: Partial<typeof kept>) => {
        kept = { ...kept, ...change };
        store.patch({ mixing: kept });
      };
      const on = toggleControl({
        label: "mix styles",
        base: store.base.mixing !== null,
        onInput: (value) => store.patch({ mixing: value ? kept : null }),
      });
      const seed = integerControl({
        label: "second seed",
        min: 0,
        max: LARGEST_SEED,
        base: start.seed,
        onInput: (value) => patch({ seed: value }),
      });
      const layers = layerRange({
        label: "its w layers",
        count: all,
        base: [start.from, start.to],
        describe: (w) => `w[${w}]`,
        onInput: (from, to) => patch({ from, to }),
      });
      const details = html("div", { class: "control-details" }, seed.element, layers.element);
      add(html("div", { class: "control-group" }, on.element, details), () => {
        const { mixing } = store.value;
        kept = mixing ?? kept;
        on.set(mixing !== null);
        details.hidden = mixing === null;
        if (document.activeElement !== seed.input) seed.set(kept.seed);
        layers.set([kept.from, kept.to]);
      });
    },
    noise() {
      if (model?.family === "stylegan3") return; // it has none
      const mode = segmentedControl({
        label: "noise",
        choices: [
          { value: "const", label: "stored", title: "the noise maps stored with the model" },
          { value: "random", label: "seeded", title: "fresh noise from a seed" },
          { value: "none", label: "off" },
        ],
        value: store.value.noise.mode,
        base: store.base.noise.mode,
        onInput: (value) => store.patch({ noise: { ...store.value.noise, mode: value } }),
      });
      const seed = integerControl({
        label: "noise seed",
        min: 0,
        max: LARGEST_SEED,
        base: store.base.noise.seed,
        onInput: (value) => store.patch({ noise: { ...store.value.noise, seed: value } }),
      });
      add(html("div", { class: "control-group" }, mode.element, seed.element), () => {
        mode.set(store.value.noise.mode);
        seed.element.hidden = store.value.noise.mode !== "random";
        if (document.activeElement !== seed.input) seed.set(store.value.noise.seed);
      });
    },
    lod() {
      if (model?.family !== "stylegan1") return;
      const control = sliderControl({
        label: "level of detail",
        min: 0,
        max: Math.log2(model.resolution) - 2,
        step: 0.05,
        base: store.base.lod,
        onInput: (lod) => store.patch({ lod }),
      });
      add(control.element, () => control.set(store.value.lod));
    },
  };

  function add(node: HTMLElement, update: () => void) {
    element.append(node);
    updates.push(update);
    update();
  }

  function build() {
    element.replaceChildren();
    updates = [];
    for (const name of which) builders[name]();
  }

  build();
  store.subscribe(() => updates.forEach((update) => update()));
  return {
    element,
    setModel(next: ModelReport) {
      const same =
        model?.wLayers === next.wLayers &&
        model.family === next.family &&
        model.classes === next.classes &&
        model.resolution === next.resolution;
      model = next;
      if (!same) build();
    },
  };
}
