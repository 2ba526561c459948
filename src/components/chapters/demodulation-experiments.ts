import type { Engine } from "../../lib/engine/client-contract.js";
import type { LayerReport, ModelReport } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import type { Demodulation } from "../../lib/networks/network.js";
import { resetButton, segmentedControl, sliderControl } from "../../lib/figure/controls.js";
import { html, uniqueId } from "../../lib/figure/dom.js";
import { layerRange } from "../../lib/figure/layer-select.js";
import type { ExperimentStore } from "../store.js";

type Intervention = Experiment["interventions"][number];
type Of<Kind extends Intervention["kind"]> = Extract<Intervention, { kind: Kind }>;

export const LARGEST_FACTOR = 30;

function interventionOf<Kind extends Intervention["kind"]>(
  { interventions }: Experiment,
  kind: Kind,
): Of<Kind> | undefined {
  return interventions.find((one): one is Of<Kind> => one.kind === kind);
}

function withOnly(
  experiment: Experiment,
  kind: Intervention["kind"],
  intervention: Intervention | null,
): Experiment {
  const others = experiment.interventions.filter((one) => one.kind !== kind);
  return { ...experiment, interventions: intervention ? [...others, intervention] : others };
}

export function normalisationOf(experiment: Experiment): Demodulation {
  const found = interventionOf(experiment, "demodulation");
  return found ? (found.instead ?? "none") : "weights";
}

/** The experiment with another normalisation in the layers that read w[from] .. w[to - 1]. */
export function withNormalisation(
  experiment: Experiment,
  which: Demodulation,
  [from, to]: readonly [number, number],
): Experiment {
  if (which === "weights") return withOnly(experiment, "demodulation", null);
  const instead = which === "none" ? {} : { instead: which };
  return withOnly(experiment, "demodulation", {
    kind: "demodulation",
    layers: [from, to],
    on: false,
    ...instead,
  });
}

/** The style that is magnified: which w it reads, and how much. */
export function magnificationOf(
  experiment: Experiment,
): { readonly w: number; readonly factor: number } | null {
  const found = interventionOf(experiment, "styleScale");
  return found ? { w: found.layers[0], factor: found.factor } : null;
}

export function withMagnification(experiment: Experiment, w: number, factor: number): Experiment {
  return withOnly(experiment, "styleScale", { kind: "styleScale", layers: [w, w + 1], factor });
}

export function withoutMagnification(experiment: Experiment): Experiment {
  return withOnly(experiment, "styleScale", null);
}

/** The convolutions, in the order in which they run. */
export function convolutions({ layers }: Pick<ModelReport, "layers">): LayerReport[] {
  return layers.filter(({ name }) => /^b\d+\.conv[01]$/.test(name));
}

/** A w layer by the convolution that reads it, and the toRGB that reads it too. */
export function nameOfW({ layers }: Pick<ModelReport, "layers">, w: number): string {
  const readers = layers.filter((layer) => layer.w === w && /\.(conv[01]|torgb)$/.test(layer.name));
  return readers.map(({ name }) => name).join(" and ");
}

/**
 * A choice of what normalises the live network, and in which layers. The store's base must hold a `demodulation`
 * intervention; its layers are those at the start.
 */
export function normalisationControls(engine: Engine, store: ExperimentStore): HTMLElement {
  const base = interventionOf(store.base, "demodulation")!;
  let layers = interventionOf(store.value, "demodulation")?.layers ?? base.layers;
  const which = segmentedControl<Demodulation>({
    label: "normalise by",
    choices: [
      {
        value: "adain",
        label: "(a, b) mean and std",
        title: "of the feature map, behind noise, bias and activation",
      },
      { value: "deviation", label: "(c) std only", title: "of the feature map, before noise and bias" },
      { value: "weights", label: "(d) demodulation", title: "of the weights" },
      { value: "none", label: "nothing", title: "no normalisation at all" },
    ],
    base: normalisationOf(store.base),
    value: normalisationOf(store.value),
    onInput: (value) => store.set(withNormalisation(store.value, value, layers)),
  });
  const element = html("div", { class: "controls" }, which.element);
  store.subscribe((experiment) => {
    layers = interventionOf(experiment, "demodulation")?.layers ?? layers;
    which.set(normalisationOf(experiment));
  });
  describeOnce(engine, store, (model) => {
    const range = layerRange({
      label: "in the layers",
      count: model.wLayers,
      base: base.layers,
      describe: (w) => `w[${w}]: ${nameOfW(model, w)}`,
      onInput: (from, to) => {
        layers = [from, to];
        store.set(withNormalisation(store.value, normalisationOf(store.value), layers));
      },
    });
    range.set(layers);
    store.subscribe((experiment) => range.set(interventionOf(experiment, "demodulation")?.layers ?? layers));
    element.append(range.element);
  });
  return element;
}

/** Which style is magnified, and how much. The store's base must hold a `styleScale` intervention. */
export function magnificationControls(engine: Engine, store: ExperimentStore): HTMLElement {
  const base = magnificationOf(store.base)!;
  const now = () => magnificationOf(store.value) ?? base;
  const factor = sliderControl({
    label: "magnify the style by",
    min: 1,
    max: LARGEST_FACTOR,
    step: 1,
    base: base.factor,
    value: now().factor,
    onInput: (value) => store.set(withMagnification(store.value, now().w, value)),
  });
  const id = uniqueId("magnified");
  const select = html("select", { id });
  const choose = (w: number) => store.set(withMagnification(store.value, w, now().factor));
  const reset = resetButton("the magnified layer", () => {
    choose(base.w);
    select.focus();
  });
  select.addEventListener("change", () => choose(Number(select.value)));
  const show = () => {
    factor.set(now().factor);
    select.value = String(now().w);
    reset.set(now().w !== base.w);
  };
  store.subscribe(show);
  describeOnce(engine, store, (model) => {
    select.replaceChildren(
      ...convolutions(model).map(({ w }) => html("option", { value: w }, `w[${w}]: ${nameOfW(model, w)}`)),
    );
    show();
  });
  return html(
    "div",
    { class: "controls" },
    html(
      "div",
      { class: "control control-select" },
      html("label", { for: id }, "in layer"),
      select,
      reset.element,
    ),
    factor.element,
  );
}

/** Calls `fill` when the model is known; a model that cannot be described is the figure's to report. */
function describeOnce(engine: Engine, store: ExperimentStore, fill: (model: ModelReport) => void): void {
  engine.describe(store.value.model).then(fill, () => undefined);
}
