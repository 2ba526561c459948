import type { DropletView } from "../../lib/engine/dropletView.js";
import type { ModelReport } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { createLayerChart } from "../../lib/figure/layer-chart.js";
import { createResultsTable, numberCell } from "../../lib/figure/results-table.js";
import { SPIKE_SCORE } from "../../lib/measure/spikeStart.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { allOf, choiceSetting } from "../own-setting.js";
import { Results, type Question } from "../results.js";
import { settingsOf, styledLayers, untouched, type SpikeSettings } from "./droplet-experiments.js";

type Quantity = "strength" | "score";

/** A layer's signal strength: root mean square over channels. */
export function layerStrength({ strengths }: Pick<DropletView, "strengths">): number {
  return Math.sqrt(strengths.reduce((sum, value) => sum + value * value, 0) / strengths.length);
}

/**
 * Signal strength away from spikes, or droplet score, of each layer: as the network is, and with the experiment's
 * interventions.
 *
 *     display(strengthFigure({ engine, store, id: "strength", title: "..." }));
 */
export function strengthFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const results = new Results();
  const charts = {
    strength: createLayerChart({
      label: "signal strength of each layer, away from spikes",
      yTitle: "signal strength",
    }),
    score: createLayerChart({
      label: "droplet score of each layer",
      yTitle: "droplet score",
      expected: { value: SPIKE_SCORE, label: `counts as a spike: ${SPIKE_SCORE}` },
    }),
  };
  const show = choiceSetting<Quantity>({
    key: "show",
    label: "show",
    choices: [
      { value: "strength", label: "signal strength" },
      { value: "score", label: "droplet score" },
    ],
    base: "strength",
    then: () => frame.request(),
  });
  const table = createResultsTable({
    label: "signal strength where it matters",
    columns: ["layer", "as it is", "with your changes", "ratio", "droplet score with your changes"],
    caption: "Signal strength in the layers that you change, in those right behind, and in the last one",
  });
  const names = () => (model ? styledLayers(model).map(({ name }) => name) : []);
  const of = [untouched, (experiment: typeof store.value) => experiment] as const;
  const question = (run: number, tap: string): Question => ({
    experiment: of[run]!(store.value),
    want: { kind: "droplet", tap },
  });

  function draw() {
    charts.strength.element.hidden = show.value !== "strength";
    charts.score.element.hidden = show.value !== "score";
    const value = (run: number, name: string, what: Quantity) => {
      const view = results.get<"droplet">(question(run, name));
      if (!view) return null;
      return what === "score" ? view.score : layerStrength(view);
    };
    for (const what of ["strength", "score"] as const)
      charts[what].update(
        names(),
        ["as it is", "with your changes"].map((label, run) => ({
          label,
          values: names().map((name) => value(run, name, what)),
        })),
      );
    table.update(
      [...rowsOf(settingsOf(store.value), names())].map((name) => {
        const [plain, changed] = [value(0, name, "strength"), value(1, name, "strength")];
        return {
          data: { "data-layer": name },
          cells: [
            name,
            numberCell("plain", plain),
            numberCell("changed", changed),
            numberCell("ratio", plain && changed !== null ? changed / plain : null),
            numberCell("score", value(1, name, "score")),
          ],
        };
      }),
    );
  }

  const frame = createFrame({
    ...options,
    settings: allOf(show),
    body: html(
      "div",
      { class: "strength" },
      html("div", { class: "toolbar" }, show.element),
      charts.strength.element,
      charts.score.element,
      table.element,
    ),
    onModel(next) {
      model = next;
      draw();
    },
    passes() {
      draw();
      return of.flatMap((_, run) => {
        const questions = names().map((tap) => question(run, tap));
        return results.together(questions, draw);
      });
    },
  });
  return frame.element;
}

/** The layers that settings change, each with the one behind it, and the last. */
function rowsOf(
  { paintIn, paintOut, cap, unnormalised }: SpikeSettings,
  names: readonly string[],
): ReadonlySet<string> {
  const touched = [paintIn, paintOut, cap].map((part) => (part ? names.indexOf(part.layer) : -1));
  if (unnormalised) touched.push(unnormalised.from);
  const shown = new Set(touched.filter((at) => at >= 0).flatMap((at) => [at, at + 1]));
  return new Set(names.filter((_, i) => shown.has(i) || i === names.length - 1));
}
