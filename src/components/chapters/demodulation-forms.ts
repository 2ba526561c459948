import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { integerControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatCount, formatDuration, formatValue } from "../../lib/figure/format.js";
import { createResultsTable } from "../../lib/figure/results-table.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { modulationCost } from "../../lib/measure/modulationCost.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { allOf, ownSetting } from "../own-setting.js";
import { layerOfLook, modulatedLayers } from "./demodulation-layers.js";

type ModulationView = Extract<View, { kind: "modulation" }>;

/**
 * A layer's convolution run on the live tensors with s and d on the weights, and again with s and d on the
 * activations: the largest difference, the times, and what either costs for a batch.
 *
 *     display(formsFigure({ engine, store, id: "forms", title: "...", layer: "b64.conv1" }));
 */
export function formsFigure(options: FigureOptions & { readonly layer: string }): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let view: ModulationView | null = null;
  const layer = () => layerOfLook(model, store.value.look.tap, options.layer);
  const select = layerSelect({
    label: "layer",
    base: options.layer,
    onInput: (tap) => store.patch({ look: { tap, channel: null } }),
  });
  const pictures = ownSetting<number>(
    "pictures",
    1,
    (onInput) => integerControl({ label: "pictures in a batch", min: 1, max: 64, base: 1, onInput }),
    () => (draw(), frame.settled()),
  );
  const result = html("p", { class: "forms-result", role: "status" }, "\u00a0");
  const table = createResultsTable({
    label: "cost of the two forms",
    columns: ["form", "multiplications by s and d", "numbers in kernels", "time here, one picture"],
  });
  const note = html("p", { class: "readout" });

  function draw() {
    if (!view?.forms) return;
    const { largestDifference, largestMagnitude, milliseconds } = view.forms;
    const relative = largestDifference / largestMagnitude;
    result.replaceChildren(
      html("span", {}, `${view.layer}: largest difference `),
      html(
        "strong",
        { "data-cell": "difference", "data-value": largestDifference },
        formatValue(largestDifference),
      ),
      html("span", {}, `, largest output ${formatValue(largestMagnitude)}, `),
      html("strong", { "data-cell": "relative", "data-value": relative }, formatValue(relative)),
      html("span", {}, " of it"),
    );
    const { side, up, inputs, outputs } = view;
    const cost = modulationCost({ batch: pictures.value, side, up, kernel: 3, inputs, outputs });
    const row = (label: string, link: string, form: "weights" | "activations") => ({
      data: { "data-form": form, "data-link": link },
      cells: [
        label,
        formatCount(cost[form].scaling),
        formatCount(cost[form].kernelValues),
        formatDuration(milliseconds[form]),
      ],
    });
    table.update([
      row("on the weights (fused)", "demod-fused", "weights"),
      row("on the activations", "demod-unfused", "activations"),
    ]);
    note.replaceChildren(
      html("span", {}, "in both"),
      html(
        "span",
        {},
        `convolution ${formatCount(cost.convolution)} multiply-adds, coefficients d ${formatCount(cost.coefficients)} multiplications`,
      ),
    );
  }

  const frame = createFrame({
    ...options,
    settings: { ...allOf(pictures), reset: () => (pictures.reset(), draw()) },
    body: html(
      "div",
      { class: "forms" },
      html("div", { class: "toolbar" }, select.element, pictures.element),
      result,
      table.element,
      note,
    ),
    onModel(next) {
      model = next;
      select.setLayers(modulatedLayers(next));
      select.set(layer());
    },
    passes: () => {
      select.set(layer());
      return [
        {
          experiment: store.value,
          wants: [{ kind: "modulation", layer: layer(), forms: true }],
          show(next) {
            if (next.kind !== "modulation") return;
            view = next;
            draw();
          },
        },
      ];
    },
  });
  return frame.element;
}
