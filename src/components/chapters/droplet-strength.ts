import type { DropletView } from "../../lib/engine/dropletView.js";
import type { ModelReport } from "../../lib/engine/protocol.js";
import { segmentedControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createLayerChart } from "../../lib/figure/layer-chart.js";
import { SPIKE_SCORE } from "../../lib/measure/spikeStart.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { passKey } from "../runner.js";
import { settingsOf, styledLayers, untouched } from "./droplet-experiments.js";

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
  let quantity: Quantity = "strength";
  let views: Map<string, DropletView>[] = [new Map(), new Map()];
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
  const show = segmentedControl<Quantity>({
    label: "show",
    choices: [
      { value: "strength", label: "signal strength" },
      { value: "score", label: "droplet score" },
    ],
    value: quantity,
    onInput: (value) => {
      quantity = value;
      draw();
    },
  });
  const rows = html("tbody", {});
  const names = () => (model ? styledLayers(model).map(({ name }) => name) : []);
  const of = [untouched, (experiment: typeof store.value) => experiment] as const;

  function draw() {
    charts.strength.element.hidden = quantity !== "strength";
    charts.score.element.hidden = quantity !== "score";
    const value = (run: number, name: string, what: Quantity) => {
      const view = views[run]!.get(name);
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
    const { paintIn, paintOut, cap, unnormalised } = settingsOf(store.value);
    const touched = [
      paintIn?.layer,
      paintOut?.layer,
      cap?.layer,
      names()[unnormalised?.from ?? -1],
      names().at(-1),
    ];
    const shown = names().filter((name) => touched.includes(name));
    rows.replaceChildren(
      ...shown.map((name) => {
        const [plain, changed] = [value(0, name, "strength"), value(1, name, "strength")];
        const ratio = plain && changed !== null ? changed / plain : null;
        const cell = (id: string, number: number | null) =>
          html(
            "td",
            { "data-cell": id, "data-value": number ?? "" },
            number === null ? "…" : formatValue(number),
          );
        return html(
          "tr",
          { "data-layer": name },
          html("th", { scope: "row" }, name),
          cell("plain", plain),
          cell("changed", changed),
          cell("ratio", ratio),
          cell("score", value(1, name, "score")),
        );
      }),
    );
  }

  store.subscribe((now, old) => {
    if (passKey(now) === passKey(old)) return;
    if (passKey(untouched(now)) !== passKey(untouched(old))) views[0] = new Map();
    views[1] = new Map();
    draw();
  });
  const columns = ["layer", "as it is", "with your changes", "ratio", "droplet score then"];
  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "strength" },
      html("div", { class: "toolbar" }, show.element),
      charts.strength.element,
      charts.score.element,
      html(
        "div",
        {
          class: "runs-scroll",
          tabindex: 0,
          role: "region",
          "aria-label": "signal strength where it matters",
        },
        html(
          "table",
          { class: "runs-table" },
          html("caption", {}, "Signal strength in the layers that you change, and in the last one"),
          html("thead", {}, html("tr", {}, ...columns.map((text) => html("th", { scope: "col" }, text)))),
          rows,
        ),
      ),
    ),
    onModel(next) {
      model = next;
      views = [new Map(), new Map()];
      draw();
    },
    passes: () =>
      of.map((change, run) => {
        const experiment = change(store.value);
        const key = passKey(experiment);
        return {
          experiment,
          wants: names().map((tap) => ({ kind: "droplet" as const, tap })),
          show(view) {
            if (view.kind !== "droplet" || passKey(change(store.value)) !== key) return;
            views[run]!.set(view.tap, view);
            // one drawing for the resolutions that come fast
            if (view.shape[0] >= 64 || view.tap === names().at(-1)) draw();
          },
        };
      }),
  }).element;
}
