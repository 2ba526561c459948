import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { divergingScale, type ColourScale } from "../../lib/figure/colour.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createLegend } from "../../lib/figure/legend.js";
import { paint, robustMagnitude } from "../../lib/figure/paint.js";
import { onThemeChange, pageTheme } from "../../lib/figure/theme.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { layerOfLook, modulatedLayers } from "./demodulation-layers.js";

type AtlasView = Extract<View, { kind: "atlas" }>;

const LARGEST_SIDE = 64;
const DEVIATIONS = 3; // what the colour scale of normalised maps spans

/** The channels with the smallest (but not zero) and with the largest standard deviation. */
export function quietestAndLoudest(std: Float32Array): readonly [number, number] {
  let quiet = -1;
  let loud = 0;
  std.forEach((value, channel) => {
    if (value > std[loud]!) loud = channel;
    if (value > 0 && (quiet < 0 || value < std[quiet]!)) quiet = channel;
  });
  return [Math.max(quiet, 0), loud];
}

/** (x - mean) / std: what instance normalisation makes of a channel. */
export function normalised(values: Float32Array, mean: number, std: number): Float32Array {
  return values.map((value) => (value - mean) / std);
}

/**
 * What is lost: the quietest and the loudest channel that a layer's convolution gives, on one colour scale, and
 * both again after instance normalisation.
 *
 *     display(magnitudesFigure({ engine, store, id: "magnitudes", title: "...", layer: "b32.conv1" }));
 */
export function magnitudesFigure(options: FigureOptions & { readonly layer: string }): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let view: AtlasView | null = null;
  const small = (report: ModelReport) =>
    modulatedLayers(report).filter(({ resolution }) => resolution >= 8 && resolution <= LARGEST_SIDE);
  const layer = () => {
    const asked = layerOfLook(model, store.value.look.tap, options.layer);
    return !model || small(model).some(({ name }) => name === asked) ? asked : options.layer;
  };
  const select = layerSelect({
    label: "layer",
    base: options.layer,
    onInput: (tap) => store.patch({ look: { tap, channel: null } }),
  });
  const legends = { before: createLegend(), after: createLegend() };
  const cells = (["before", "after"] as const).map((stage) =>
    (["quiet", "loud"] as const).map((which) => createCell(stage, which)),
  );
  const words = html("p", { class: "readout", role: "status" }, "\u00a0");

  function draw() {
    if (!view) return;
    const { size, thumbnails, statistics } = view;
    const picked = quietestAndLoudest(statistics.std);
    const maps = picked.map((c) => thumbnails.subarray(c * size * size, (c + 1) * size * size));
    const theme = pageTheme();
    const scales = {
      before: divergingScale(robustMagnitude(maps[1]!), theme),
      after: divergingScale(DEVIATIONS, theme),
    };
    legends.before.update(scales.before, "as the convolution gives them");
    legends.after.update(scales.after, "after instance normalisation");
    picked.forEach((channel, column) => {
      const [mean, std] = [statistics.mean[channel]!, statistics.std[channel]!];
      cells[0]![column]!.draw(maps[column]!, size, scales.before, channel, std);
      cells[1]![column]!.draw(normalised(maps[column]!, mean, std), size, scales.after, channel, 1);
    });
    const ratio = statistics.std[picked[1]]! / statistics.std[picked[0]]!;
    words.replaceChildren(
      html("span", {}, view.tap),
      html(
        "span",
        { "data-cell": "ratio", "data-value": ratio },
        `the loudest channel is ${formatValue(ratio)} times as strong as the quietest; after normalisation, once`,
      ),
    );
  }
  onThemeChange(draw);

  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "magnitudes" },
      html("div", { class: "toolbar" }, select.element),
      html(
        "div",
        { class: "magnitudes-rows" },
        ...(["before", "after"] as const).map((stage, row) =>
          html(
            "div",
            { class: "magnitudes-row" },
            legends[stage].element,
            html("div", { class: "magnitudes-pair" }, ...cells[row]!.map(({ element }) => element)),
          ),
        ),
      ),
      words,
    ),
    onModel(next) {
      model = next;
      select.setLayers(small(next));
      select.set(layer());
    },
    passes() {
      select.set(layer());
      const size = model?.layers.find(({ name }) => name === layer())?.resolution ?? LARGEST_SIDE;
      return [
        {
          experiment: store.value,
          wants: [{ kind: "atlas", tap: `${layer()}.modulated`, size }],
          show(next) {
            if (next.kind !== "atlas") return;
            view = next;
            draw();
          },
        },
      ];
    },
  }).element;
}

function createCell(stage: "before" | "after", which: "quiet" | "loud") {
  const name = which === "quiet" ? "quietest" : "loudest";
  const canvas = html("canvas", {
    class: "channel-canvas",
    width: 1,
    height: 1,
    role: "img",
    "aria-label": `${name} channel, not run yet`,
  });
  const words = html("p", { class: "magnitudes-words" }, "\u00a0");
  return {
    element: html(
      "div",
      { class: "magnitudes-cell", "data-stage": stage, "data-which": which },
      canvas,
      words,
    ),
    draw(values: Float32Array, size: number, scale: ColourScale, channel: number, std: number) {
      canvas.width = size;
      canvas.height = size;
      const image = new ImageData(size, size);
      paint(values, scale, image.data);
      canvas.getContext("2d")!.putImageData(image, 0, 0);
      words.textContent = `${name}, channel ${channel}: std ${formatValue(std)}`;
      canvas.setAttribute("aria-label", `${words.textContent}, ${stage} instance normalisation`);
    },
  };
}
