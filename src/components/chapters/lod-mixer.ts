import type { Engine } from "../../lib/engine/client-contract.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { sliderControl, type Control } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { linkPart } from "../link.js";
import type { ExperimentStore } from "../store.js";
import { resolutionsOf, sizeName } from "./lod-levels.js";

const COLOURS = [0, 1, 2];

function tapOf(resolution: number): string {
  return `b${resolution}.torgb`;
}

/** By how much a resolution's RGB is multiplied before it is added to the picture; 1 where nothing was changed. */
export function strengthOf({ interventions }: Experiment, resolution: number): number {
  const found = interventions.find((one) => one.kind === "scaleChannel" && one.tap === tapOf(resolution));
  return found?.kind === "scaleChannel" ? found.scale : 1;
}

/** The experiment with a resolution's RGB multiplied by a factor, in all three colours. */
export function withStrength(experiment: Experiment, resolution: number, factor: number): Experiment {
  const tap = tapOf(resolution);
  const others = experiment.interventions.filter((one) => !(one.kind === "scaleChannel" && one.tap === tap));
  if (factor === 1) return { ...experiment, interventions: others };
  const own = COLOURS.map(
    (channel) => ({ kind: "scaleChannel", tap, channel, scale: factor, shift: 0 }) as const,
  );
  return { ...experiment, interventions: [...others, ...own] };
}

/** A slider for each resolution of a skip generator: how strongly its RGB is added to the picture. */
export function mixerControls(engine: Engine, store: ExperimentStore): HTMLElement {
  const element = html("div", { class: "controls lod-mixer" });
  let sliders: { readonly resolution: number; readonly control: Control<number> }[] = [];
  store.subscribe((experiment) => {
    for (const { resolution, control } of sliders) control.set(strengthOf(experiment, resolution));
  });
  engine.describe(store.value.model).then(
    (model) => {
      sliders = resolutionsOf(model).map((resolution) => ({
        resolution,
        control: sliderControl({
          label: `${sizeName(resolution)} times`,
          min: 0,
          max: 3,
          step: 0.25,
          base: strengthOf(store.base, resolution),
          value: strengthOf(store.value, resolution),
          onInput: (factor) => store.set(withStrength(store.value, resolution, factor)),
        }),
      }));
      element.replaceChildren(...sliders.map(({ control }) => linkPart(control.element, "skip-rgb")));
    },
    () => undefined, // the figure reports a model that cannot be described
  );
  return element;
}
