import type { Experiment } from "../../lib/experiment/experiment.js";
import { integerControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createIntervalChart } from "../../lib/figure/interval-chart.js";
import { createLengthMap } from "../../lib/figure/length-map.js";
import { createPicture } from "../../lib/figure/picture.js";
import { estimateMean } from "../../lib/measure/pathLengths.js";
import { refinement, type WPlane } from "../../lib/figure/w-plane.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import type { Pass } from "../runner.js";
import { distancesOf, mapPlaces, measuredPlane } from "./path-length-map.js";
import { Results, type Question } from "../results.js";
import { planeOf, withPlane } from "./path-length-steps.js";

const LARGEST_SEED = 9999;
const LEVELS = 2;
/** Directions at each place; the models are small, so that many cost little. */
const DRAWS = 8;
const SEEDS = 48;

/** A model of the pair. */
export interface Side {
  readonly model: string;
  readonly label: string;
}

/**
 * Two small models side by side: the slice of W through the same three seeds, in units of each model's own mean
 * length, the picture at one cross, and the lengths over seeds. The store's base must hold a `plane` intervention over
 * all rows of w+, and name the first model.
 *
 *     display(pathPairFigure({ engine, store, id: "pair", title: "...", sides: [{ model: "discs-plain", ... }, ...] }));
 */
export function pathPairFigure(
  options: FigureOptions & { readonly sides: readonly [Side, Side]; readonly resolution: number },
): HTMLElement {
  const { store, sides, resolution } = options;
  const results = new Results();
  const seeds = (["a", "b", "c"] as const).map((which, i) => ({
    which,
    control: integerControl({
      label: ["first seed", "second seed", "third seed"][i]!,
      min: 0,
      max: LARGEST_SEED,
      base: planeOf(store.base)[which],
      onInput: (seed) => store.set(withPlane(store.value, { [which]: seed })),
    }),
  }));
  const panels = sides.map(({ label }) => ({
    map: createLengthMap({
      label: `path length over a plane of W, ${label}`,
      legend: "path length / mean over seeds",
      onMove: (u, v) => store.set(withPlane(store.value, { u, v })),
    }),
    picture: createPicture(`picture at the cross, ${label}`),
    corners: [0, 1, 2].map((i) => createPicture(`picture of seed ${i + 1}, ${label}`)),
    words: html("p", { class: "readout", role: "status" }, "\u00a0"),
  }));
  const names = sides.map(() => ["", "", "", "cross"].map((text) => html("span", {}, text)));
  const chart = createIntervalChart({
    label: `path length of ${SEEDS} seeds, in units of the model's mean`,
    xTitle: "path length / mean over seeds",
  });
  const message = html("p", { class: "path-message", hidden: true });

  const experimentOf = ({ model }: Side): Experiment => ({ ...store.value, model });

  const directions = Array.from({ length: DRAWS }, (_, i) => i);

  const lengthQuestion = (side: Side): Question => ({
    experiment: { ...experimentOf(side), interventions: [] },
    want: {
      kind: "pathLengths",
      resolution,
      directions,
      places: Array.from({ length: SEEDS }, (_, seed) => ({ seed })),
    },
  });

  /** The coarse grid of the map, then what lies between. */
  function planeQuestions(side: Side, plane: WPlane): Question[] {
    const places = mapPlaces(plane, LEVELS);
    const { complete } = refinement(LEVELS);
    return complete.map((end, level) => ({
      experiment: withPlane(experimentOf(side), { u: 0, v: 0 }), // where the cross is does not matter
      want: {
        kind: "pathLengths",
        resolution,
        directions,
        places: places.slice(complete[level - 1] ?? 0, end).map(([u, v]) => ({ u, v })),
      },
    }));
  }

  const valuesOf = (questions: readonly Question[]): number[] => {
    const views = questions.map((question) => results.get<"pathLengths">(question));
    const gap = views.indexOf(null);
    return views.slice(0, gap < 0 ? undefined : gap).flatMap((view) => [...view!.lengths]);
  };

  function planeOfSide(side: Side): WPlane | null {
    try {
      message.hidden = true;
      return measuredPlane(results, experimentOf(side));
    } catch (error) {
      message.hidden = false;
      message.textContent = (error as Error).message;
      return null;
    }
  }

  function draw() {
    const { a, b, c, u, v } = planeOf(store.value);
    for (const { which, control } of seeds)
      if (document.activeElement !== control.input) control.set(planeOf(store.value)[which]);
    for (const own of names) [a, b, c].forEach((seed, k) => (own[k]!.textContent = `seed ${seed}`));
    const lengths = sides.map((side) => valuesOf([lengthQuestion(side)]));
    const means = lengths.map((values) => estimateMean(values).mean);
    const relative = sides.map((side, i) => {
      const plane = planeOfSide(side);
      if (!plane || lengths[i]!.length < SEEDS) return null;
      return {
        plane,
        values: valuesOf(planeQuestions(side, plane)).map((value) => value / means[i]!),
      };
    });
    const all = relative.flatMap((one) => one?.values ?? []);
    panels.forEach(({ map, words }, i) => {
      map.setPointer(u, v);
      const one = relative[i];
      if (!one || one.values.length < 2) return;
      const domain = [Math.min(...all), Math.max(...all)] as const;
      map.update({ plane: one.plane, seeds: [a, b, c], levels: LEVELS, values: one.values, domain });
      const [low, high] = [Math.min(...one.values), Math.max(...one.values)];
      words.replaceChildren(
        html("span", {}, `mean length ${formatValue(means[i]!)}`),
        html(
          "span",
          { "data-cell": "ratio", "data-side": i, "data-value": high / low },
          `on the map, the longest is ${formatValue(high / low)} times the shortest`,
        ),
      );
    });
    chart.update(
      sides.map(({ label }, i) => {
        const values = lengths[i]!.map((value) => value / means[i]!);
        return { label: `${label}: spread ${formatValue(100 * estimateMean(values).std)} %`, values, mean: 1, error: 2 * estimateMean(values).standardError };
      }),
    ); // prettier-ignore
  }

  function passes(): Pass[] {
    draw();
    const again = () => (draw(), frame.request());
    const list: Pass[] = [...results.passes(sides.map((side) => distancesOf(experimentOf(side))), again)]; // prettier-ignore
    sides.forEach((side, i) => {
      const { picture, corners } = panels[i]!;
      const shownBy = (target: typeof picture, label: string) => (view: Parameters<Pass["show"]>[0]) => {
        if (view.kind === "picture") target.draw(view, `${label}, ${side.label}`);
      };
      list.push({
        experiment: experimentOf(side),
        wants: [{ kind: "picture" }],
        show: shownBy(picture, "picture at the cross"),
      });
      [[0, 0], [1, 0], [0, 1]].forEach(([u, v], k) =>
        list.push({
          experiment: withPlane(experimentOf(side), { u: u!, v: v! }),
          wants: [{ kind: "picture" }],
          show: shownBy(corners[k]!, `picture of seed ${[planeOf(store.value).a, planeOf(store.value).b, planeOf(store.value).c][k]}`),
        }),
      ); // prettier-ignore
    });
    list.push(...results.passes(sides.map(lengthQuestion), draw));
    const maps = sides.map((side) => {
      const plane = planeOfSide(side);
      return plane ? planeQuestions(side, plane) : [];
    });
    // level by level, so that both maps become finer together
    list.push(...results.passes(maps[0]!.flatMap((question, level) => [question, ...maps[1]!.slice(level, level + 1)]), draw)); // prettier-ignore
    return list;
  }

  const frame = createFrame({
    ...options,
    body: html(
      "div",
      { class: "path-pair" },
      html("div", { class: "path-controls" }, ...seeds.map(({ control }) => control.element)),
      html(
        "div",
        { class: "path-pair-panels" },
        ...sides.map(({ label }, i) =>
          html(
            "section",
            { "data-side": i },
            html("h4", {}, label),
            html("div", { class: "path-pair-corners" }, ...[...panels[i]!.corners, panels[i]!.picture].map(({ element }, k) => html("div", {}, element, names[i]![k]!))),
            panels[i]!.map.element,
            panels[i]!.map.legend,
            panels[i]!.words,
          ),
        ),
      ),
      message,
      chart.element,
    ),
    canvas: () => panels[0]!.picture.canvas,
    passes,
  }); // prettier-ignore
  store.subscribe(draw);
  return frame.element;
}
