import type { Engine } from "../../lib/engine/client-contract.js";
import type { ModelReport } from "../../lib/engine/protocol.js";
import { sliderControl, toggleControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { sameValue, type ExperimentStore } from "../store.js";
import {
  NO_CHANGE,
  interventionsOf,
  settingsOf,
  styledLayers,
  type SpikeSettings,
} from "./droplet-experiments.js";

type Part = "paintIn" | "paintOut" | "cap" | "unnormalised";

/** What each switch turns on at first. */
export const DEFAULTS: { readonly [Key in Part]: NonNullable<SpikeSettings[Key]> } = {
  paintIn: { layer: "layer8", height: 300 },
  paintOut: { layer: "layer9" },
  cap: { layer: "layer12", limit: 3 },
  unnormalised: { from: 9 },
};

const LABELS: Readonly<Record<Part, string>> = {
  paintIn: "paint a spike in",
  paintOut: "paint the spike out",
  cap: "cap all peaks",
  unnormalised: "no normalisation from a layer on",
};

/** Experiments by name: the parts that each of them turns on. */
export const EXPERIMENTS = [
  { name: "a spike", parts: ["paintIn"] },
  { name: "a spike, painted out", parts: ["paintIn", "paintOut"] },
  { name: "a spike, capped", parts: ["paintIn", "cap"] },
  { name: "no normalisation", parts: ["unnormalised"] },
  { name: "a spike, then no normalisation", parts: ["paintIn", "unnormalised"] },
] as const satisfies readonly { readonly name: string; readonly parts: readonly Part[] }[];

/** The settings of an experiment of the list. */
export function experimentNamed(name: (typeof EXPERIMENTS)[number]["name"]): SpikeSettings {
  const { parts } = EXPERIMENTS.find((one) => one.name === name)!;
  return parts.reduce<SpikeSettings>(
    (settings, part) => ({ ...settings, [part]: DEFAULTS[part] }),
    NO_CHANGE,
  );
}

/** The switches of the experiments with spikes; all they say is in the store's interventions. */
export function spikeControls(engine: Engine, store: ExperimentStore): HTMLElement {
  const element = html("div", { class: "spike-controls" });
  engine.describe(store.value.model).then(
    (model) => fill(element, store, model),
    () => undefined, // a model that cannot be described is the figure's to report
  );
  return element;
}

function fill(element: HTMLElement, store: ExperimentStore, model: ModelReport): void {
  const layers = styledLayers(model);
  const base = settingsOf(store.base);
  const now = () => settingsOf(store.value);
  const change = (part: Partial<SpikeSettings>) =>
    store.patch({ interventions: interventionsOf({ ...now(), ...part }, model.wLayers) });
  const syncs: (() => void)[] = [];
  const switches = html(
    "details",
    { class: "spike-switches" },
    html("summary", {}, "every switch by itself"),
  );
  const buttons = EXPERIMENTS.map(({ name }) => {
    const own = interventionsOf(experimentNamed(name), model.wLayers);
    const button = html(
      "button",
      { type: "button", class: "chip", onclick: () => store.patch({ interventions: own }) },
      name,
    );
    syncs.push(() => button.setAttribute("aria-pressed", String(sameValue(store.value.interventions, own))));
    return button;
  });
  element.append(
    html("div", { class: "toolbar", role: "group", "aria-label": "experiment" }, ...buttons),
    switches,
  );

  /** A switch, and behind it what it is about. */
  const row = (part: Part, ...details: HTMLElement[]) => {
    const toggle = toggleControl({
      label: LABELS[part],
      base: base[part] !== null,
      onInput: (on) => change({ [part]: on ? DEFAULTS[part] : null }),
    });
    const box = html("div", { class: "control-details" }, ...details);
    syncs.push(() => {
      toggle.set(now()[part] !== null);
      box.hidden = now()[part] === null;
    });
    switches.append(html("div", { class: "spike-row", "data-part": part }, toggle.element, box));
  };
  const layer = (part: "paintIn" | "paintOut" | "cap") => {
    const select = layerSelect({
      label: "in",
      base: (base[part] ?? DEFAULTS[part]).layer,
      onInput: (name) => change({ [part]: { ...(now()[part] ?? DEFAULTS[part]), layer: name } }),
    });
    select.setLayers(layers);
    syncs.push(() => select.set((now()[part] ?? DEFAULTS[part]).layer));
    return select.element;
  };

  const height = sliderControl({
    label: "height, in σ of each channel",
    min: -1000,
    max: 1000,
    step: 10,
    base: (base.paintIn ?? DEFAULTS.paintIn).height as number,
    // 0 would be painting out
    onInput: (value) =>
      change({ paintIn: { ...(now().paintIn ?? (DEFAULTS.paintIn as never)), height: value || 10 } }),
  });
  syncs.push(() => height.set((now().paintIn ?? DEFAULTS.paintIn).height as number));
  const places = ([0, 1] as const).map((axis) => {
    const control = sliderControl({
      label: axis === 0 ? "place, across" : "place, down",
      min: 0,
      max: 1,
      step: 0.05,
      base: base.place[axis],
      onInput: (value) => change({ place: axis === 0 ? [value, now().place[1]] : [now().place[0], value] }),
    });
    syncs.push(() => control.set(now().place[axis]));
    return control.element;
  });
  const limit = sliderControl({
    label: "at so many σ",
    min: 1,
    max: 10,
    step: 0.5,
    base: (base.cap ?? DEFAULTS.cap).limit as number,
    onInput: (value) => change({ cap: { ...(now().cap ?? (DEFAULTS.cap as never)), limit: value } }),
  });
  syncs.push(() => limit.set((now().cap ?? DEFAULTS.cap).limit as number));
  const from = layerSelect({
    label: "from",
    base: layers[(base.unnormalised ?? DEFAULTS.unnormalised).from as number]?.name ?? layers[0]!.name,
    onInput: (name) => change({ unnormalised: { from: layers.find((one) => one.name === name)!.w } }),
  });
  from.setLayers(layers);
  syncs.push(() =>
    from.set(layers[(now().unnormalised ?? DEFAULTS.unnormalised).from as number]?.name ?? ""),
  );

  row("paintIn", layer("paintIn"), height.element, ...places);
  row("paintOut", layer("paintOut"));
  row("cap", layer("cap"), limit.element);
  row("unnormalised", from.element);
  const sync = () => syncs.forEach((act) => act());
  store.subscribe(sync);
  sync();
}
