import type { ModelReport } from "../lib/engine/protocol.js";
import { layerOf } from "../lib/figure/diagram-layout.js";
import { html } from "../lib/figure/dom.js";
import { createDumbbell } from "../lib/figure/dumbbell.js";
import { layerSelect } from "../lib/figure/layer-select.js";
import { createMoments, type Stage } from "../lib/figure/moments.js";
import { createFrame, type FigureOptions } from "./figure-frame.js";
import { allOf, choiceSetting } from "./own-setting.js";

/**
 * Mean and standard deviation of every channel before and after the steps of a layer.
 *
 *     display(statisticsFigure({
 *       engine, store, id: "adain-statistics", title: "What AdaIN does to the statistics",
 *       layer: "layer7",
 *       stages: [
 *         { step: "activate", label: "before normalization" },
 *         { step: "normalize", label: "normalized" },
 *         { step: "style", label: "after the style" },
 *       ],
 *     }));
 *
 * A stage's tap is `<layer>.<step>`; step "" is the layer's own output. The reader may choose any layer that
 * has all the steps; double click (or Enter) on a channel puts it in `look.channel`.
 */
export function statisticsFigure(
  options: FigureOptions & {
    readonly layer: string;
    readonly stages: readonly { readonly step: string; readonly label: string }[];
  },
): HTMLElement {
  const { store, stages } = options;
  let model: ModelReport | null = null;
  let latest: readonly Stage[] = [];
  const select = layerSelect({
    label: "layer",
    onInput: (layer) => store.patch({ look: { tap: tapOf(layer, stages[0]!.step), channel: null } }),
  });
  const shown = choiceSetting<"plane" | "mean" | "std">({
    key: "show",
    label: "show",
    choices: [
      { value: "plane", label: "mean × std", title: "each channel a point" },
      { value: "mean", label: "means" },
      { value: "std", label: "stds" },
    ],
    base: "plane",
    then: () => {
      draw();
      frame.request();
    },
  });
  const moments = createMoments({
    onOpen: (channel) =>
      store.patch({ look: { tap: store.value.look.tap ?? tapOf(layerNow(), stages[0]!.step), channel } }),
  });
  const dumbbell = createDumbbell();

  function layerNow(): string {
    const { tap } = store.value.look;
    if (!model || tap === null) return options.layer;
    const layer = layerOf(model.layers, tap)?.name;
    return layer && hasStages(model, layer) ? layer : options.layer;
  }
  function hasStages(of: ModelReport, layer: string): boolean {
    return stages.every(({ step }) => of.layers.some(({ name }) => name === tapOf(layer, step)));
  }
  function draw() {
    const shape = shown.value;
    moments.element.hidden = shape !== "plane";
    dumbbell.element.hidden = shape === "plane";
    if (latest.length === 0) return;
    if (shape === "plane") return moments.update(latest);
    const [first, last] = [latest[0]!, latest[latest.length - 1]!];
    dumbbell.update({
      name: shape,
      before: { label: first.label, values: first.statistics[shape] },
      after: { label: last.label, values: last.statistics[shape] },
    });
  }
  draw();
  store.subscribe(() => select.set(layerNow()));

  const frame = createFrame({
    ...options,
    settings: { ...allOf(shown), reset: () => (shown.reset(), draw()) },
    body: html(
      "div",
      { class: "statistics-figure" },
      html("div", { class: "toolbar" }, select.element, shown.element),
      moments.element,
      dumbbell.element,
    ),
    onModel(next) {
      model = next;
      select.setLayers(next.layers.filter((layer) => layer.role === "layer" && hasStages(next, layer.name)));
      select.set(layerNow());
    },
    passes() {
      const layer = layerNow();
      const taps = stages.map(({ step }) => tapOf(layer, step));
      return [
        {
          experiment: store.value,
          wants: [{ kind: "statistics", taps }],
          show(report) {
            if (report.kind !== "statistics") return;
            latest = stages.map(({ label }, i) => ({ label, statistics: report.taps[taps[i]!]!.statistics }));
            draw();
          },
        },
      ];
    },
  });
  return frame.element;
}

/** The tap of a step inside a layer; step "" is the layer's output. */
export function tapOf(layer: string, step: string): string {
  return step === "" ? layer : `${layer}.${step}`;
}
