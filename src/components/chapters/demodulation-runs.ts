import type { ModelReport, View } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { html } from "../../lib/figure/dom.js";
import { createResultsTable, numberCell } from "../../lib/figure/results-table.js";
import { createLayerChart, layerDeviation } from "../../lib/figure/layer-chart.js";
import { createPicture } from "../../lib/figure/picture.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { allOf, countSetting } from "../own-setting.js";
import { passKey } from "../runner.js";
import {
  convolutions,
  magnificationControls,
  magnificationOf,
  withNormalisation,
  withoutMagnification,
} from "./demodulation-experiments.js";

interface Run {
  readonly label: string;
  readonly change: (experiment: Experiment, all: readonly [number, number]) => Experiment;
}

const off = (experiment: Experiment, all: readonly [number, number]) =>
  withNormalisation(experiment, "none", all);

/** Demodulation on and off, with every style as it is and with one of them magnified. */
export const RUNS: readonly Run[] = [
  { label: "on", change: withoutMagnification },
  { label: "on, one style magnified", change: (experiment) => experiment },
  { label: "off", change: (experiment, all) => off(withoutMagnification(experiment), all) },
  { label: "off, one style magnified", change: off },
];

const REACHES = [64, 256, 1024] as const;

/**
 * Four runs of the network, side by side: the standard deviation of each layer's output, and the picture. The
 * store's base must hold a `styleScale` intervention, and may hold a mixing.
 *
 *     display(runsFigure({ engine, store, id: "runs", title: "...", reach: 256 }));
 */
export function runsFigure(
  options: FigureOptions & {
    /** Up to which resolution the runs go at first. */
    readonly reach: (typeof REACHES)[number];
  },
): HTMLElement {
  const { engine, store } = options;
  let model: ModelReport | null = null;
  const deviations: (readonly (number | null)[])[] = RUNS.map(() => []);
  const latents = latentControls(store, ["seed", "psi", "mixing"]);
  const reach = countSetting({
    key: "up-to",
    label: "up to",
    counts: REACHES,
    base: options.reach,
    name: (side) => `${side} px`,
    then: () => {
      clear();
      frame.request();
    },
  });
  const chart = createLayerChart({
    label: "standard deviation of each layer’s output over the pixels, root mean square of its channels",
    yTitle: "std over pixels, rms of channels",
  });
  const pictures = RUNS.map(({ label }) => createPicture(`picture with demodulation ${label}`));
  const table = createResultsTable({ label: "numbers of the four runs", columns: ["demodulation"] });

  const taps = () =>
    model
      ? convolutions(model)
          .filter(({ resolution }) => resolution <= reach.value())
          .map(({ name }) => name)
      : [];
  const experimentOf = ({ change }: Run) => change(store.value, [0, model?.wLayers ?? 18]);

  function clear() {
    RUNS.forEach((_, i) => (deviations[i] = taps().map(() => null)));
    draw();
  }

  function draw() {
    const names = taps();
    if (names.length === 0) return;
    chart.update(
      names,
      RUNS.map(({ label }, i) => ({ label, values: deviations[i]! })),
    );
    const magnified = convolutions(model!).find(({ w }) => w === magnificationOf(store.value)?.w)?.name;
    const columns = [...new Set([names.indexOf(magnified ?? ""), names.length - 1])].filter((at) => at >= 0);
    table.setColumns(["demodulation", ...columns.map((at) => names[at]!), `${names.at(-1)}, times “on”`]);
    const reference = deviations[0]!.at(-1);
    table.update(
      RUNS.map(({ label }, i) => {
        const last = deviations[i]!.at(-1);
        return {
          data: { "data-run": label },
          cells: [
            label,
            ...columns.map((at) =>
              numberCell(at === names.length - 1 ? "last" : "magnified", deviations[i]![at]),
            ),
            numberCell("ratio", last != null && reference ? last / reference : null),
          ],
        };
      }),
    );
  }

  function show(i: number, view: View, key: string) {
    // What a run gave for settings that have changed since is not shown beside new ones.
    if (passKey(experimentOf(RUNS[i]!)) !== key) return;
    if (view.kind === "picture") pictures[i]!.draw(view, `picture with demodulation ${RUNS[i]!.label}`);
    else if (view.kind === "statistics") {
      deviations[i] = taps().map((name) =>
        view.taps[name] ? layerDeviation(view.taps[name].statistics) : null,
      );
      draw();
    }
  }

  const frame = createFrame({
    ...options,
    body: html(
      "div",
      { class: "runs" },
      html("div", { class: "runs-controls" }, magnificationControls(engine, store), latents.element),
      html("div", { class: "toolbar" }, reach.element),
      chart.element,
      table.element,
      html(
        "div",
        { class: "compare-panels" },
        ...RUNS.map(({ label }, i) =>
          html("div", { class: "compare-panel" }, html("h4", {}, label), pictures[i]!.element),
        ),
      ),
    ),
    settings: {
      ...allOf(reach),
      reset() {
        if (!reach.changed()) return;
        reach.reset();
        clear();
      },
    },
    onModel(next) {
      model = next;
      latents.setModel(next);
      clear();
    },
    passes: () =>
      RUNS.map((run, i) => {
        const experiment = experimentOf(run);
        const key = passKey(experiment);
        return {
          experiment,
          wants: [
            { kind: "statistics", taps: taps() },
            { kind: "picture", resolution: reach.value() },
          ],
          show: (view) => show(i, view, key),
        };
      }),
  });
  return frame.element;
}
