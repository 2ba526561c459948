import type { ChannelStatistics, ModelReport, View } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createIdentityScatter } from "../../lib/figure/scatter.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { allOf, choiceSetting } from "../own-setting.js";
import { layerOfLook, modulatedLayers } from "./demodulation-layers.js";

type ModulationView = Extract<View, { kind: "modulation" }>;
type Assumption = "unit" | "actual";
type Points = "channels" | "layers";

/** All layers are compared up to here: beyond, a pass takes longer than the comparison is worth. */
const LARGEST_SIDE = 256;

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

/** A layer's channels in one: the root mean square of what was expected, and of what was measured. */
export function overChannels(list: readonly Prediction[]): Prediction {
  const rms = (key: keyof Prediction) =>
    Math.sqrt(list.reduce((sum, p) => sum + p[key] ** 2, 0) / list.length);
  return { expected: rms("expected"), measured: rms("measured") };
}

/** The middle of measured / expected, and the range of the middle 80 %. */
export function ratioSummary(list: readonly Prediction[]): { low: number; median: number; high: number } {
  const ratios = list.map(({ expected, measured }) => measured / expected).sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.round(share * (ratios.length - 1))] ?? NaN;
  return { low: at(0.1), median: at(0.5), high: at(0.9) };
}

/**
 * Expected against measured strength of each output channel of a layer, or of all layers, before demodulation.
 *
 *     display(expectedFigure({ engine, store, id: "expected", title: "...", layer: "b64.conv1" }));
 */
export function expectedFigure(options: FigureOptions & { readonly layer: string }): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const views = new Map<string, ModulationView>();
  const statistics = new Map<string, ChannelStatistics>();
  const layer = () => layerOfLook(model, store.value.look.tap, options.layer);
  const layers = () =>
    kinds.value === "channels" || !model
      ? [layer()]
      : modulatedLayers(model)
          .filter(({ resolution }) => resolution <= LARGEST_SIDE)
          .map(({ name }) => name);
  const select = layerSelect({
    label: "layer",
    base: options.layer,
    onInput: (tap) => store.patch({ look: { tap, channel: null } }),
  });
  const redraw = () => {
    draw();
    frame.request();
  };
  const kinds = choiceSetting<Points>({
    key: "points",
    label: "a point for",
    choices: [
      { value: "channels", label: "each channel" },
      { value: "layers", label: "each layer", title: `each layer up to ${LARGEST_SIDE} pixels` },
    ],
    base: "channels",
    then: redraw,
  });
  const assumptions = choiceSetting<Assumption>({
    key: "suppose",
    label: "suppose inputs",
    choices: [
      { value: "unit", label: "of standard deviation 1", title: "equation 2 as it stands" },
      {
        value: "actual",
        label: "as strong as they are",
        title: "equation 2 with each input channel's own strength",
      },
    ],
    base: "unit",
    then: redraw,
  });
  const own = allOf(kinds, assumptions);
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
    const [points, assumption] = [kinds.value, assumptions.value];
    select.element.hidden = points === "layers";
    for (const which of ["unit", "actual"] as const) scatters[which].element.hidden = which !== assumption;
    const names = layers();
    const lists = names.map((name) => {
      const [view, values] = [views.get(name), statistics.get(name)];
      return view && values ? predictions(view, values, assumption) : null;
    });
    if (lists.some((list) => list === null)) return;
    const all = lists as Prediction[][];
    const shown = points === "channels" ? all[0]! : all.map(overChannels);
    scatters[assumption].update(
      shown.map(({ expected, measured }, i) => ({
        x: expected,
        y: measured,
        label: points === "channels" ? `channel ${i}` : names[i]!,
      })),
    );
    const { low, median, high } = ratioSummary(shown);
    summary.replaceChildren(
      html("span", {}, points === "channels" ? names[0]! : `${names.length} layers`),
      html(
        "span",
        { "data-cell": "ratio", "data-value": median },
        `measured / expected: ${formatValue(median)} in the middle, ${formatValue(low)} to ${formatValue(high)} for 80 % of the ${points}`,
      ),
    );
  }

  const frame = createFrame({
    ...options,
    body: html(
      "div",
      { class: "expected" },
      html("div", { class: "toolbar" }, kinds.element, select.element, assumptions.element),
      scatters.unit.element,
      scatters.actual.element,
      summary,
    ),
    settings: {
      ...own,
      reset: () => (own.reset(), draw()),
    },
    onModel(next) {
      model = next;
      views.clear();
      statistics.clear();
      select.setLayers(modulatedLayers(next));
      select.set(layer());
    },
    passes: () => {
      select.set(layer());
      const names = layers();
      return [
        {
          experiment: store.value,
          wants: [
            ...names.map((name) => ({ kind: "modulation", layer: name, forms: false }) as const),
            { kind: "statistics", taps: names.map((name) => `${name}.modulated`) },
          ],
          show(next) {
            if (next.kind === "modulation") views.set(next.layer, next);
            if (next.kind === "statistics")
              for (const [tap, entry] of Object.entries(next.taps))
                statistics.set(tap.replace(/\.modulated$/, ""), entry.statistics);
            draw();
          },
        },
      ];
    },
  });
  draw();
  return frame.element;
}
