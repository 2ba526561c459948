import type { ModelReport, View } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { segmentedControl, toggleControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createSeedLines, medianOf, type SeedLine } from "../../lib/figure/seed-lines.js";
import { latentOfSeed } from "../../lib/figure/seed-plane.js";
import { SPIKE_SCORE, spikeStart } from "../../lib/measure/spikeStart.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { linkPart } from "../link.js";
import { passKey, type Pass } from "../runner.js";
import { spike, styledLayers, untouched } from "./droplet-experiments.js";

const COUNTS = [4, 8, 24, 64] as const;
const REACHES = [64, 256, 1024] as const;
/** The spike of the control: what it is painted into, and how. */
const CONTROL = { resolution: 64, height: 300, place: [0.2, 0.2] } as const;

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
  const { engine, store } = options;
  let count: number = options.seeds;
  let reach = 1024;
  let control = true;
  let model: ModelReport | null = null;
  let scores: (number | null)[][] = [];
  let controlScores: (number | null)[] = [];

  const latents = latentControls(store, ["psi", "noise"]);
  const counts = segmentedControl({
    label: "seeds",
    choices: COUNTS.map((value) => ({ value: String(value), label: `0 … ${value - 1}` })),
    value: String(count),
    base: String(count),
    onInput: (value) => {
      count = Number(value);
      draw();
      frame.request();
    },
  });
  const reaches = segmentedControl({
    label: "up to",
    choices: REACHES.map((side) => ({ value: String(side), label: `${side} px` })),
    value: String(reach),
    base: String(reach),
    onInput: (value) => {
      reach = Number(value);
      draw(); // what is known up to there stays
      frame.request();
    },
  });
  const toggle = toggleControl({
    label: `also seed 0 with a spike painted in at ${CONTROL.resolution} × ${CONTROL.resolution}`,
    base: control,
    onInput: (on) => {
      control = on;
      draw();
      frame.request();
    },
  });
  const chart = createSeedLines({
    label: "droplet score of each layer",
    yTitle: "droplet score",
    markLabel: "a spike starts",
    level: { value: SPIKE_SCORE, label: `counts as a spike: ${SPIKE_SCORE}` },
  });
  const verdict = html("tbody", {});
  const table = html(
    "table",
    { class: "runs-table" },
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        ...["which", "seeds", "spike starts", "score of the last layer"].map((text) =>
          html("th", { scope: "col" }, text),
        ),
      ),
    ),
    verdict,
  );

  const layers = () => (model ? styledLayers(model, reach) : []);
  const everyLayer = () => (model ? styledLayers(model) : []);
  const names = () => layers().map(({ name }) => name);
  const placeOf = (name: string) => {
    const side = layers().find((layer) => layer.name === name)!.resolution;
    return `${name}, ${side} × ${side}`;
  };
  const controlLayer = () =>
    layers().find(({ resolution }) => resolution === CONTROL.resolution)?.name ?? layers().at(-1)!.name;
  const ofSeed = (seed: number): Experiment => ({ ...untouched(store.value), latent: latentOfSeed(seed) });
  const ofControl = (): Experiment => ({
    ...ofSeed(0),
    interventions: [spike(controlLayer(), CONTROL.height, CONTROL.place)],
  });

  function clear() {
    scores = [];
    controlScores = [];
    draw();
  }

  function draw() {
    const all = layers();
    if (all.length === 0) return;
    const labels = all.map(({ name, resolution }) => `${name} (${resolution})`);
    const upTo = (values: readonly (number | null)[]) => values.slice(0, all.length);
    const seeds = scores.slice(0, count).map(upTo);
    const painted = upTo(controlScores);
    const lines: SeedLine[] = seeds.map((values, seed) => ({
      label: `seed ${seed}`,
      values,
      mark: startOf(values),
    }));
    if (control)
      lines.push({
        label: `spike painted into ${controlLayer()}`,
        values: painted,
        control: true,
        mark: startOf(painted),
      });
    chart.update(labels, lines);
    const done = seeds.filter(
      (values) => values.length === all.length && values.every((value) => value !== null),
    );
    const ends = done.map((values) => values.at(-1)!);
    const row = (id: string, ...cells: (string | Node)[]) =>
      html(
        "tr",
        { "data-run": id },
        html("th", { scope: "row" }, cells[0]!),
        ...cells.slice(1).map((cell) => html("td", {}, cell)),
      );
    const starts = startsOf(names(), done).map(({ layer, seeds: some }) =>
      layer === null ? `nowhere: ${some}` : `${placeOf(layer)}: ${some}`,
    );
    const cell = (name: string, value: number | null | undefined) =>
      html(
        "span",
        { "data-cell": name, "data-value": value ?? "" },
        value == null ? "…" : formatValue(value),
      );
    const rows = [
      row(
        "seeds",
        "as they are",
        html("span", { "data-cell": "done", "data-value": done.length }, `${done.length} of ${count}`),
        html("span", { "data-cell": "starts" }, starts.join(", ") || "…"),
        html(
          "span",
          {},
          "median ",
          cell("last", medianOf(ends)),
          ends.length > 0 ? ", at most " : "",
          ends.length > 0 ? cell("most", Math.max(...ends)) : null,
        ),
      ),
    ];
    if (control) {
      const ready = painted.length === all.length && painted.every((value) => value !== null);
      const start = startOf(painted);
      rows.push(
        row(
          "control",
          "spike painted in",
          "1",
          html(
            "span",
            { "data-cell": "control-start" },
            ready ? (start === null ? "nowhere" : placeOf(names()[start]!)) : "…",
          ),
          cell("control-last", ready ? painted.at(-1) : null),
        ),
      );
    }
    verdict.replaceChildren(...rows);
  }

  function pass(experiment: () => Experiment, keep: (index: number, score: number) => void): Pass {
    const now = experiment();
    const key = passKey(now);
    return {
      experiment: now,
      wants: names().map((tap) => ({ kind: "droplet", tap })),
      show(view: View) {
        // What a pass gave for settings that have changed since does not belong to the new ones.
        if (view.kind !== "droplet" || passKey(experiment()) !== key) return;
        const index = names().indexOf(view.tap);
        if (index < 0) return;
        keep(index, view.score);
        if (index === names().length - 1) draw();
      },
    };
  }

  store.subscribe((now, old) => {
    if (passKey(now) !== passKey(old)) clear();
  });
  const frame = createFrame({
    ...options,
    engine,
    body: html(
      "div",
      { class: "scores" },
      html("div", { class: "toolbar" }, counts.element, reaches.element),
      toggle.element,
      linkPart(chart.element, "droplet-score"),
      html(
        "div",
        { class: "runs-scroll", tabindex: 0, role: "region", "aria-label": "where spikes start" },
        table,
      ),
      latents.element,
    ),
    onModel(next) {
      model = next;
      latents.setModel(next);
      clear();
    },
    passes() {
      const some = Array.from({ length: count }, (_, seed) =>
        pass(
          () => ofSeed(seed),
          (index, score) => {
            scores[seed] ??= everyLayer().map(() => null);
            scores[seed][index] = score;
          },
        ),
      );
      // The control comes first: it is the line that everything else is compared with.
      const painted = pass(ofControl, (index, score) => {
        if (controlScores.length === 0) controlScores = everyLayer().map(() => null);
        controlScores[index] = score;
      });
      return [control ? painted : { ...painted, wants: [] }, ...some];
    },
  });
  return frame.element;
}
