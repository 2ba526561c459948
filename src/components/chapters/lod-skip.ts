import type { View } from "../../lib/engine/protocol.js";
import { resetButton } from "../../lib/figure/controls.js";
import { html, uniqueId } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { allOf, sideOf, type KeptSetting } from "../own-setting.js";
import { resolutionsOf, sizeName } from "./lod-levels.js";
import { greyLevels, picturePanel } from "./lod-panel.js";

type Skip = Extract<View, { kind: "skip" }>;

/**
 * One step of a skip generator: the picture so far, what a resolution adds to it, and their sum.
 *
 *     display(skipFigure({ engine, store, codec, id: "skip", number: "4.8", title: "...", side: 64 }));
 */
export function skipFigure(options: FigureOptions & { readonly side: number }): HTMLElement {
  const { store } = options;
  let side = options.side;
  const latents = latentControls(store, ["seed", "psi"]);
  const before = picturePanel({ label: "picture so far", link: "skip-before" });
  const added = picturePanel({ label: "added", link: "skip-rgb" });
  const after = picturePanel({ label: "sum", link: "skip-sum" });
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");
  const id = uniqueId("side");
  const select = html("select", { id });
  const reset = resetButton("the resolution", () => {
    choose(options.side);
    select.focus();
  });
  select.addEventListener("change", () => choose(Number(select.value)));

  function setSide(next: number) {
    side = next;
    select.value = String(next);
    reset.set(next !== options.side);
  }

  function choose(next: number) {
    setSide(next);
    frame.request();
  }

  function show({ resolution, ...view }: Skip) {
    const name = sizeName(resolution);
    before.update(
      view.before,
      view.before ? `picture so far: ${sizeName(resolution / 2)}, upsampled` : "nothing lies below 4 × 4",
    );
    added.update(view.added, `what toRGB adds at ${name}, × ${view.added.gain}; grey is 0`);
    after.update(view.after, `sum: ${name}`);
    const rms = greyLevels(view.added.rms);
    words.replaceChildren(
      html("span", {}, name),
      html(
        "span",
        { "data-cell": "added", "data-value": rms },
        `toRGB adds ${formatValue(rms)} grey levels of 255 (root mean square)`,
      ),
    );
  }

  /** The resolution, which the address and Reset all have to know of. */
  const kept: KeptSetting = {
    key: "side",
    changed: () => side !== options.side,
    reset: () => setSide(options.side),
    text: () => String(side),
    take(text) {
      const next = sideOf(text);
      if (next !== null) choose(next);
      return next !== null;
    },
  };

  const frame = createFrame({
    ...options,
    settings: allOf(kept),
    body: html(
      "div",
      { class: "compare lod-branches" },
      html("div", { class: "compare-panels of-3" }, before.element, added.element, after.element),
      words,
      html(
        "div",
        { class: "controls" },
        html(
          "div",
          { class: "control control-select" },
          html("label", { for: id }, "resolution"),
          select,
          reset.element,
        ),
        latents.element,
      ),
    ),
    canvas: () => after.canvas,
    onModel(model) {
      latents.setModel(model);
      const sides = resolutionsOf(model);
      select.replaceChildren(...sides.map((value) => html("option", { value }, sizeName(value))));
      if (!sides.includes(side)) side = sides.at(-1)!;
      select.value = String(side);
      reset.set(side !== options.side);
    },
    passes: () => [
      {
        experiment: store.value,
        wants: [{ kind: "skip", resolution: side }],
        show(view) {
          if (view.kind === "skip" && view.resolution === side) show(view);
        },
      },
    ],
  });
  return frame.element;
}
