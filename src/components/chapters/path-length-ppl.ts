import type { ModelReport } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createIntervalChart } from "../../lib/figure/interval-chart.js";
import { createResultsTable, numberCell } from "../../lib/figure/results-table.js";
import { estimateMean } from "../../lib/measure/pathLengths.js";
import { hashUniform } from "../../lib/random/hashNormal.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { allOf, countSetting } from "../own-setting.js";
import { Results, type Question } from "../results.js";
import { sizeControl } from "./path-length-sizes.js";

const COUNTS = [20, 50, 100] as const;
const EPSILON = 1e-3;

/** A model to measure, and how the chart calls it. */
export interface Measured {
  readonly model: string;
  readonly label: string;
}

/**
 * Perceptual path length's scheme in Z and in W, with the mean squared difference of pixels as its distance: a step
 * between two random latents at a random part of the way.
 *
 *     display(pplFigure({ engine, store, id: "ppl", title: "...", others: [{ model: "discs-plain", label: "..." }] }));
 */
export function pplFigure(options: FigureOptions & { readonly others: readonly Measured[] }): HTMLElement {
  const { store, others } = options;
  let model: ModelReport | null = null;
  const results = new Results();
  const counts = countSetting({
    key: "pairs",
    label: "pairs",
    counts: COUNTS,
    base: 20,
    then: () => frame.request(),
  });
  const sizes = sizeControl({ sizes: [32, 64, 256], base: 32, onInput: () => frame.request() });
  const chart = createIntervalChart({
    label: "path length by pixels, in Z and in W",
    xTitle: "mean squared difference of pixels / ε²",
  });
  const table = createResultsTable({
    label: "means",
    columns: ["model, space", "pairs", "mean ± 2 standard errors"],
    class: "ppl-table",
  });

  const measured = (): Measured[] => [
    { model: store.value.model, label: model?.title ?? "the model of this page" },
    ...others,
  ];
  const lines = () => measured().flatMap((one) => (["z", "w"] as const).map((space) => ({ ...one, space })));

  function questionsOf({ model: id, space }: ReturnType<typeof lines>[number]): Question[] {
    const own = id === store.value.model;
    const experiment = { ...store.value, model: id };
    const resolution = own ? sizes.of(model) : 16;
    const count = counts.value();
    const parts = hashUniform("part of the way", count);
    return Array.from({ length: count }, (_, pair) => ({
      experiment,
      want: {
        kind: "pathStep",
        space,
        from: 2 * pair,
        to: 2 * pair + 1,
        t: Math.round(parts[pair]! * 1e4) / 1e4,
        epsilon: EPSILON,
        resolution,
      },
    }));
  }

  function draw() {
    const rows = lines().map((one) => {
      const values = questionsOf(one)
        .map((question) => results.get<"pathStep">(question)?.distance)
        .filter((value): value is number => value !== undefined);
      const { mean, standardError } = estimateMean(values);
      return {
        one,
        label: `${one.label}, ${one.space.toUpperCase()}`,
        values,
        mean,
        error: 2 * standardError,
      };
    });
    chart.update(rows);
    table.update(
      rows.map(({ one, label, values, mean, error }) => ({
        data: { "data-space": one.space, "data-model": one.model },
        cells: [
          label,
          String(values.length),
          numberCell("mean", values.length > 1 ? mean : null, `${formatValue(mean)} ± ${formatValue(error)}`),
        ],
      })),
    );
  }

  const frame = createFrame({
    ...options,
    settings: allOf(counts, sizes),
    body: html(
      "div",
      { class: "ppl" },
      html("div", { class: "toolbar" }, counts.element, sizes.element),
      chart.element,
      table.element,
    ),
    onModel(next) {
      model = next;
    },
    passes() {
      draw();
      // model after model, as the engine keeps two at most; within one pair by pair, so that both means grow together
      const turns = measured().flatMap(({ model: id }) => {
        const [z, w] = lines()
          .filter((one) => one.model === id)
          .map(questionsOf);
        return z!.flatMap((question, pair) => [question, w![pair]!]);
      });
      return results.passes(turns, draw);
    },
  });
  return frame.element;
}
