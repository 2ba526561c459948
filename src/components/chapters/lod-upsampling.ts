import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { divergingScale } from "../../lib/figure/colour.js";
import { integerControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createLegend } from "../../lib/figure/legend.js";
import { createNumberGrid, shortNumber, type Cell } from "../../lib/figure/number-grid.js";
import { maxMagnitude } from "../../lib/figure/paint.js";
import { onThemeChange, pageTheme } from "../../lib/figure/theme.js";
import { productsAt, type Product } from "../../lib/measure/upsamplingProducts.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { allOf, choiceSetting } from "../own-setting.js";
import { linkPart } from "../link.js";

type Upsampling = Extract<View, { kind: "upsampling" }>;

const FILTERS = [
  { value: "1,3,3,1", label: "[1, 3, 3, 1]", title: "StyleGAN2’s filter" },
  { value: "1,2,1", label: "[1, 2, 1]", title: "the binomial filter of StyleGAN1’s blur" },
  { value: "1,1", label: "[1, 1]", title: "repeats pixels: progressive growing’s enlargement" },
  { value: "1,5,10,10,5,1", label: "[1, 5, 10, 10, 5, 1]", title: "a wider binomial filter" },
] as const;

type FilterText = (typeof FILTERS)[number]["value"];

const COLOURS = ["red", "green", "blue"];
/** Larger maps make grids whose cells cannot be seen. */
const MOST_SIDE = 16;

/** Maps that can be taken apart: pictures so far and layers' outputs of at most 16 pixels a side. */
export function smallMaps({ layers }: Pick<ModelReport, "layers">) {
  return layers.filter(
    ({ name, role, resolution }) => resolution <= MOST_SIDE && role !== "inner" && !name.endsWith(".torgb"),
  );
}

/** A product as a line of a sum, such as "0.52 × 9/16 = 0.29". */
export function productText({ value, weight, product }: Product, denominator: number): string {
  return `${shortNumber(value)} × ${weightText(weight, denominator)} = ${shortNumber(product)}`;
}

/** A weight as the fraction that the filter's taps make it: 9/16. */
export function weightText(weight: number, denominator: number): string {
  return `${Number((weight * denominator).toFixed(3))}/${denominator}`;
}

/** What the taps' products are divided by on the padded grid: (sum of the taps)^2 / 4. */
export function denominatorOf(taps: readonly number[]): number {
  return taps.reduce((a, b) => a + b, 0) ** 2 / 4;
}

/**
 * Upsampling by two, step by step, on one channel of a map of the running network: zeros inserted, padded, filtered;
 * and one output pixel as the sum of its products.
 *
 *     display(upsamplingFigure({ engine, store, codec, id: "upfirdn", number: "4.12", title: "...", tap: "b4.img" }));
 */
export function upsamplingFigure(options: FigureOptions & { readonly tap: string }): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let view: Upsampling | null = null;
  let cell: Cell = { x: 2, y: 2 };
  const tapNow = () => {
    const { tap } = store.value.look;
    return tap !== null && model && smallMaps(model).some(({ name }) => name === tap) ? tap : options.tap;
  };
  const channelNow = () => store.value.look.channel ?? 0;
  const tapsNow = () => filter.value.split(",").map(Number);

  const maps = layerSelect({
    label: "map",
    base: options.tap,
    onInput: (tap) => store.patch({ look: { tap, channel: 0 } }),
  });
  const channel = integerControl({
    label: "channel",
    min: 0,
    max: 511,
    base: 0,
    onInput: (value) => {
      if (value < channelCount()) store.patch({ look: { tap: tapNow(), channel: value } });
    },
  });
  const filter = choiceSetting<FilterText>({
    key: "filter",
    label: "filter",
    choices: FILTERS,
    base: FILTERS[0].value,
    then: () => frame.request(),
  });

  const input = createNumberGrid({ label: "input" });
  const inserted = createNumberGrid({ label: "zeros inserted" });
  const padded = createNumberGrid({ label: "padded" });
  const output = createNumberGrid({
    label: "output",
    onCell(next) {
      cell = next;
      explain();
    },
  });
  const legend = createLegend();
  const panel = (title: string, grid: { element: HTMLElement }, link: string) => {
    const heading = html("h4", {}, title);
    return {
      heading,
      element: linkPart(html("div", { class: "upsampling-panel" }, heading, grid.element), link),
    };
  };
  const panels = [
    panel("1 · input", input, "up-input"),
    panel("2 · zeros inserted", inserted, "up-insert"),
    panel("3 · padded", padded, "up-pad"),
    panel("4 · filtered: output", output, "up-filter"),
  ];
  const products = linkPart(html("div", { class: "upsampling-products", role: "status" }), "up-sum");

  const channelCount = () => model?.layers.find(({ name }) => name === tapNow())?.channels ?? 3;

  function draw() {
    if (!view) return;
    const { steps } = view;
    const { input: x, output: y, padding } = steps;
    const scale = divergingScale(Math.max(maxMagnitude(x.values), maxMagnitude(y.values)), pageTheme());
    const real = (c: Cell) => c.x % 2 === 0 && c.y % 2 === 0;
    const inside = (c: Cell) => {
      const [px, py] = [c.x - padding[0], c.y - padding[2]];
      return px >= 0 && py >= 0 && px < steps.inserted.width && py < steps.inserted.height;
    };
    input.update(x, scale);
    inserted.update(steps.inserted, scale, (c) => (real(c) ? "" : "is-zero"));
    padded.update(steps.padded, scale, (c) =>
      !inside(c) ? "is-padding" : real({ x: c.x - padding[0], y: c.y - padding[2] }) ? "" : "is-zero",
    );
    output.update(y, scale);
    legend.update(scale, "value");
    const sizes = [x, steps.inserted, steps.padded, y].map(({ width }) => `${width} × ${width}`);
    const titles = ["1 · input", "2 · zeros inserted", "3 · padded", "4 · filtered: output"];
    panels.forEach(({ heading }, i) => (heading.textContent = `${titles[i]!}, ${sizes[i]!}`));
    input.describe(`input, ${sizes[0]} values`);
    inserted.describe(`the same with zeros between the values, ${sizes[1]}`);
    padded.describe(`padded with zeros, ${sizes[2]}: ${padding[0]} before and ${padding[1]} behind`);
    explain();
  }

  function explain() {
    if (!view) return;
    const { steps } = view;
    const at = { x: Math.min(cell.x, steps.output.width - 1), y: Math.min(cell.y, steps.output.height - 1) };
    const list = productsAt(steps, at.x, at.y);
    const value = steps.output.values[at.y * steps.output.width + at.x]!;
    const sum = list.reduce((total, { product }) => total + product, 0);
    const taps = tapsNow();
    const denominator = denominatorOf(taps);
    const counted = list.filter(({ kind }) => kind === "input");
    const weights = counted.reduce((total, { weight }) => total + weight, 0);
    padded.mark({ x: at.x, y: at.y, width: steps.kernel.width, height: steps.kernel.height });
    output.mark({ ...at, width: 1, height: 1 });
    output.describe(
      `output, ${steps.output.width} × ${steps.output.height} values; row ${at.y}, column ${at.x}: ${formatValue(value)}; arrow keys move`,
    );
    const table = html(
      "table",
      { class: "products" },
      html("caption", { class: "visually-hidden" }, `the ${list.length} products of the output pixel`),
      html(
        "tbody",
        {},
        ...Array.from({ length: steps.kernel.height }, (_, row) =>
          html(
            "tr",
            {},
            ...list
              .slice(row * steps.kernel.width, (row + 1) * steps.kernel.width)
              .map((product) => productCell(product, denominator)),
          ),
        ),
      ),
    );
    products.replaceChildren(
      html("h4", {}, `output pixel in row ${at.y}, column ${at.x}`),
      html("div", { class: "runs-scroll", tabindex: 0, role: "region", "aria-label": "products" }, table),
      html(
        "p",
        { "data-cell": "sum", "data-value": sum },
        `${counted.length > 0 ? counted.map((one) => productText(one, denominator).split(" = ")[0]!).join(" + ") : "nothing but zeros"} = `,
        html("b", {}, formatValue(sum)),
      ),
      html(
        "p",
        { "data-cell": "output", "data-value": value },
        `The operation gives ${formatValue(value)}. ${counted.length} of ${list.length} products are of real values; their weights add up to ${Number(weights.toFixed(4))}.`,
      ),
    );
  }

  onThemeChange(draw);

  function sync() {
    if (!model) return;
    maps.set(tapNow());
    const channels = channelCount();
    channel.input.max = String(channels - 1);
    if (document.activeElement !== channel.input) channel.set(channelNow());
    const isPicture = channels === 3 && tapNow().endsWith(".img");
    channel.input.title = isPicture ? `${COLOURS[channelNow()] ?? ""} (0 red, 1 green, 2 blue)` : "";
  }
  store.subscribe(sync);

  const frame = createFrame({
    ...options,
    body: html(
      "div",
      { class: "upsampling" },
      html("div", { class: "toolbar" }, maps.element, channel.element, filter.element),
      html("div", { class: "upsampling-panels" }, ...panels.map(({ element }) => element)),
      legend.element,
      products,
    ),
    settings: allOf(filter),
    onModel(next) {
      model = next;
      maps.setLayers(smallMaps(next));
      sync();
    },
    passes: () => {
      const want = {
        kind: "upsampling",
        tap: tapNow(),
        channel: Math.min(channelNow(), channelCount() - 1),
        filter: tapsNow(),
      } as const;
      return [
        {
          experiment: store.value,
          wants: [want],
          show(next) {
            if (next.kind !== "upsampling" || next.tap !== tapNow()) return;
            view = next;
            draw();
          },
        },
      ];
    },
  });
  return frame.element;
}

function productCell(product: Product, denominator: number): HTMLElement {
  const words = { input: "a value of the input", inserted: "an inserted zero", padding: "padding" }[
    product.kind
  ];
  const cell = html(
    "td",
    { class: `product is-${product.kind}`, title: words },
    html("span", { class: "product-value" }, shortNumber(product.value)),
    html("span", {}, `× ${weightText(product.weight, denominator)}`),
    html("b", {}, product.kind === "input" ? shortNumber(product.product) : "0"),
  );
  return product.kind === "input" ? linkPart(cell, "up-real") : cell;
}
