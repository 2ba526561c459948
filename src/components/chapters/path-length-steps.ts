import type { ModelReport, View } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import type { Intervention } from "../../lib/networks/interventions.js";
import { createBars } from "../../lib/figure/bars.js";
import { integerControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createPicture } from "../../lib/figure/picture.js";
import { pictureDistance } from "../../lib/measure/pictureDistance.js";
import { evenPaces } from "../../lib/measure/evenPaces.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { allOf } from "../own-setting.js";
import { Results, type Question } from "../results.js";
import { sizeControl } from "./path-length-sizes.js";

type Plane = Extract<Intervention, { kind: "plane" }>;
type PictureView = Extract<View, { kind: "picture" }>;

/** Pictures in a row. */
const SHOWN = 7;
/** Places at which the line is looked at, to find the even pace: as many between two pictures. */
const BETWEEN = 4;
const LARGEST_SEED = 9999;

/** The plane of a store, which its base must hold. */
export function planeOf({ interventions }: Experiment): Plane {
  return interventions.find((one): one is Plane => one.kind === "plane")!;
}

/** The same experiment elsewhere in the plane, or in another one. */
export function withPlane(experiment: Experiment, change: Partial<Plane>): Experiment {
  const interventions = experiment.interventions.map((one) =>
    one.kind === "plane" ? { ...one, ...change } : one,
  );
  return { ...experiment, interventions };
}

/**
 * From one seed to another on a straight line: in equal steps of W, and in equal steps of the picture. The store's
 * base must hold a `plane` intervention; its seeds a and b are the ends.
 *
 *     display(pathStepsFigure({ engine, store, id: "steps", title: "..." }));
 */
export function pathStepsFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const results = new Results();
  const latents = latentControls(store, ["psi"]);
  const ends = (["a", "b"] as const).map((which, i) => {
    const control = integerControl({
      label: i === 0 ? "from seed" : "to seed",
      min: 0,
      max: LARGEST_SEED,
      base: planeOf(store.base)[which],
      onInput: (seed) => store.set(withPlane(store.value, { [which]: seed })),
    });
    store.subscribe((experiment) => {
      if (document.activeElement !== control.input) control.set(planeOf(experiment)[which]);
    });
    return control;
  });
  const sizes = sizeControl({
    label: "pictures of",
    sizes: [64, 256, 1024],
    base: 64,
    onInput: () => frame.request(),
  });
  const rows = [createRow("W", "equal steps in W"), createRow("picture", "equal steps in the picture")];
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");

  /** The picture at a part of the way. */
  function at(t: number): Question {
    const experiment = withPlane(store.value, { u: Math.round(t * 1e4) / 1e4, v: 0 });
    const resolution = sizes.of(model);
    return { experiment, want: { kind: "picture", resolution } };
  }

  const fine = Array.from({ length: (SHOWN - 1) * BETWEEN + 1 }, (_, i) => i / ((SHOWN - 1) * BETWEEN));
  const equalInW = fine.filter((_, i) => i % BETWEEN === 0);

  /** Parts of the way at an even pace of the picture, once the line has been looked at. */
  function equalInPicture(): number[] | null {
    const pictures = fine.map((t) => results.get<"picture">(at(t)));
    if (pictures.some((picture) => picture === null)) return null;
    const distances = pictures
      .slice(1)
      .map((picture, i) => pictureDistance(pictures[i]!.pixels, picture!.pixels));
    if (distances.every((distance) => distance === 0)) return equalInW; // both ends are one seed
    return evenPaces(fine, distances, SHOWN - 1);
  }

  function questions(): Question[] {
    // what is on screen first
    const first = [...equalInW, ...fine.filter((t) => !equalInW.includes(t))];
    return [...first, ...(equalInPicture() ?? [])].map(at);
  }

  function draw() {
    const paces = [equalInW, equalInPicture() ?? []];
    const spreads = rows.map((row, i) =>
      row.draw(
        paces[i]!,
        paces[i]!.map((t) => results.get<"picture">(at(t))),
      ),
    );
    words.replaceChildren(
      ...spreads.map((spread, i) =>
        spread === null
          ? html("span", {}, `${rows[i]!.title}: not yet`)
          : html(
              "span",
              { "data-cell": `spread-${rows[i]!.name}`, "data-value": spread },
              `${rows[i]!.title}: the longest step of the picture is ${formatValue(spread)} times the shortest`,
            ),
      ),
    );
  }

  /** Passes are known in two stages: the even pace follows from the pictures of the first one. */
  function tell() {
    draw();
    const left = questions().filter((question) => !results.get(question));
    if (left.length > 0 && fine.every((t) => results.get(at(t)))) frame.request();
  }

  const frame = createFrame({
    ...options,
    settings: allOf(sizes),
    body: html(
      "div",
      { class: "path-steps" },
      html("div", { class: "path-controls" }, ...ends.map(({ element }) => element), latents.element),
      html("div", { class: "toolbar" }, sizes.element),
      ...rows.map(({ element }) => element),
      words,
    ),
    canvas: () => rows[0]!.canvas,
    onModel(next) {
      model = next;
      latents.setModel(next);
    },
    passes() {
      draw();
      return results.passes(questions(), tell);
    },
  });
  return frame.element;
}

function createRow(name: string, title: string) {
  const pictures = Array.from({ length: SHOWN }, (_, i) => createPicture(`${title}, picture ${i + 1}`));
  const labels = pictures.map(() => html("span", { class: "path-steps-t" }, "\u00a0"));
  const bars = createBars({ label: `${title}: distance of neighbours`, yTitle: "distance", height: 150 });
  const element = html(
    "section",
    { class: "path-steps-row", "data-row": name },
    html("h4", {}, title),
    html(
      "div",
      { class: "path-steps-pictures" },
      ...pictures.map(({ element }, i) => html("div", {}, element, labels[i]!)),
    ),
    bars.element,
  );
  return {
    name,
    title,
    element,
    canvas: pictures[0]!.canvas,
    /** Draws what is there; returns longest over shortest step once all is. */
    draw(paces: readonly number[], views: readonly (PictureView | null)[]): number | null {
      pictures.forEach((picture, i) => {
        const view = views[i];
        picture.element.classList.toggle("is-stale", !view);
        if (!view) return;
        if (picture.view !== view) picture.draw(view, `${title}, ${percent(paces[i]!)} of the way`);
        labels[i]!.textContent = percent(paces[i]!);
      });
      if (views.length < SHOWN || views.some((view) => !view)) return null;
      const distances = views.slice(1).map((view, i) => pictureDistance(views[i]!.pixels, view!.pixels));
      bars.update(distances.map((value, i) => ({ label: `${i + 1}–${i + 2}`, value })));
      return Math.max(...distances) / Math.min(...distances);
    },
  };
}

const percent = (t: number) => `${Math.round(100 * t)} %`;
