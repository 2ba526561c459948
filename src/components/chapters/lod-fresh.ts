import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { integerControl, resetButton, sliderControl } from "../../lib/figure/controls.js";
import { html, uniqueId } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { allOf, ownSetting, sideOf, type KeptSetting } from "../own-setting.js";
import { lodOf } from "./lod-branches.js";
import { resolutionsOf, sizeName } from "./lod-levels.js";
import { greyLevels, picturePanel } from "./lod-panel.js";

type Branches = Extract<View, { kind: "branches" }>;

const MOST_SEED = 9999;

/**
 * A block of untrained layers on top of the trained network, at the moment when it is switched on: at once, or with
 * a small weight. The store's level of detail says which block, and with which weight.
 *
 *     display(freshFigure({ engine, store, codec, id: "fresh", number: "4.2", title: "...", side: 128 }));
 */
export function freshFigure(
  options: FigureOptions & {
    /** Resolution of the block at first; the store's base holds the level of detail that belongs to it. */
    readonly side: number;
  },
): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let side = options.side;
  const before = picturePanel({ label: "before", link: "lod-old" });
  const fresh = picturePanel({ label: "untrained block", link: "lod-new" });
  const blend = picturePanel({ label: "what the network now makes", link: "lod-blend" });
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");
  const latents = latentControls(store, ["seed"]);

  const id = uniqueId("block");
  const select = html("select", { id });
  const resetSide = resetButton("the new block", () => {
    choose(options.side);
    select.focus();
  });
  select.addEventListener("change", () => choose(Number(select.value)));
  const weight = sliderControl({
    label: "weight α of the new block",
    min: 0,
    max: 1,
    step: 0.01,
    base: 1,
    onInput: (alpha) => model && store.patch({ lod: lodOf(model, side, alpha) }),
  });
  const weights = ownSetting<number>(
    "weights",
    1,
    (onInput) => integerControl({ label: "seed of its weights", min: 0, max: MOST_SEED, base: 1, onInput }),
    () => frame.request(),
  );
  /** The block: at a whole level of detail, the weight of one at 1 is that of the next at 0. */
  const block: KeptSetting = {
    key: "block",
    changed: () => side !== options.side,
    reset() {
      store.reset("lod"); // else it would ask for its own block again
      side = options.side;
      sync();
    },
    text: () => String(side),
    take(text) {
      const next = sideOf(text);
      if (next === null || next < 8) return false;
      side = next;
      sync();
      frame.request();
      return true;
    },
  };

  const alphaNow = () =>
    model ? Number((Math.log2(model.resolution / side) + 1 - store.value.lod).toFixed(4)) : 1;

  function choose(next: number) {
    if (!model) return;
    const alpha = alphaNow();
    side = next;
    store.patch({ lod: lodOf(model, side, alpha) });
    sync();
    frame.request();
  }

  function sync() {
    if (!model) return;
    // A level of detail from the address, or of Reset, may belong to another block; a whole one ends its transition.
    const level = Math.log2(model.resolution / side);
    const { lod } = store.value;
    if (!(lod >= level && lod <= level + 1)) side = Math.max(8, model.resolution / 2 ** Math.floor(lod));
    select.value = String(side);
    resetSide.set(side !== options.side);
    weight.set(alphaNow());
  }
  store.subscribe(sync);

  function show({ resolution, fraction, ...view }: Branches) {
    const old = sizeName(resolution / 2);
    before.update(view.low, `before: ${old}, trained`, fraction);
    fresh.update(view.high, `new block: ${sizeName(resolution)}, untrained`, 1 - fraction);
    blend.update(view.blend, `${(1 - fraction).toFixed(2)} · new + ${fraction.toFixed(2)} · before`);
    const changed = greyLevels(view.change ?? 0);
    words.replaceChildren(
      html("span", {}, `α = ${(1 - fraction).toFixed(2)}`),
      html(
        "span",
        { "data-cell": "changed", "data-value": changed },
        `the picture has changed by ${formatValue(changed)} grey levels of 255 (root mean square, before values are cut off at black and white)`,
      ),
    );
  }

  const frame = createFrame({
    ...options,
    settings: allOf(block, weights),
    body: html(
      "div",
      { class: "compare lod-branches" },
      html("div", { class: "compare-panels of-3" }, before.element, fresh.element, blend.element),
      words,
      html(
        "div",
        { class: "controls" },
        weight.element,
        html(
          "div",
          { class: "control control-select" },
          html("label", { for: id }, "new block"),
          select,
          resetSide.element,
        ),
        weights.element,
        latents.element,
      ),
    ),
    canvas: () => blend.canvas,
    onModel(next) {
      model = next;
      latents.setModel(next);
      select.replaceChildren(
        ...resolutionsOf(next)
          .slice(1)
          .map((value) => html("option", { value }, sizeName(value))),
      );
      sync();
    },
    passes: () => {
      const shown = { side, seed: weights.value };
      return [
        {
          experiment: store.value,
          wants: [{ kind: "branches", fresh: { resolution: side, seed: weights.value } }],
          show(view) {
            if (view.kind === "branches" && shown.side === side && shown.seed === weights.value) show(view);
          },
        },
      ];
    },
  });
  return frame.element;
}
