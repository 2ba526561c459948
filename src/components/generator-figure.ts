import { html } from "../lib/figure/dom.js";
import { createPicture } from "../lib/figure/picture.js";
import { describeLatent } from "../lib/figure/seed-plane.js";
import { createFrame, type FigureOptions } from "./figure-frame.js";
import { latentControls, type LatentControl } from "./latent-controls.js";

/**
 * The generator's picture with latent controls.
 *
 *     display(generatorFigure({ engine, store, id: "portrait", number: "1.1", title: "A portrait", caption: "Move psi." }));
 *
 * `controls`: which ones and in which order; default seed, plane, class, psi, cutoff, noise. `extra`: nodes below
 * them, such as `interventionToggle(...)`. Returns the <figure>.
 */
export function generatorFigure(
  options: FigureOptions & { readonly controls?: readonly LatentControl[]; readonly extra?: readonly Node[] },
): HTMLElement {
  const { store } = options;
  const picture = createPicture("generated picture");
  const controls = latentControls(
    store,
    options.controls ?? ["seed", "plane", "class", "psi", "cutoff", "noise"],
  );
  const side = html("div", { class: "figure-side" }, controls.element, ...(options.extra ?? []));
  return createFrame({
    ...options,
    body: html("div", { class: "generator" }, picture.element, side),
    canvas: () => picture.canvas,
    onModel: (model) => controls.setModel(model),
    passes: () => [
      {
        experiment: store.value,
        wants: [{ kind: "picture", progressive: true }],
        show: (view) => {
          if (view.kind === "picture")
            picture.draw(view, `generated picture, ${describeLatent(store.value.latent)}`);
        },
      },
    ],
  }).element;
}
