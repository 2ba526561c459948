import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { divergingScale } from "../../lib/figure/colour.js";
import { integerControl } from "../../lib/figure/controls.js";
import { layerOf } from "../../lib/figure/diagram-layout.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createLegend } from "../../lib/figure/legend.js";
import { paint, robustMagnitude } from "../../lib/figure/paint.js";
import { onThemeChange, pageTheme } from "../../lib/figure/theme.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { allOf, choiceSetting } from "../own-setting.js";
import { linkPart } from "../link.js";

type ChannelView = Extract<View, { kind: "channel" }>;

/** A step inside a layer: the inner tap behind it, and the terms of the equation that belong to it. */
export interface LayerStep {
  readonly step: string;
  readonly title: string;
  readonly words: string;
  /** What the step is a part of. */
  readonly part?: string;
  /** `data-link` ids: of the panel, of its mean, of its standard deviation. */
  readonly links: { readonly panel: string; readonly mean?: string; readonly std?: string };
}

/** The steps of a StyleGAN1 layer under the names of its inner taps. */
export const STYLEGAN1_STEPS: readonly LayerStep[] = [
  {
    step: "conv",
    title: "convolution",
    words: "upsampled, convolved, blurred",
    links: { panel: "adain-conv" },
  },
  { step: "noise", title: "+ noise", words: "a picture of noise, times B", links: { panel: "adain-noise" } },
  {
    step: "activate",
    title: "leaky ReLU",
    words: "after the bias: x in the equations",
    links: { panel: "adain-x", mean: "adain-mean", std: "adain-std" },
  },
  {
    step: "normalize",
    title: "normalised",
    words: "less its mean, over its std",
    part: "AdaIN",
    links: { panel: "adain-normalize" },
  },
  {
    step: "style",
    title: "styled",
    words: "times the scale, plus the shift",
    part: "AdaIN",
    links: { panel: "adain-style", mean: "adain-shift", std: "adain-scale" },
  },
];

/**
 * One channel on its way through a layer: its map after each step, on one colour scale, with mean and standard
 * deviation. Layer and channel are the experiment's `look`.
 *
 *     display(stepsFigure({ engine, store, id: "steps", title: "...", layer: "layer5", channel: 0 }));
 */
export function stepsFigure(
  options: FigureOptions & {
    readonly layer: string;
    readonly channel: number;
    readonly steps?: readonly LayerStep[];
  },
): HTMLElement {
  const { store, steps = STYLEGAN1_STEPS } = options;
  let model: ModelReport | null = null;
  let views: (ChannelView | undefined)[] = [];

  const layer = () => {
    const { tap } = store.value.look;
    const found = model && tap !== null ? layerOf(model.layers, tap) : undefined;
    return found?.role === "layer" ? found.name : options.layer;
  };
  const channels = () => model?.layers.find(({ name }) => name === layer())?.channels ?? Infinity;
  const channel = () => Math.min(store.value.look.channel ?? options.channel, channels() - 1);
  const look = (next: number) =>
    store.patch({ look: { tap: store.value.look.tap ?? layer(), channel: next } });

  const select = layerSelect({
    label: "layer",
    base: options.layer,
    onInput: (name) => store.patch({ look: { tap: name, channel: 0 } }),
  });
  const number = integerControl({
    label: "channel",
    min: 0,
    max: 511,
    base: options.channel,
    onInput: (value) => look(Math.min(value, channels() - 1)),
  });
  const scaling = choiceSetting<"one" | "each">({
    key: "colours",
    label: "colours",
    choices: [
      { value: "one", label: "one scale", title: "the same colour is the same number in all maps" },
      {
        value: "each",
        label: "each its own",
        title: "every map fills the colours, so that patterns can be compared",
      },
    ],
    base: "one",
    then: () => {
      draw();
      frame.request();
    },
  });
  const legend = createLegend();
  const panels = steps.map(createPanel);

  function sync() {
    select.set(layer());
    if (document.activeElement !== number.input) number.set(channel());
  }

  function draw() {
    sync();
    const shown = views.filter((view) => view !== undefined);
    if (shown.length === 0) return;
    const scaleOf = (of: readonly ChannelView[]) =>
      divergingScale(Math.max(...of.map(({ values }) => robustMagnitude(values))), pageTheme());
    const scale = scaleOf(shown);
    legend.update(scale, "activation, one scale for all steps");
    const each = scaling.value === "each";
    legend.element.hidden = each;
    panels.forEach((panel, i) => {
      const view = views[i];
      if (!view) return;
      panel.draw(view, each ? scaleOf([view]) : scale);
      if (steps[i]!.step === "conv") panel.say(...convolutionWords(layer(), model!));
    });
  }
  onThemeChange(draw);
  store.subscribe(sync);

  const frame = createFrame({
    ...options,
    settings: { ...allOf(scaling), reset: () => (scaling.reset(), draw()) },
    body: html(
      "div",
      { class: "steps-figure" },
      html("div", { class: "toolbar" }, select.element, number.element, scaling.element, legend.element),
      html("ol", { class: "steps" }, ...panels.map(({ element }) => element)),
    ),
    onModel(next) {
      model = next;
      views = [];
      const whole = (name: string) =>
        steps.every(({ step }) => next.layers.some((l) => l.name === `${name}.${step}`));
      select.setLayers(next.layers.filter(({ role, name }) => role === "layer" && whole(name)));
      sync();
    },
    passes: () => [
      {
        experiment: store.value,
        wants: steps.map(({ step }) => ({ kind: "channel", tap: `${layer()}.${step}`, channel: channel() })),
        show(view) {
          if (view.kind !== "channel") return;
          views[steps.findIndex(({ step }) => view.tap.endsWith(`.${step}`))] = view;
          draw();
        },
      },
    ],
  });
  return frame.element;
}

/** What takes the place of the convolution in a layer: title and words. */
function convolutionWords(name: string, { layers }: ModelReport): [string, string] {
  const index = layers.filter(({ role }) => role === "layer").findIndex((layer) => layer.name === name);
  if (index === 0) return ["constant", "learned, the same for every seed"];
  return ["convolution", index % 2 === 0 ? "upsampled, convolved, blurred" : "3 × 3"];
}

/** The map of one step with its numbers. */
function createPanel({ step, title, words, part: whole = "", links }: LayerStep) {
  const canvas = html("canvas", {
    class: "step-canvas",
    width: 1,
    height: 1,
    role: "img",
    "aria-label": title,
  });
  const mean = html("dd", { class: "step-mean" }, "\u2013");
  const std = html("dd", { class: "step-std" }, "\u2013");
  const part = (name: string, value: HTMLElement, link: string | undefined) => {
    const pair = html("div", {}, html("dt", {}, name), value);
    return link ? linkPart(pair, link) : pair;
  };
  const heading = html("h4", {}, title);
  const note = html("p", {}, words);
  const element = html(
    "li",
    { class: whole ? "step is-part" : "step", "data-step": step },
    html("span", { class: "step-part" }, whole || "\u00a0"),
    heading,
    canvas,
    html("dl", {}, part("mean", mean, links.mean), part("std", std, links.std)),
    note,
  );
  linkPart(element, links.panel);
  return {
    element,
    say(title: string, words: string) {
      heading.textContent = title;
      note.textContent = words;
    },
    draw(view: ChannelView, scale: ReturnType<typeof divergingScale>) {
      const { width, height, values, statistics } = view;
      canvas.width = width;
      canvas.height = height;
      const image = new ImageData(width, height);
      paint(values, scale, image.data);
      canvas.getContext("2d")!.putImageData(image, 0, 0);
      mean.textContent = formatMoment(statistics.mean);
      std.textContent = formatMoment(statistics.std);
      canvas.setAttribute(
        "aria-label",
        `${view.tap}, channel ${view.channel}: mean ${mean.textContent}, standard deviation ${std.textContent}`,
      );
    },
  };
}

/** As the other figures print numbers, without the rounding noise of float32: 0.9999996 is 1, 1e-8 is 0. */
export function formatMoment(value: number): string {
  return formatValue(Math.abs(value) < 1e-5 ? 0 : Number(value.toPrecision(4)));
}
