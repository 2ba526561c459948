import type { ChannelStatistics, ModelReport, View } from "../../lib/engine/protocol.js";
import { segmentedControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createIdentityScatter } from "../../lib/figure/scatter.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { layerOfLook, modulatedLayers } from "./demodulation-layers.js";

type ModulationView = Extract<View, { kind: "modulation" }>;
type Assumption = "unit" | "actual";

/** Expected and measured strength of an output channel before demodulation. */
export interface Prediction {
  readonly expected: number;
  readonly measured: number;
}

/**
 * What equation 2 expects of each output channel, beside what was measured.
 *
 * 1. "unit": inputs of standard deviation 1, against the standard deviation over the pixels.
 * 2. "actual": inputs as strong as they are, against the root mean square over the pixels. The mean belongs in
 *    here: an input's constant part goes through the convolution as well.
 */
export function predictions(
  view: Pick<ModulationView, "expected" | "expectedOfInputs">,
  { mean, std }: Pick<ChannelStatistics, "mean" | "std">,
  assumption: Assumption,
): Prediction[] {
  return Array.from(std, (deviation, channel) =>
    assumption === "unit"
      ? { expected: view.expected[channel]!, measured: deviation }
      : { expected: view.expectedOfInputs[channel]!, measured: Math.hypot(deviation, mean[channel]!) },
  );
}

/** The middle of measured / expected, and the range of the middle 80 %. */
export function ratioSummary(list: readonly Prediction[]): { low: number; median: number; high: number } {
  const ratios = list.map(({ expected, measured }) => measured / expected).sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.round(share * (ratios.length - 1))] ?? NaN;
  return { low: at(0.1), median: at(0.5), high: at(0.9) };
}

/**
 * Expected against measured strength of each output channel of a layer, before demodulation.
 *
 *     display(expectedFigure({ engine, store, id: "expected", title: "...", layer: "b64.conv1" }));
 */
export function expectedFigure(options: FigureOptions & { readonly layer: string }): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let view: ModulationView | null = null;
  let statistics: { of: string; values: ChannelStatistics } | null = null;
  let assumption: Assumption = "unit";
  const layer = () => layerOfLook(model, store.value.look.tap, options.layer);
  const select = layerSelect({
    label: "layer",
    base: options.layer,
    onInput: (tap) => store.patch({ look: { tap, channel: null } }),
  });
  const assumptions = segmentedControl<Assumption>({
    label: "suppose inputs",
    choices: [
      { value: "unit", label: "of standard deviation 1", title: "equation 2 as it stands" },
      {
        value: "actual",
        label: "as strong as they are",
        title: "equation 2 with each input channel's own strength",
      },
    ],
    value: assumption,
    base: assumption,
    onInput: (value) => {
      assumption = value;
      draw();
    },
  });
  const titles: Record<Assumption, string> = {
    unit: "standard deviation",
    actual: "root mean square",
  };
  const scatters = {
    unit: createScatter("unit"),
    actual: createScatter("actual"),
  };
  const summary = html("p", { class: "readout expected-summary", role: "status" }, "\u00a0");

  function createScatter(which: Assumption) {
    return createIdentityScatter({
      label: "expected against measured strength of each output channel",
      xTitle: `expected ${titles[which]}`,
      yTitle: `measured ${titles[which]}`,
      log: true,
    });
  }

  function draw() {
    for (const which of ["unit", "actual"] as const) scatters[which].element.hidden = which !== assumption;
    if (!view || statistics?.of !== view.layer) return;
    const list = predictions(view, statistics.values, assumption);
    scatters[assumption].update(
      list.map(({ expected, measured }, channel) => ({
        x: expected,
        y: measured,
        label: `channel ${channel}`,
      })),
    );
    const { low, median, high } = ratioSummary(list);
    summary.replaceChildren(
      html("span", {}, view.layer),
      html(
        "span",
        { "data-cell": "ratio", "data-value": median },
        `measured / expected: ${formatValue(median)} in the middle, ${formatValue(low)} to ${formatValue(high)} for 80 % of the channels`,
      ),
    );
  }
  draw();

  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "expected" },
      html("div", { class: "toolbar" }, select.element, assumptions.element),
      scatters.unit.element,
      scatters.actual.element,
      summary,
    ),
    onModel(next) {
      model = next;
      select.setLayers(modulatedLayers(next));
      select.set(layer());
    },
    passes: () => {
      select.set(layer());
      const tap = `${layer()}.modulated`;
      return [
        {
          experiment: store.value,
          wants: [
            { kind: "modulation", layer: layer(), forms: false },
            { kind: "statistics", taps: [tap] },
          ],
          show(next) {
            if (next.kind === "modulation") view = next;
            if (next.kind === "statistics")
              statistics = { of: tap.replace(/\.modulated$/, ""), values: next.taps[tap]!.statistics };
            draw();
          },
        },
      ];
    },
  }).element;
}
