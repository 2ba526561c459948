import type { ModelReport, View } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { integerControl, segmentedControl, sliderControl } from "../../lib/figure/controls.js";
import { createCurveChart } from "../../lib/figure/curve-chart.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createNormalisedMap, inDeviations } from "../../lib/figure/normalised-map.js";
import { numberCell } from "../../lib/figure/results-table.js";
import { discPixels, strengthBehind } from "../../lib/measure/spikeStrength.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { linkPart } from "../link.js";
import { Results, type Question } from "../results.js";
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
  const results = new Results();

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

  const tapOf = () => `${knob().layer}.normalize`;
  /** What is behind the normalisation at a position of the knob. */
  const question = (factor: number, spiked: boolean): Question => {
    const all = knobInterventions({ ...knob(), factor });
    const interventions = spiked ? all : all.slice(0, 1);
    return {
      experiment: { ...store.value, interventions },
      want: { kind: "droplet", tap: tapOf() },
    };
  };
  const answer = (factor: number, spiked: boolean) => results.get<"droplet">(question(factor, spiked));

  /** The spike's share of the pixels, once the map's size is known. */
  function shareOf(): number | null {
    const sides = answer(1, false)?.shape[0];
    return sides === undefined ? null : discPixels(sides, PLACE, RADIUS) / sides ** 2;
  }

  function draw() {
    const now = knob();
    select.set(now.layer);
    if (document.activeElement !== number.input) number.set(now.channel);
    turn.set(String(now.factor));
    height.set(Number(now.height.toPrecision(6)));
    const { channel } = now;
    const unit = answer(1, false)?.strengths[channel];
    const share = shareOf();
    const measured = [false, true].map((spiked) =>
      FACTORS.flatMap((x) => {
        const y = answer(x, spiked)?.strengths[channel];
        return y !== undefined && unit ? [{ x, y: y / unit }] : [];
      }),
    );
    const fine = Array.from({ length: 49 }, (_, i) => 2 ** (-3 + i / 8));
    chart.update(
      [
        { label: "without", points: measured[0]! },
        { label: "with the spike", points: measured[1]! },
        {
          label: "equation 2.2",
          points: share === null ? [] : fine.map((x) => ({ x, y: strengthBehind(x, now.height, share) })),
        },
      ],
      null,
      [true, true, false],
    );
    const growth = measured.map((list) =>
      list.length === FACTORS.length ? list.at(-1)!.y / list[0]!.y : null,
    );
    summary.replaceChildren(
      "From volume 1/8 to 8, 64 times as loud, the strength behind grows ",
      numberCell("plain", growth[0]),
      " times without a spike, and ",
      numberCell("spiked", growth[1]),
      " times with it. Equation 2.2 says ",
      numberCell("expected", share === null ? null : expectedGrowth(now.height, share)),
      ". The spike covers ",
      numberCell("share", share, share === null ? "" : `${formatValue(100 * share)} %`),
      " of the pixels.",
    );
  }

  /** The map at the knob's position; what is shown belongs to the settings as they are. */
  function mapPass(spiked: boolean): Pass {
    const { factor, channel } = knob();
    const { experiment } = question(factor, spiked);
    const key = `${passKey(experiment)} ${tapOf()} ${channel}`;
    const side = spiked ? 1 : 0;
    return {
      experiment,
      wants: [{ kind: "channel", tap: tapOf(), channel }],
      show(view: View) {
        const now = question(knob().factor, spiked).experiment;
        if (view.kind !== "channel" || `${passKey(now)} ${tapOf()} ${knob().channel}` !== key) return;
        const peak = inDeviations(view.statistics.peak);
        maps[side]!.update(view.values, view.width, view.height, `volume ${factor}, peak ${peak}`);
        words[side]!.textContent = `Highest peak ${peak}.`;
      },
    };
  }

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
      draw();
    },
    passes() {
      draw();
      const sides = [false, true];
      // what moves under the reader's hand first
      return [
        ...sides.map(mapPass),
        ...results.passes(
          sides.flatMap((spiked) => FACTORS.map((factor) => question(factor, spiked))),
          draw,
        ),
      ];
    },
  }).element;
}

/** How much louder the channel is at volume 8 than at 1/8, behind the normalisation, by equation 2.2. */
function expectedGrowth(height: number, share: number): number {
  return strengthBehind(8, height, share) / strengthBehind(1 / 8, height, share);
}
