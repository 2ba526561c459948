import type { ModelReport, View } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { integerControl, segmentedControl, sliderControl } from "../../lib/figure/controls.js";
import { createCurveChart } from "../../lib/figure/curve-chart.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createNormalisedMap, inDeviations } from "../../lib/figure/normalised-map.js";
import { discPixels, strengthBehind } from "../../lib/measure/spikeStrength.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { linkPart } from "../link.js";
import { passKey, type Pass } from "../runner.js";
import { before, RADIUS, styledLayers } from "./droplet-experiments.js";

/** Factors on the volume knob. */
export const FACTORS = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8] as const;
const NAMES = ["1/8", "1/4", "1/2", "1", "2", "4", "8"] as const;
const PLACE = [0.2, 0.2] as const;
const SIDES = ["without a spike", "with a spike of fixed size"] as const;

interface Knob {
  readonly layer: string;
  readonly channel: number;
  readonly factor: number;
  readonly height: number;
}

/** The knob's settings as the interventions of the figure's store hold them. */
export function knobOf({ interventions }: Pick<Experiment, "interventions">): Knob {
  const volume = interventions.find((one) => one.kind === "scaleChannel");
  const spike = interventions.find((one) => one.kind === "spike");
  if (volume?.kind !== "scaleChannel" || spike?.kind !== "spike")
    return { layer: "layer8", channel: 0, factor: 1, height: 100 };
  const { tap, channel, scale } = volume;
  // The height is stored as it is used, against the channel's standard deviation behind the knob.
  return { layer: tap.split(".")[0]!, channel, factor: scale, height: spike.height * scale };
}

/** Turns one channel's volume, before its normalisation. */
function volume({ layer, channel }: Knob, factor: number): Experiment["interventions"][number] {
  return { kind: "scaleChannel", tap: before(layer), channel, scale: factor, shift: 0 };
}

/**
 * The knob's interventions: the channel times a factor, then a spike whose height does not follow the factor. It is
 * given in the channel's own standard deviations, so it is divided by the factor.
 */
export function knobInterventions(knob: Knob): Experiment["interventions"] {
  const { layer, channel, factor, height } = knob;
  return [
    volume(knob, factor),
    { kind: "spike", tap: before(layer), channel, centre: PLACE, radius: RADIUS, height: height / factor },
  ];
}

/**
 * What instance normalisation leaves of a channel's strength, with and without a spike. The store's base holds the
 * interventions of `knobInterventions`.
 *
 *     display(knobFigure({ engine, store, id: "knob", title: "..." }));
 */
export function knobFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let sides = 0; // pixels of a side of the layer's map
  let strengths: (number | null)[][] = [[], []];

  const knob = () => knobOf(store.value);
  const base = knobOf(store.base);
  const change = (part: Partial<Knob>) =>
    store.patch({ interventions: knobInterventions({ ...knob(), ...part }) });
  const select = layerSelect({
    label: "layer",
    base: base.layer,
    onInput: (layer) => change({ layer, channel: 0 }),
  });
  const channels = () => model?.layers.find(({ name }) => name === knob().layer)?.channels ?? 512;
  const number = integerControl({
    label: "channel",
    min: 0,
    max: 511,
    base: base.channel,
    onInput: (channel) => change({ channel: Math.min(channel, channels() - 1) }),
  });
  const turn = segmentedControl({
    label: "volume: the channel times",
    choices: FACTORS.map((factor, i) => ({ value: String(factor), label: NAMES[i]! })),
    value: String(base.factor),
    base: String(base.factor),
    onInput: (factor) => change({ factor: Number(factor) }),
  });
  const height = sliderControl({
    label: "height of the spike h, in σ of the channel at volume 1",
    min: 0,
    max: 500,
    step: 5,
    base: base.height,
    onInput: (value) => change({ height: value }),
  });
  const maps = SIDES.map((label) => createNormalisedMap(label));
  const words = SIDES.map(() => html("p", {}, "\u00a0"));
  const chart = createCurveChart({
    label: "strength of the channel behind instance normalisation, away from the spike",
    xTitle: "volume before",
    yTitle: "strength behind",
    log: true,
    logX: true,
    height: 260,
  });
  const summary = html("p", { class: "knob-summary" }, "\u00a0");

  function share(): number {
    return sides > 0 ? discPixels(sides, PLACE, RADIUS) / sides ** 2 : 0;
  }

  function draw() {
    const now = knob();
    select.set(now.layer);
    if (document.activeElement !== number.input) number.set(now.channel);
    turn.set(String(now.factor));
    height.set(Number(now.height.toPrecision(6)));
    const unit = strengths[0]![FACTORS.indexOf(1)];
    const measured = strengths.map((list) =>
      FACTORS.flatMap((x, i) => (list[i] != null && unit ? [{ x, y: list[i] / unit }] : [])),
    );
    const fine = Array.from({ length: 49 }, (_, i) => 2 ** (-3 + i / 8));
    chart.update(
      [
        { label: "without", points: measured[0]! },
        { label: "with the spike", points: measured[1]! },
        {
          label: "equation 2.2",
          points: unit ? fine.map((x) => ({ x, y: strengthBehind(x, now.height, share()) })) : [],
        },
      ],
      null,
      [true, true, false],
    );
    const growth = measured.map((list) =>
      list.length === FACTORS.length ? list.at(-1)!.y / list[0]!.y : null,
    );
    const cell = (name: string, value: number | null) =>
      html("b", { "data-cell": name, "data-value": value ?? "" }, value === null ? "…" : formatValue(value));
    summary.replaceChildren(
      "From volume 1/8 to 8, 64 times as loud, the strength behind grows ",
      cell("plain", growth[0]!),
      " times without a spike, and ",
      cell("spiked", growth[1]!),
      " times with it. Equation 2.2 says ",
      cell("expected", sides ? expectedGrowth(now.height, share()) : null),
      `. The spike covers ${formatValue(100 * share())} % of the pixels.`,
    );
  }

  function clear() {
    strengths = [[], []];
    draw();
  }

  function passOf(factor: number, spiked: boolean): Pass {
    const experimentOf = (): Experiment => {
      const now = { ...knob(), factor };
      const all = knobInterventions(now);
      return { ...store.value, interventions: spiked ? all : all.slice(0, 1) };
    };
    const experiment = experimentOf();
    const key = passKey(experiment);
    const { layer, channel } = knob();
    const tap = `${layer}.normalize`;
    const side = spiked ? 1 : 0;
    const shown = factor === knob().factor;
    return {
      experiment,
      wants: [{ kind: "droplet", tap }, ...(shown ? [{ kind: "channel", tap, channel } as const] : [])],
      show(view: View) {
        if (passKey(experimentOf()) !== key) return;
        if (view.kind === "droplet") {
          sides = view.shape[0];
          strengths[side]![FACTORS.indexOf(factor as 1)] = view.strengths[channel]!;
          draw();
        } else if (view.kind === "channel" && factor === knob().factor) {
          const peak = inDeviations(view.statistics.peak);
          maps[side]!.update(view.values, view.width, view.height, `volume ${factor}, peak ${peak}`);
          words[side]!.textContent = `Highest peak ${peak}.`;
        }
      },
    };
  }

  // What has not changed is not run again, so only what has is taken away.
  let shapes = SIDES.map((_, side) => shapeKey(store.value, side));
  store.subscribe((now) => {
    const next = SIDES.map((_, side) => shapeKey(now, side));
    next.forEach((key, side) => {
      if (key !== shapes[side]) strengths[side] = [];
    });
    shapes = next;
    draw();
  });
  const panel = (i: number, link: string) =>
    linkPart(
      html("div", { class: "knob-panel" }, html("h4", {}, SIDES[i]!), maps[i]!.element, words[i]!),
      link,
    );
  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "knob" },
      html("div", { class: "toolbar" }, select.element, number.element, turn.element),
      html(
        "div",
        { class: "knob-body" },
        panel(0, "droplet-norm"),
        panel(1, "droplet-spike"),
        html("div", { class: "knob-chart" }, chart.element, height.element, summary),
      ),
    ),
    onModel(next) {
      model = next;
      select.setLayers(styledLayers(next));
      clear();
    },
    passes: () => [false, true].flatMap((spiked) => FACTORS.map((factor) => passOf(factor, spiked))),
  }).element;
}

/** How much louder the channel is at volume 8 than at 1/8, behind the normalisation, by equation 2.2. */
function expectedGrowth(height: number, share: number): number {
  return strengthBehind(8, height, share) / strengthBehind(1 / 8, height, share);
}

/** What decides a side's strengths at all volumes: everything but the volume, and on the side without, the spike. */
function shapeKey(experiment: Experiment, side: number): string {
  const { layer, channel, height } = knobOf(experiment);
  const all = knobInterventions({ layer, channel, factor: 1, height });
  return passKey({ ...experiment, interventions: side === 0 ? all.slice(0, 1) : all });
}
