import type { Experiment } from "../lib/experiment/experiment.js";
import { sliderControl, toggleControl } from "../lib/figure/controls.js";
import { sameValue, type ExperimentStore } from "./store.js";

type Intervention = Experiment["interventions"][number];

/** The experiment with an intervention added at the end, or taken out. */
export function withIntervention(
  experiment: Experiment,
  intervention: Intervention,
  on: boolean,
): Experiment {
  const others = experiment.interventions.filter((other) => !sameValue(other, intervention));
  return { ...experiment, interventions: on ? [...others, intervention] : others };
}

/**
 * A switch that adds an intervention to the experiment and takes it out again.
 *
 *     interventionToggle(store, "switch normalization off", { kind: ..., layer: "layer7" })
 */
export function interventionToggle(
  store: ExperimentStore,
  label: string,
  intervention: Intervention,
): HTMLElement {
  const has = (experiment: Experiment) =>
    experiment.interventions.some((other) => sameValue(other, intervention));
  const control = toggleControl({
    label,
    base: has(store.base),
    value: has(store.value),
    onInput: (on) => store.set(withIntervention(store.value, intervention, on)),
  });
  store.subscribe((experiment) => control.set(has(experiment)));
  return control.element;
}

/**
 * A slider whose value is part of an intervention; at `neutral` there is no intervention.
 * `make` builds it from the value, `read` gives the value of an intervention of this kind, or null for others.
 *
 *     interventionSlider(store, { label: "scale of channel 3", min: 0, max: 4, step: 0.1, neutral: 1,
 *       make: (factor) => ({ kind: ..., factor }), read: (i) => (i.kind === ... ? i.factor : null) })
 */
export function interventionSlider(
  store: ExperimentStore,
  options: {
    readonly label: string;
    readonly min: number;
    readonly max: number;
    readonly step: number;
    readonly neutral: number;
    readonly make: (value: number) => Intervention;
    readonly read: (intervention: Intervention) => number | null;
  },
): HTMLElement {
  const { neutral, make, read } = options;
  const valueIn = (experiment: Experiment) =>
    experiment.interventions.map(read).find((value) => value !== null) ?? neutral;
  const control = sliderControl({
    ...options,
    base: valueIn(store.base),
    value: valueIn(store.value),
    onInput: (value) => {
      const others = store.value.interventions.filter((intervention) => read(intervention) === null);
      store.patch({ interventions: value === neutral ? others : [...others, make(value)] });
    },
  });
  store.subscribe((experiment) => control.set(valueIn(experiment)));
  return control.element;
}
