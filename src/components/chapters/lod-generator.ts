import type { ModelReport } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { createPicture } from "../../lib/figure/picture.js";
import { describeLatent } from "../../lib/figure/seed-plane.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { costUpTo, describeLod, levelStrip } from "./lod-levels.js";

/**
 * A progressive generator at any level of detail: its picture, and which of its resolutions make it up.
 *
 *     display(growingFigure({ engine, store, codec, id: "generator", number: "4.1", title: "..." }));
 */
export function growingFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const picture = createPicture("generated picture");
  const controls = latentControls(store, ["lod", "seed", "plane", "psi"]);
  const strip = levelStrip({ onLevel: (lod) => store.patch({ lod }) });
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");

  function tell() {
    if (!model) return;
    const { lod } = store.value;
    strip.update(lod, model.resolution);
    const shown = model.resolution / 2 ** Math.floor(lod);
    const layers = model.layers.filter(({ role }) => role === "layer");
    const running = layers.filter(({ resolution }) => resolution <= shown).length;
    const share = costUpTo(model, shown) / costUpTo(model, model.resolution);
    words.replaceChildren(
      html("span", {}, `lod ${Number(lod.toFixed(2))}`),
      html("span", {}, `= ${describeLod(lod, model.resolution)}`),
      html(
        "span",
        { "data-cell": "work", "data-value": share },
        `${running} of ${layers.length} layers run, ${Math.round(100 * share)} % of the multiply-adds`,
      ),
    );
  }
  store.subscribe(tell);

  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "generator lod-generator" },
      html("div", {}, picture.element, strip.element, words),
      html("div", { class: "figure-side" }, controls.element),
    ),
    canvas: () => picture.canvas,
    onModel(next) {
      model = next;
      controls.setModel(next);
      tell();
    },
    passes: (report) => [
      {
        experiment: store.value,
        wants: [{ kind: "picture", progressive: true }],
        show: (view) => {
          if (view.kind !== "picture") return;
          const made = describeLod(store.value.lod, report.resolution);
          picture.draw(view, `generated picture, ${describeLatent(store.value.latent)}, ${made}`);
        },
      },
    ],
  }).element;
}
