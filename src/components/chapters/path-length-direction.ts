import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { integerControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createLayerChart } from "../../lib/figure/layer-chart.js";
import { createPicture } from "../../lib/figure/picture.js";
import type { PictureBytes } from "../../lib/measure/pictureSteps.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { linkPart } from "../link.js";
import { allOf, ownSetting } from "../own-setting.js";
import { sizeControl } from "./path-length-sizes.js";

type LengthView = Extract<View, { kind: "pathLength" }>;

const MOST_DIRECTIONS = 9999;

/** Rows of w+ of a picture of that size, by the layer that reads them first; the last one is the toRGB's alone. */
export function rowNames(
  { layers }: Pick<ModelReport, "layers">,
  count: number,
  resolution: number,
): string[] {
  const used = layers.filter((layer) => layer.role !== "inner" && layer.resolution <= resolution);
  return Array.from({ length: count }, (_, w) => {
    const readers = used.filter((layer) => layer.w === w);
    const first = readers.find(({ role }) => role === "layer") ?? readers[0];
    return first ? `w[${w}] ${first.name}` : `w[${w}]`;
  });
}

/**
 * One random image direction, pulled back through the network: the direction, the picture, what the picture answers
 * when w takes a small step along the product, and the product's length in each row of w+.
 *
 *     display(pathDirectionFigure({ engine, store, id: "direction", title: "..." }));
 */
export function pathDirectionFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const latents = latentControls(store, ["seed", "psi"]);
  const seed = ownSetting<number>(
    "y",
    0,
    (onInput) => integerControl({ label: "seed of y", min: 0, max: MOST_DIRECTIONS, base: 0, onInput }),
    () => frame.request(),
  );
  const sizes = sizeControl({ sizes: [32, 64, 256, 1024], base: 64, onInput: () => frame.request() });
  const pictures = {
    direction: createPicture("image direction y"),
    picture: createPicture("picture"),
    response: createPicture("response"),
  };
  const panel = (title: string, which: keyof typeof pictures, link: string) =>
    linkPart(html("div", { class: "compare-panel" }, html("h4", {}, title), pictures[which].element), link);
  const chart = createLayerChart({
    label: "length of each row of the product",
    yTitle: "length of the row of Jᵀy",
    log: false,
  });
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");

  function show(view: LengthView) {
    const { answer, rows, lengths } = view;
    chart.update(rowNames(model!, rows.length, view.resolution), [{ label: "length", values: [...rows] }]);
    const cells = [
      html("span", { "data-cell": "length", "data-value": lengths[0] }, `‖Jᵀy‖ ${formatValue(lengths[0]!)}`),
    ];
    if (answer) {
      draw("direction", answer.direction, "image direction y");
      draw("picture", answer.picture, "picture");
      draw("response", answer.response, `what the picture answers, ${answer.response.gain} times as strong`);
      cells.push(
        html(
          "span",
          { "data-cell": "predicted", "data-value": answer.predicted },
          `a step of ${answer.step} along Jᵀy should change g(w) · y by ${formatValue(answer.predicted)}`,
        ),
        html(
          "span",
          { "data-cell": "measured", "data-value": answer.measured },
          `two pictures say ${formatValue(answer.measured)}`,
        ),
      );
    }
    words.replaceChildren(...cells);
  }

  function draw(which: keyof typeof pictures, { width, height, pixels }: PictureBytes, label: string) {
    pictures[which].draw({ kind: "picture", resolution: width, final: true, width, height, pixels }, label);
  }

  const frame = createFrame({
    ...options,
    settings: allOf(seed, sizes),
    body: html(
      "div",
      { class: "path-direction" },
      html("div", { class: "path-controls" }, latents.element, seed.element),
      html("div", { class: "toolbar" }, sizes.element),
      html(
        "div",
        { class: "compare-panels" },
        panel("a random direction y", "direction", "pl-direction"),
        panel("the picture g(w)", "picture", "pl-picture"),
        panel("its answer, J Jᵀy", "response", "pl-response"),
      ),
      linkPart(chart.element, "pl-product"),
      words,
    ),
    canvas: () => pictures.response.canvas,
    onModel(next) {
      model = next;
      latents.setModel(next);
    },
    passes: () => [
      {
        experiment: store.value,
        wants: [{ kind: "pathLength", resolution: sizes.of(model), directions: [seed.value], answer: true }],
        show(view) {
          if (view.kind === "pathLength") show(view);
        },
      },
    ],
  });
  return frame.element;
}
