import type { ModelReport } from "../../lib/engine/protocol.js";
import { sliderControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createLengthSequence } from "../../lib/figure/length-sequence.js";
import { latentOfSeed } from "../../lib/experiment/seedLattice.js";
import { estimateMean, movingMeans } from "../../lib/measure/pathLengths.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { linkPart } from "../link.js";
import { allOf, countSetting, ownSetting } from "../own-setting.js";
import { Results, type Question } from "../results.js";
import { sizeControl } from "./path-length-sizes.js";

const COUNTS = [16, 32, 64, 128] as const;
/** Of the official code: weight 2, every 4 steps. */
const WEIGHT = 2;
const INTERVAL = 4;

/**
 * Path lengths over seeds, each with a random direction of its own, with the moving mean a and the penalty.
 *
 *     display(pathLengthsFigure({ engine, store, id: "lengths", title: "..." }));
 */
export function pathLengthsFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const results = new Results();
  const latents = latentControls(store, ["psi"]);
  const sizes = sizeControl({ sizes: [32, 64, 256, 1024], base: 32, onInput: () => frame.request() });
  const counts = countSetting({
    key: "seeds",
    label: "seeds",
    counts: COUNTS,
    base: 32,
    then: () => frame.request(),
  });
  const decays = ownSetting<number>(
    "share",
    0.01,
    (onInput) =>
      sliderControl({
        label: "share of each new length in the moving mean a",
        min: 0.01,
        max: 0.5,
        step: 0.01,
        base: 0.01,
        onInput,
      }),
    () => frame.request(),
  );
  const chart = createLengthSequence("path length of each seed, and their moving mean");
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");

  /** Each seed with a direction of its own, as in training. */
  function questions(): Question[] {
    const resolution = sizes.of(model);
    return Array.from({ length: counts.value() }, (_, seed) => ({
      experiment: { ...store.value, latent: latentOfSeed(seed) },
      want: { kind: "pathLength", resolution, directions: [seed] },
    }));
  }

  function draw() {
    const values: number[] = [];
    for (const question of questions()) {
      const view = results.get<"pathLength">(question);
      if (view) values.push(view.lengths[0]!);
    }
    const moving = movingMeans(values, decays.value);
    const { mean, std } = estimateMean(values);
    chart.update({ values, count: counts.value(), moving, mean });
    if (values.length < 2) return;
    const a = moving.at(-1)!;
    const penalty = (centre: number) =>
      values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
    const cell = (name: string, value: number, text: string) =>
      html("span", { "data-cell": name, "data-value": value }, text);
    words.replaceChildren(
      cell("mean", mean, `mean ${formatValue(mean)}`),
      cell("spread", std / mean, `spread ${formatValue((100 * std) / mean)} % of it`),
      linkPart(cell("moving", a, `moving mean a ${formatValue(a)}`), "pl-mean"),
      linkPart(
        cell("penalty", penalty(a), `mean (‖Jᵀy‖ − a)² ${formatValue(penalty(a))}; with a at the mean ${formatValue(penalty(mean))}`),
        "pl-penalty",
      ),
      linkPart(
        cell(
          "loss",
          penalty(mean) * WEIGHT * INTERVAL,
          `times weight ${WEIGHT} and interval ${INTERVAL}: ${formatValue(penalty(mean) * WEIGHT * INTERVAL)} in the loss of every ${INTERVAL}th step`,
        ),
        "pl-weight",
      ),
    ); // prettier-ignore
  }

  const frame = createFrame({
    ...options,
    settings: allOf(counts, decays, sizes),
    body: html(
      "div",
      { class: "path-lengths" },
      html("div", { class: "path-controls" }, latents.element, decays.element),
      html("div", { class: "toolbar" }, counts.element, sizes.element),
      chart.element,
      words,
    ),
    onModel(next) {
      model = next;
      latents.setModel(next);
    },
    passes() {
      draw();
      return results.passes(questions(), draw);
    },
  });
  return frame.element;
}
