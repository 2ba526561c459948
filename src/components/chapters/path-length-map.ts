import type { ModelReport } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { integerControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createLengthMap } from "../../lib/figure/length-map.js";
import { createPicture } from "../../lib/figure/picture.js";
import { pointAt, refinement, toUv, wPlane, type WPlane } from "../../lib/figure/w-plane.js";
import { pathLengthOf } from "../../lib/measure/pathLengths.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { allOf, countSetting } from "../own-setting.js";
import { Results, type Question } from "../results.js";
import { sizeControl } from "./path-length-sizes.js";
import { planeOf, withPlane } from "./path-length-steps.js";

const LARGEST_SEED = 9999;
/** Directions at each place. */
const DRAWS = 2;

/** The plane through the seeds of an experiment, once the engine has measured it; null until then. */
export function measuredPlane(results: Results, experiment: Experiment): WPlane | null {
  const view = results.get<"wDistances">(distancesOf(experiment));
  if (!view) return null;
  const [, ab, ac, , , bc] = view.distances;
  return wPlane(ab!, ac!, bc!);
}

/** The question for the distances of the plane's three seeds. */
export function distancesOf(experiment: Experiment): Question {
  const { a, b, c } = planeOf(experiment);
  // where in the plane the reader is does not matter to it
  return {
    experiment: withPlane(experiment, { u: 0, v: 0 }),
    want: { kind: "wDistances", seeds: [a, b, c] },
  };
}

/** The questions of a map, coarse grid first, with `draws` directions, the same ones at each place. */
export function mapQuestions(
  experiment: Experiment,
  plane: WPlane,
  options: { readonly levels: number; readonly resolution: number; readonly draws: number },
): Question[] {
  const { levels, resolution, draws } = options;
  const directions = directionsOf(draws);
  return mapPlaces(plane, levels).map(([u, v]) => ({
    experiment: withPlane(experiment, { u, v }),
    want: { kind: "pathLength", resolution, directions },
  }));
}

/** The seeds of so many image directions. */
const directionsOf = (draws: number) => Array.from({ length: draws }, (_, i) => i);

/** The places of a map as coordinates (u, v) of its plane, coarse grid first. */
export function mapPlaces(plane: WPlane, levels: number): [u: number, v: number][] {
  const side = 2 ** (levels + 1) + 1;
  const round = (value: number) => Math.round(value * 1e4) / 1e4;
  return refinement(levels).places.map((place) => {
    const [u, v] = toUv(plane, pointAt(plane, place, side));
    return [round(u), round(v)];
  });
}

/** The answers to a map's questions, as far as they go without a gap: root mean squares over the directions. */
export function mapValues(results: Results, questions: readonly Question[]): number[] {
  const values: number[] = [];
  for (const question of questions) {
    const view = results.get<"pathLength">(question);
    if (!view) break;
    values.push(pathLengthOf(view.lengths));
  }
  return values;
}

/**
 * A slice of W through three seeds as a contour map of the path length, with the picture at the reader's cross. The
 * store's base must hold a `plane` intervention.
 *
 *     display(pathMapFigure({ engine, store, codec, id: "map", title: "..." }));
 */
export function pathMapFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const results = new Results();
  const latents = latentControls(store, ["psi"]);
  const seeds = (["a", "b", "c"] as const).map((which, i) => {
    const control = integerControl({
      label: ["first seed", "second seed", "third seed"][i]!,
      min: 0,
      max: LARGEST_SEED,
      base: planeOf(store.base)[which],
      onInput: (seed) => store.set(withPlane(store.value, { [which]: seed })),
    });
    return { which, control };
  });
  const sizes = sizeControl({ sizes: [16, 32, 64, 256], base: 32, onInput: () => frame.request() });
  const fineness = countSetting({
    key: "places",
    label: "places",
    counts: [1, 2, 3],
    base: 2,
    name: (level) => `${2 ** (level + 1) + 1} × ${2 ** (level + 1) + 1}`,
    then: () => frame.request(),
  });
  const map = createLengthMap({
    label: "path length over a plane of W",
    legend: "path length",
    onMove: (u, v) => store.set(withPlane(store.value, { u, v })),
  });
  const picture = createPicture("picture at the cross");
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");
  const message = html("p", { class: "path-message", hidden: true });

  const questions = (plane: WPlane) =>
    mapQuestions(store.value, plane, { levels: fineness.value(), resolution: sizes.of(model), draws: DRAWS });

  /** The path length at the cross, with the same directions as on the map. */
  const here = (): Question => ({
    experiment: store.value,
    want: { kind: "pathLength", resolution: sizes.of(model), directions: directionsOf(DRAWS) },
  });

  function draw() {
    const { a, b, c, u, v } = planeOf(store.value);
    for (const { which, control } of seeds)
      if (document.activeElement !== control.input) control.set(planeOf(store.value)[which]);
    message.hidden = true;
    let plane: WPlane | null = null;
    try {
      plane = measuredPlane(results, store.value);
    } catch (error) {
      message.hidden = false;
      message.textContent = (error as Error).message;
    }
    map.setPointer(u, v);
    if (!plane) return;
    const values = mapValues(results, questions(plane));
    map.update({ plane, seeds: [a, b, c], levels: fineness.value(), values });
    const [low, high] = [Math.min(...values), Math.max(...values)];
    words.replaceChildren(
      html("span", {}, `${values.length} places`),
      html(
        "span",
        { "data-cell": "ratio", "data-value": values.length > 1 ? high / low : "" },
        values.length > 1
          ? `from ${formatValue(low)} to ${formatValue(high)}: ${formatValue(high / low)} times as long`
          : "",
      ),
      crossWords(),
      html("span", {}, `seeds ${a} and ${b} are ${formatValue(plane.corners[1][0])} apart in W`),
    );
  }

  function crossWords() {
    const view = results.get<"pathLength">(here());
    const length = view && pathLengthOf(view.lengths);
    return html(
      "span",
      { "data-cell": "here", "data-value": length ?? "" },
      `at the cross: ${length === null ? "…" : formatValue(length)}`,
    );
  }

  function passesNow() {
    draw();
    const first = results.passes([distancesOf(store.value)], () => (draw(), frame.request()));
    const show = (view: Parameters<(typeof first)[number]["show"]>[0]) => {
      if (view.kind === "picture") picture.draw(view, "picture at the cross");
    };
    const quick = { experiment: store.value, wants: [{ kind: "picture", resolution: 64 } as const], show };
    const whole = { experiment: store.value, wants: [{ kind: "picture", progressive: true } as const], show };
    let rest: Question[] = [];
    try {
      const plane = measuredPlane(results, store.value);
      if (plane) rest = questions(plane);
    } catch {
      // said below the map
    }
    const small = model !== null && model.resolution <= 64;
    const cross = rest.length > 0 ? [here()] : [];
    return [...first, ...(small ? [] : [quick]), ...results.passes([...cross, ...rest], draw), whole];
  }

  const frame = createFrame({
    ...options,
    settings: allOf(fineness, sizes),
    body: html(
      "div",
      { class: "path-map" },
      html(
        "div",
        { class: "path-controls" },
        ...seeds.map(({ control }) => control.element),
        latents.element,
      ),
      html("div", { class: "toolbar" }, fineness.element, sizes.element),
      html(
        "div",
        { class: "path-map-panels" },
        html("div", {}, html("h4", {}, "path length"), map.element, map.legend),
        html("div", {}, html("h4", {}, "the picture at the cross"), picture.element),
      ),
      message,
      words,
    ),
    canvas: () => picture.canvas,
    onModel(next) {
      model = next;
      latents.setModel(next);
    },
    passes: passesNow,
  });
  store.subscribe(draw);
  return frame.element;
}
