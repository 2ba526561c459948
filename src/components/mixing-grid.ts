import type { ModelReport } from "../lib/engine/protocol.js";
import type { Experiment } from "../lib/experiment/experiment.js";
import { segmentedControl, type Control } from "../lib/figure/controls.js";
import { html } from "../lib/figure/dom.js";
import { layerRange } from "../lib/figure/layer-select.js";
import { createPicture, type Picture } from "../lib/figure/picture.js";
import { latentOfSeed } from "../lib/experiment/seedLattice.js";
import { createFrame, type FigureOptions } from "./figure-frame.js";
import { latentControls } from "./latent-controls.js";
import type { Pass } from "./runner.js";
import { seedList } from "./seed-list.js";

const MOST = 6;
/** Pictures of this side or less are quick; NVIDIA's style_mixing.py starts from these seeds. */
const QUICK = 256;
const ROWS = [85, 100, 75];
const COLUMNS = [55, 821, 1789];

/**
 * Style mixing of row seeds with column seeds: each picture has the styles of its row, but those of some w layers from
 * its column. The store's base must hold a `mixing`, whose layers are the ones that come from the columns.
 *
 *     const grid = createExperiment({ model, mixing: { seed: 0, from: 0, to: 7 } });
 *     display(mixingGrid({ engine, store: grid, codec, id: "grid", title: "Style mixing" }));
 *
 * Where the model makes pictures of lower resolutions on its way, those are shown unless the reader wants the full one.
 */
export function mixingGrid(options: FigureOptions): HTMLElement {
  const { store, id } = options;
  let model: ModelReport | null = null;
  let full = false;
  let size: Control<"quick" | "full"> | null = null;
  let pictures: Picture[][] = []; // [row][column], the sources in row and column 0

  const again = () => (build(), frame.request());
  const rows = seedList({
    label: "row seeds",
    parameter: `${id}-rows`,
    base: ROWS,
    most: MOST,
    onInput: again,
  });
  const columns = seedList({
    label: "column seeds",
    parameter: `${id}-columns`,
    base: COLUMNS,
    most: MOST,
    onInput: again,
  });
  const perModel = html("div", { class: "control-group" });
  const latent = latentControls(store, ["class", "psi"]);
  const table = html("table", { class: "mixing-table" });
  const scroll = html(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "pictures of the mixed styles" },
    table,
  );

  function build() {
    const source = (text: string) => {
      const picture = createPicture(text);
      return { picture, cell: html("th", { scope: "col" }, picture.element, html("span", {}, text)) };
    };
    const tops = columns.seeds.map((seed) => source(`seed ${seed}`));
    const lines = rows.seeds.map((seed) => {
      const left = source(`seed ${seed}`);
      left.cell.scope = "row";
      const mixed = columns.seeds.map((column) =>
        createPicture(`seed ${seed} with styles of seed ${column}`),
      );
      const cells = mixed.map(({ element }) => html("td", {}, element));
      return { all: [left.picture, ...mixed], line: html("tr", {}, left.cell, ...cells) };
    });
    pictures = [tops.map(({ picture }) => picture), ...lines.map(({ all }) => all)];
    table.replaceChildren(
      html("thead", {}, html("tr", {}, html("td", {}), ...tops.map(({ cell }) => cell))),
      html("tbody", {}, ...lines.map(({ line }) => line)),
    );
  }

  function range(): { from: number; to: number } {
    const { from, to } = store.value.mixing ?? store.base.mixing!;
    const all = model?.wLayers ?? to;
    return { from: Math.min(from, all - 1), to: Math.min(to, all) };
  }

  function words({ classIndex, psi }: Experiment): string {
    const { from, to } = range();
    return [
      `rows: seeds ${rows.seeds.join(", ")}`,
      `columns: seeds ${columns.seeds.join(", ")}`,
      `w[${from}] to w[${to - 1}] from the column`,
      ...(classIndex > 0 ? [`class ${classIndex}`] : []),
      psi === 1 ? "no truncation" : `truncation ψ ${psi}`,
    ].join("; ");
  }

  function buildControls(next: ModelReport) {
    const { from, to } = store.base.mixing!;
    const layers = layerRange({
      label: "w layers from the column",
      count: next.wLayers,
      base: [Math.min(from, next.wLayers - 1), Math.min(to, next.wLayers)],
      describe: (w) => `w[${w}]`,
      onInput: (first, end) => store.patch({ mixing: { seed: 0, from: first, to: end } }),
    });
    const sync = () => layers.set([range().from, range().to]);
    sync();
    store.subscribe(sync);
    const quick = quickSide(next);
    size =
      quick === null
        ? null
        : segmentedControl({
            label: "pictures of",
            choices: [
              { value: "quick", label: `${quick} px` },
              { value: "full", label: `${next.resolution} px, slow` },
            ],
            value: full ? "full" : "quick",
            base: "quick",
            onInput: (value) => {
              full = value === "full";
              frame.request();
            },
          });
    perModel.replaceChildren(layers.element, ...(size ? [size.element] : []));
  }

  build();
  const frame = createFrame({
    ...options,
    body: html(
      "div",
      { class: "mixing-grid" },
      html("div", { class: "controls" }, rows.element, columns.element, perModel, latent.element),
      scroll,
    ),
    canvas: () => contactSheet(pictures),
    describe: words,
    settings: {
      changed: () => full || rows.changed() || columns.changed(),
      reset() {
        full = false;
        size?.set("quick");
        rows.reset();
        columns.reset();
      },
    },
    onModel(next) {
      model = next;
      buildControls(next);
      latent.setModel(next);
    },
    passes(report) {
      const plain = { ...store.value, mixing: null };
      const side = full ? null : quickSide(report);
      const pass = (experiment: Experiment, picture: Picture): Pass => ({
        experiment,
        wants: [{ kind: "picture", ...(side !== null && { resolution: side }) }],
        show: (view) => view.kind === "picture" && picture.draw(view),
      });
      const [top, ...lines] = pictures as [Picture[], ...Picture[][]];
      return [
        ...columns.seeds.map((seed, i) => pass({ ...plain, latent: latentOfSeed(seed) }, top[i]!)),
        ...rows.seeds.flatMap((seed, r) => {
          const row = { ...plain, latent: latentOfSeed(seed) };
          return lines[r]!.map((picture, c) =>
            pass(c === 0 ? row : { ...row, mixing: { seed: columns.seeds[c - 1]!, ...range() } }, picture),
          );
        }),
      ];
    },
  });
  return frame.element;
}

/** The largest picture on the way to the full one that is quick to make; null when there is none. */
function quickSide({ layers, resolution }: ModelReport): number | null {
  const sides = layers
    .filter(({ name, role }) => role === "rgb" && !name.endsWith(".torgb"))
    .map((layer) => layer.resolution)
    .filter((side) => side <= QUICK && side < resolution && side >= QUICK / 4);
  return sides.length > 0 ? Math.max(...sides) : null;
}

/** All pictures on one canvas, for the download. */
function contactSheet(pictures: readonly (readonly Picture[])[]): HTMLCanvasElement {
  const side = Math.max(...pictures.flat().map(({ canvas }) => canvas.width));
  const sheet = document.createElement("canvas");
  sheet.width = side * (pictures[0]!.length + 1);
  sheet.height = side * pictures.length;
  const context = sheet.getContext("2d")!;
  pictures.forEach((line, r) =>
    line.forEach(({ canvas }, c) =>
      context.drawImage(canvas, side * (r === 0 ? c + 1 : c), side * r, side, side),
    ),
  );
  return sheet;
}
