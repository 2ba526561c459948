import type { Engine } from "../lib/engine/client-contract.js";
import { html } from "../lib/figure/dom.js";
import { createGeneratorDrawing, isDrawable } from "../lib/figure/generator-drawing.js";
import { figureCaption } from "./figure-caption.js";

const SIGNS = [
  ["style", "A", "affine map: makes the layer's style of w"],
  ["noise", "B", "noise, times a learned strength"],
  ["rgb", "+", "the picture so far, plus what this resolution adds"],
] as const;

/**
 * The generator of a model, drawn from its own list of layers. Nothing of it runs.
 *
 *     display(generatorDrawingFigure({ engine, model: "portraits-lite-sg2", id: "drawing", title: "The generator", caption: "..." }));
 */
export function generatorDrawingFigure(options: {
  readonly engine: Engine;
  readonly model: string;
  readonly id: string;
  readonly title: string;
  readonly number?: string;
  readonly caption?: string | Node;
}): HTMLElement {
  const { engine, id } = options;
  const drawing = createGeneratorDrawing();
  const words = html("p", { class: "readout", role: "status" }, "loading the list of layers");
  engine.describe(options.model).then(
    (model) => {
      if (!isDrawable(model)) {
        words.textContent = `${model.title} has another design than the one drawn here.`;
        return;
      }
      words.textContent = `${model.title}: ${model.layers.filter(({ role }) => role === "layer").length} convolutions, ${model.wLayers} copies of w`;
      drawing.update(model);
    },
    (error: unknown) =>
      (words.textContent = `The list of layers could not be had: ${error instanceof Error ? error.message : String(error)}`),
  );
  return html(
    "figure",
    { class: "book-figure generator-drawing", id, "aria-labelledby": `${id}-title` },
    html("header", {}, html("h3", { id: `${id}-title` }, options.title)),
    drawing.element,
    html(
      "ul",
      { class: "key" },
      ...SIGNS.map(([kind, sign, what]) =>
        html("li", {}, html("span", { class: `generator-key is-${kind}` }, sign), what),
      ),
      html("li", {}, html("span", { class: "generator-key" }, "×2"), "doubles the size"),
    ),
    words,
    figureCaption(options.number, options.caption),
  );
}
