import type { Engine } from "../../lib/engine/client-contract.js";
import type { LayerReport, ModelReport } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { integerControl, sliderControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerRange, layerSelect } from "../../lib/figure/layer-select.js";
import { latentOfSeed } from "../../lib/experiment/seedLattice.js";
import type { ExperimentStore } from "../store.js";

type Intervention = Experiment["interventions"][number];
type Of<Kind extends Intervention["kind"]> = Extract<Intervention, { kind: Kind }>;

const LARGEST_SEED = 9999;

/** The first intervention of a kind. */
export function interventionOf<Kind extends Intervention["kind"]>(
  experiment: Experiment,
  kind: Kind,
): Of<Kind> | undefined {
  return experiment.interventions.find((one): one is Of<Kind> => one.kind === kind);
}

/** The experiment without its interventions: the "before" of a comparison. */
export function untouched(experiment: Experiment): Experiment {
  return { ...experiment, interventions: [] };
}

/** The layers that have a style, in the order in which they run. */
export function styledLayers({ layers }: ModelReport): LayerReport[] {
  return layers.filter(({ role }) => role === "layer");
}

/** Fills an element once the model is known; a model that cannot be described is the figure's to report. */
function whenDescribed(engine: Engine, store: ExperimentStore, fill: (model: ModelReport) => void): void {
  engine.describe(store.value.model).then(fill, () => undefined);
}

/** A choice of layers `from <= i < to`, each named with its resolution, for the interventions that take a range. */
function rangeControl(
  model: ModelReport,
  store: ExperimentStore,
  kind: "swapStyle" | "normalisation",
  label: string,
): HTMLElement {
  const layers = styledLayers(model);
  const within = ([from, to]: readonly [number, number]) =>
    [Math.min(from, layers.length - 1), Math.min(to, layers.length)] as const;
  const base = interventionOf(store.base, kind)!;
  const control = layerRange({
    label,
    count: layers.length,
    base: within(base.layers),
    describe: (i) => `${layers[i]!.name} (${layers[i]!.resolution} px)`,
    onInput: (from, to) => {
      const now = interventionOf(store.value, kind) ?? base;
      store.patch({ interventions: [{ ...now, layers: [from, to] }] });
    },
  });
  store.subscribe((experiment) =>
    control.set(within(interventionOf(experiment, kind)?.layers ?? base.layers)),
  );
  control.set(within(interventionOf(store.value, kind)?.layers ?? base.layers));
  return control.element;
}

/** Which layers take their style from which other seed; the store's base must hold a `swapStyle`. */
export function swapControls(engine: Engine, store: ExperimentStore): HTMLElement {
  const base = interventionOf(store.base, "swapStyle")!;
  const element = html("div", { class: "controls" });
  const seed = integerControl({
    label: "second seed",
    min: 0,
    max: LARGEST_SEED,
    base: base.seed,
    onInput: (value) => {
      const now = interventionOf(store.value, "swapStyle") ?? base;
      store.patch({ interventions: [{ ...now, seed: value }] });
    },
  });
  store.subscribe((experiment) => {
    if (document.activeElement !== seed.input)
      seed.set(interventionOf(experiment, "swapStyle")?.seed ?? base.seed);
  });
  element.append(seed.element);
  whenDescribed(engine, store, (model) =>
    element.append(rangeControl(model, store, "swapStyle", "layers styled by the second seed")),
  );
  return element;
}

/** Which layers go without instance normalisation; the store's base must hold a `normalisation`. */
export function normalisationControls(engine: Engine, store: ExperimentStore): HTMLElement {
  const element = html("div", { class: "controls" });
  whenDescribed(engine, store, (model) =>
    element.append(rangeControl(model, store, "normalisation", "layers without normalisation")),
  );
  return element;
}

/**
 * One channel's scale and shift by hand; the store's base must hold an `editStyle`. Says what A gives by itself,
 * and puts that back on demand.
 */
export function channelControls(engine: Engine, store: ExperimentStore): HTMLElement {
  const base = interventionOf(store.base, "editStyle")!;
  const now = () => interventionOf(store.value, "editStyle") ?? base;
  const change = (part: Partial<Of<"editStyle">>) => store.patch({ interventions: [{ ...now(), ...part }] });
  let model: ModelReport | null = null;
  let given: { scale: number; shift: number } | null = null;

  const layer = layerSelect({
    label: "layer",
    base: base.layer,
    onInput: (name) => change({ layer: name, channel: 0 }),
  });
  const channel = integerControl({
    label: "channel",
    min: 0,
    max: 511,
    base: base.channel,
    onInput: (value) => change({ channel: Math.min(value, channels() - 1) }),
  });
  const scale = sliderControl({
    label: "scale",
    min: -20,
    max: 20,
    step: 0.1,
    base: base.scale ?? 1,
    onInput: (value) => change({ scale: value }),
  });
  const shift = sliderControl({
    label: "shift",
    min: -20,
    max: 20,
    step: 0.1,
    base: base.shift ?? 0,
    onInput: (value) => change({ shift: value }),
  });
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");
  const restore = html("button", { type: "button", class: "plain" }, "Set both to what A gives");
  restore.addEventListener("click", () => given && change(given));

  const channels = () =>
    model?.layers.find(({ name, role }) => name === now().layer && role === "layer")?.channels ?? 512;

  function sync() {
    const edit = now();
    layer.set(edit.layer);
    if (document.activeElement !== channel.input) channel.set(edit.channel);
    scale.set(edit.scale ?? 1);
    shift.set(edit.shift ?? 0);
  }

  /** Asks for the style that A gives the chosen channel, unless the question has changed in the meantime. */
  async function ask() {
    const { layer: name, channel: index } = now();
    const experiment = untouched(store.value);
    const { views } = await engine.render(experiment, [{ kind: "styles", layers: [name] }]);
    const [view] = views;
    const still = now();
    if (view?.kind !== "styles" || still.layer !== name || still.channel !== index) return;
    const style = view.layers[name]!;
    given = { scale: round(style.scale[index]!), shift: round(style.shift?.[index] ?? 0) };
    words.textContent = `${name}, channel ${index}: A gives scale ${formatValue(given.scale)}, shift ${formatValue(given.shift)}`;
  }

  let asked = "";
  function refresh() {
    sync();
    const { latent, psi, cutoff, mixing } = store.value;
    const key = JSON.stringify([now().layer, now().channel, latent, psi, cutoff, mixing]);
    if (!model || key === asked) return;
    asked = key;
    // A failure here is the same as the figure's own, which shows its sentence.
    ask().catch(() => (asked = ""));
  }
  store.subscribe(refresh);
  whenDescribed(engine, store, (next) => {
    model = next;
    layer.setLayers(styledLayers(next));
    refresh();
  });
  sync();
  return html(
    "div",
    { class: "controls" },
    layer.element,
    channel.element,
    scale.element,
    shift.element,
    html("div", { class: "control-group" }, words, restore),
  );
}

/** Thousandths: what a slider's number field shows. */
function round(value: number): number {
  return Math.round(1000 * value) / 1000;
}

/** The picture of the seed that a `swapStyle` takes its styles from. */
export function ofSecondSeed(experiment: Experiment): Experiment {
  const swap = interventionOf(experiment, "swapStyle");
  return swap ? { ...untouched(experiment), latent: latentOfSeed(swap.seed) } : experiment;
}
