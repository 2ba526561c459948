import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { passKey } from "../runner.js";
import { sizeName } from "./lod-levels.js";
import { greyLevels, picturePanel } from "./lod-panel.js";

type Branches = Extract<View, { kind: "branches" }>;

/**
 * What a fractional level of detail blends: both pictures with their weights, their difference, and the blend.
 *
 *     display(branchesFigure({ engine, store, codec, id: "branches", number: "4.3", title: "..." }));
 */
export function branchesFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  const controls = latentControls(store, ["lod", "seed", "psi"]);
  const low = picturePanel({ label: "old branch", link: "lod-old" });
  const high = picturePanel({ label: "new branch", link: "lod-new" });
  const difference = picturePanel({ label: "new − old", link: "lod-difference" });
  const blend = picturePanel({ label: "blend", link: "lod-blend" });
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");

  function show({ resolution, fraction, ...view }: Branches) {
    const side = sizeName(resolution);
    if (view.low) low.update(view.low, `old: ${sizeName(resolution / 2)}, pixels doubled`, fraction);
    else low.update(null, "old: nothing lies below 4 × 4", 0);
    high.update(view.high, `new: ${side}`, 1 - fraction);
    const gain = view.difference ? view.difference.gain : 1;
    difference.update(
      view.difference,
      view.difference ? `new − old, × ${gain}; grey is 0` : "no difference to show",
    );
    blend.update(view.blend, `${(1 - fraction).toFixed(2)} · new + ${fraction.toFixed(2)} · old`);
    if (!view.difference || view.change === null) {
      words.textContent = "At 4 × 4 there is one branch only.";
      return;
    }
    const [apart, changed] = [greyLevels(view.difference.rms), greyLevels(view.change)];
    words.replaceChildren(
      html("span", {}, `α = ${(1 - fraction).toFixed(2)}`),
      html(
        "span",
        { "data-cell": "apart", "data-value": apart },
        `new and old differ by ${formatValue(apart)} grey levels of 255 (root mean square)`,
      ),
      html(
        "span",
        { "data-cell": "changed", "data-value": changed },
        `the blend differs from old by ${formatValue(changed)}`,
      ),
    );
  }

  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "compare lod-branches" },
      html(
        "div",
        { class: "compare-panels of-4" },
        low.element,
        high.element,
        difference.element,
        blend.element,
      ),
      words,
      controls.element,
    ),
    canvas: () => blend.canvas,
    onModel: (model) => controls.setModel(model),
    passes: () => {
      const experiment = store.value;
      return [
        {
          experiment,
          wants: [{ kind: "branches" }],
          show(view) {
            if (view.kind === "branches" && passKey(store.value) === passKey(experiment)) show(view);
          },
        },
      ];
    },
  }).element;
}

/** The level of detail that fades a resolution in with a weight. */
export function lodOf({ resolution }: Pick<ModelReport, "resolution">, side: number, alpha: number): number {
  return Number((Math.log2(resolution / side) + 1 - alpha).toFixed(4));
}
