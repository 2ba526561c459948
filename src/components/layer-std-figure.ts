import type { ModelReport } from "../lib/engine/protocol.js";
import type { Experiment } from "../lib/experiment/experiment.js";
import { html } from "../lib/figure/dom.js";
import { createLayerChart, layerDeviation } from "../lib/figure/layer-chart.js";
import { createFrame, type FigureOptions } from "./figure-frame.js";

/** An experiment derived from the store's, under a name. */
export interface Variant {
  readonly label: string;
  readonly change: (experiment: Experiment) => Experiment;
}

/**
 * Standard deviation at each layer, a line a variant, on a log axis: each variant is a pass of its own.
 *
 *     display(layerStdFigure({
 *       engine, store, id: "std", title: "Standard deviation of each layer's output",
 *       variants: [
 *         { label: "as trained", change: (e) => e },
 *         { label: "demodulation off", change: (e) => ({ ...e, interventions: [...e.interventions, off] }) },
 *       ],
 *       expected: { value: 1, label: "expected: 1" },
 *     }));
 *
 * `taps`: which taps, from the model's layers (default: the outputs of all layers).
 */
export function layerStdFigure(
  options: FigureOptions & {
    readonly variants: readonly Variant[];
    readonly expected?: { readonly value: number; readonly label: string };
    readonly taps?: (model: ModelReport) => readonly string[];
    readonly extra?: readonly Node[];
  },
): HTMLElement {
  const { store, variants } = options;
  const taps =
    options.taps ?? ((model) => model.layers.filter(({ role }) => role === "layer").map(({ name }) => name));
  const chart = createLayerChart({ label: options.title, yTitle: "std", expected: options.expected });
  let names: readonly string[] = [];
  let values: (number | null)[][] = [];
  const draw = () =>
    chart.update(
      names,
      variants.map(({ label }, i) => ({ label, values: values[i]! })),
    );

  return createFrame({
    ...options,
    body: html("div", { class: "layer-std" }, chart.element, ...(options.extra ?? [])),
    onModel(model) {
      names = taps(model);
      values = variants.map(() => names.map(() => null));
      draw();
    },
    passes: () =>
      variants.map(({ change }, i) => ({
        experiment: change(store.value),
        wants: [{ kind: "statistics", taps: names }],
        show(view) {
          if (view.kind !== "statistics") return;
          values[i] = names.map((name) =>
            view.taps[name] ? layerDeviation(view.taps[name].statistics) : null,
          );
          draw();
        },
      })),
  }).element;
}
