import type { ModelReport } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { toggleControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { createResultsTable, numberCell, type ResultsRow } from "../../lib/figure/results-table.js";
import { createSeedLines, medianOf, type SeedLine } from "../../lib/figure/seed-lines.js";
import { latentOfSeed } from "../../lib/experiment/seedLattice.js";
import { SPIKE_SCORE, spikeStart } from "../../lib/measure/spikeStart.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { linkPart } from "../link.js";
import { allOf, countSetting, ownSetting } from "../own-setting.js";
import { Results, type Question } from "../results.js";
import { spike, styledLayers, untouched } from "./droplet-experiments.js";

const COUNTS = [4, 8, 24, 64] as const;
const REACHES = [64, 256, 1024] as const;
/** The spike of the control: what it is painted into, and how. */
const CONTROL = { seed: 4, resolution: 64, height: 300, place: [0.2, 0.2] } as const;

/** Index of the layer at which a seed's spike starts; null where there is none, or not all layers are known. */
function startOf(scores: readonly (number | null)[]): number | null {
  const known = scores.length > 0 && scores.every((score) => score !== null);
  return known ? spikeStart(scores as readonly number[]) : null;
}

/** How many seeds have a spike from which layer on; those without one under `null`. */
export function startsOf(
  layers: readonly string[],
  seeds: readonly (readonly (number | null)[])[],
): { readonly layer: string | null; readonly seeds: number }[] {
  const counts = new Map<string | null, number>();
  for (const scores of seeds) {
    if (scores.length < layers.length || scores.some((score) => score === null)) continue;
    const start = startOf(scores);
    const layer = start === null ? null : layers[start]!;
    counts.set(layer, (counts.get(layer) ?? 0) + 1);
  }
  return [...layers, null].flatMap((layer) => {
    const seeds = counts.get(layer);
    return seeds ? [{ layer, seeds }] : [];
  });
}

/**
 * The droplet score of every layer for many seeds, and from where on there is a spike. A control with a painted spike
 * shows what the chart would look like.
 *
 *     display(scoresFigure({ engine, store, id: "scores", title: "...", seeds: 8 }));
 */
export function scoresFigure(
  options: FigureOptions & { readonly seeds: (typeof COUNTS)[number] },
): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const results = new Results();

  const latents = latentControls(store, ["psi", "noise"]);
  const again = () => frame.request();
  const counts = countSetting({
    key: "seeds",
    label: "seeds",
    counts: COUNTS,
    base: options.seeds,
    name: (count) => `0 … ${count - 1}`,
    then: again,
  });
  const reaches = countSetting({
    key: "up-to",
    label: "up to",
    counts: REACHES,
    base: 1024,
    name: (side) => `${side} px`,
    then: again,
  });
  const control = ownSetting<boolean>(
    "control",
    true,
    (onInput) =>
      toggleControl({
        label: `also seed ${CONTROL.seed} with a spike painted in at ${CONTROL.resolution} × ${CONTROL.resolution}`,
        base: true,
        onInput,
      }),
    again,
  );
  const chart = createSeedLines({
    label: "droplet score of each layer",
    yTitle: "droplet score",
    markLabel: "a spike starts",
    level: { value: SPIKE_SCORE, label: `counts as a spike: ${SPIKE_SCORE}` },
  });
  const table = createResultsTable({
    label: "where spikes start",
    columns: ["which", "seeds", "spike starts", "score of the last layer"],
  });

  const layers = () => (model ? styledLayers(model, reaches.value()) : []);
  const names = () => layers().map(({ name }) => name);
  const placeOf = (name: string) => {
    const side = layers().find((layer) => layer.name === name)!.resolution;
    return `${name}, ${side} × ${side}`;
  };
  const controlLayer = () =>
    layers().find(({ resolution }) => resolution === CONTROL.resolution)?.name ?? layers().at(-1)!.name;
  const ofSeed = (seed: number): Experiment => ({ ...untouched(store.value), latent: latentOfSeed(seed) });
  const ofControl = (): Experiment => ({
    ...ofSeed(CONTROL.seed),
    interventions: [spike(controlLayer(), CONTROL.height, CONTROL.place)],
  });

  const questionsOf = (experiment: Experiment): Question[] =>
    names().map((tap) => ({ experiment, want: { kind: "droplet", tap } }));
  const scoresOf = (experiment: Experiment): (number | null)[] =>
    questionsOf(experiment).map((question) => results.get<"droplet">(question)?.score ?? null);

  function draw() {
    const all = layers();
    if (all.length === 0) return;
    const labels = all.map(({ name, resolution }) => `${name} (${resolution})`);
    const count = counts.value();
    const seeds = Array.from({ length: count }, (_, seed) => scoresOf(ofSeed(seed)));
    const painted = scoresOf(ofControl());
    const lines: SeedLine[] = seeds.map((values, seed) => ({
      label: `seed ${seed}`,
      values,
      mark: startOf(values),
    }));
    if (control.value)
      lines.push({
        label: `seed ${CONTROL.seed}, spike painted into ${controlLayer()}`,
        values: painted,
        control: true,
        mark: startOf(painted),
      });
    chart.update(labels, lines);
    const isDone = (values: readonly (number | null)[]) => values.every((value) => value !== null);
    const done = seeds.filter(isDone);
    const ends = done.map((values) => values.at(-1)!);
    const starts = startsOf(names(), done).map(({ layer, seeds: some }) =>
      layer === null ? `nowhere: ${some}` : `${placeOf(layer)}: ${some}`,
    );
    const rows: ResultsRow[] = [
      {
        data: { "data-run": "seeds" },
        cells: [
          "as they are",
          numberCell("done", done.length, `${done.length} of ${count}`),
          html("span", { "data-cell": "starts" }, starts.join(", ") || "…"),
          html(
            "span",
            {},
            "median ",
            numberCell("last", medianOf(ends)),
            ends.length > 0 ? ", at most " : "",
            ends.length > 0 ? numberCell("most", Math.max(...ends)) : null,
          ),
        ],
      },
    ];
    if (control.value) {
      const start = startOf(painted);
      const words = start === null ? "nowhere" : placeOf(names()[start]!);
      rows.push({
        data: { "data-run": "control" },
        cells: [
          `seed ${CONTROL.seed}, spike painted in`,
          "1",
          html("span", { "data-cell": "control-start" }, isDone(painted) ? words : "…"),
          numberCell("control-last", isDone(painted) ? painted.at(-1) : null),
        ],
      });
    }
    table.update(rows);
  }

  const frame = createFrame({
    ...options,
    settings: allOf(counts, reaches, control),
    body: html(
      "div",
      { class: "scores" },
      html("div", { class: "toolbar" }, counts.element, reaches.element),
      control.element,
      linkPart(chart.element, "droplet-score"),
      table.element,
      latents.element,
    ),
    onModel(next) {
      model = next;
      latents.setModel(next);
      draw();
    },
    passes() {
      draw();
      const seeds = Array.from({ length: counts.value() }, (_, seed) => ofSeed(seed));
      // The control comes first: it is the line that everything else is compared with.
      const experiments = control.value ? [ofControl(), ...seeds] : seeds;
      return experiments.flatMap((experiment) => results.together(questionsOf(experiment), draw));
    },
  });
  return frame.element;
}
