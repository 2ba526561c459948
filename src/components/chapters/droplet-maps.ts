import type { DropletView } from "../../lib/engine/dropletView.js";
import type { ModelReport, View } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";
import { integerControl, sliderControl } from "../../lib/figure/controls.js";
import { sequentialScale } from "../../lib/figure/colour.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { createNormalisedMap, normalised } from "../../lib/figure/normalised-map.js";
import { paint } from "../../lib/figure/paint.js";
import { createPicture } from "../../lib/figure/picture.js";
import { SPIKE_SCORE } from "../../lib/measure/spikeStart.js";
import { latentOfSeed } from "../../lib/experiment/seedLattice.js";
import { describeLatent } from "../../lib/figure/seed-plane.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { linkPart } from "../link.js";
import { allOf, choiceSetting, ownSetting } from "../own-setting.js";
import { passKey } from "../runner.js";
import { spike, styledLayers, untouched } from "./droplet-experiments.js";

type ChannelView = Extract<View, { kind: "channel" }>;
type Second = "far" | "spike";
type Show = "channel" | "all";

const SMALLEST = 16;
/** Side of the maps of all channels. */
const SIZE = 256;
/** Standard deviations at which the colours of such a map end. */
const MOST = 6;

/** The second layer of each resolution: the one that the resolution's picture is read from. */
export function lastLayers(model: Pick<ModelReport, "layers">): ModelReport["layers"] {
  const layers = styledLayers(model).filter(({ resolution }) => resolution >= SMALLEST);
  return layers.filter((layer, i) => layers[i + 1]?.resolution !== layer.resolution);
}

/**
 * Feature maps through the resolutions, each normalised to the viewable range, for a picture that succeeded and below
 * it for one that failed: after figure 15 of the StyleGAN2 paper.
 *
 *     display(mapsFigure({ engine, store, id: "maps", title: "..." }));
 */
export function mapsFigure(options: FigureOptions & { readonly failing: number }): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  const again = () => {
    far.hidden = second.value !== "far";
    channel.element.hidden = show.value !== "channel";
    for (const row of rows) row.draw();
    name();
    frame.request();
  };
  const latents = latentControls(store, ["seed", "psi"]);
  const second = choiceSetting<Second>({
    key: "lower",
    label: "show",
    choices: [
      { value: "far", label: "a picture far from the mean" },
      { value: "spike", label: "the upper picture, a spike painted in" },
    ],
    base: "far",
    then: again,
  });
  const whole = (key: string, label: string, base: number, max: number) =>
    ownSetting<number>(key, base, (onInput) => integerControl({ label, min: 0, max, base, onInput }), again);
  const seed = whole("seed", "its seed", options.failing, 9999);
  const psi = ownSetting<number>(
    "psi",
    2,
    (onInput) => sliderControl({ label: "its truncation ψ", min: -1, max: 2, step: 0.05, base: 2, onInput }),
    again,
  );
  const far = html("div", { class: "controls" }, seed.element, psi.element);
  const show = choiceSetting<Show>({
    key: "show",
    label: "each map",
    choices: [
      { value: "channel", label: "one channel" },
      { value: "all", label: "all channels, root mean square" },
    ],
    base: "channel",
    then: again,
  });
  const channel = whole("channel", "channel (of as many as a layer has)", 0, 511);
  const own = allOf(second, seed, psi, show, channel);
  const rows = [createRow("above", () => show.value), createRow("below", () => show.value)];
  const grid = linkPart(
    html("div", { class: "maps-rows" }, ...rows.map(({ element }) => element)),
    "droplet-deviation",
  );

  const experimentOf = (row: number): Experiment => {
    const plain = untouched(store.value);
    if (row === 0) return plain;
    if (second.value === "far") return { ...plain, latent: latentOfSeed(seed.value), psi: psi.value };
    const layer = model && lastLayers(model).find(({ resolution }) => resolution === 64);
    return { ...plain, interventions: layer ? [spike(layer.name, 300, [0.2, 0.2])] : [] };
  };
  const channelOf = (layer: ModelReport["layers"][number]) => channel.value % layer.channels;

  function name() {
    const above = `${describeLatent(store.value.latent)}, ψ ${Number(store.value.psi.toFixed(2))}`;
    rows[0]!.name(above);
    rows[1]!.name(
      second.value === "far"
        ? `seed ${seed.value}, ψ ${Number(psi.value.toFixed(2))}`
        : `${above}, with a spike painted in at 64 × 64`,
    );
  }

  const frame = createFrame({
    ...options,
    settings: { ...own, reset: () => (own.reset(), again()) },
    body: html(
      "div",
      { class: "maps" },
      html("div", { class: "toolbar" }, show.element, channel.element),
      grid,
      html(
        "div",
        { class: "maps-controls" },
        html("div", {}, html("h5", {}, "The upper row"), latents.element),
        html("div", {}, html("h5", {}, "The lower row"), second.element, far),
      ),
    ),
    onModel(next) {
      model = next;
      latents.setModel(next);
      rows.forEach((row) => row.setLayers(lastLayers(next)));
      name();
    },
    passes: () =>
      rows.map((row, index) => {
        const experiment = experimentOf(index);
        const key = passKey(experiment);
        const layers = model ? lastLayers(model) : [];
        return {
          experiment,
          wants: [
            ...layers.map((layer) => ({ kind: "droplet", tap: layer.name, size: SIZE }) as const),
            ...(show.value === "channel"
              ? layers.map(
                  (layer) => ({ kind: "channel", tap: layer.name, channel: channelOf(layer) }) as const,
                )
              : []),
            { kind: "picture" },
          ],
          show(view) {
            if (passKey(experimentOf(index)) !== key) return;
            if (view.kind === "picture") row.picture(view);
            else if (view.kind === "droplet") row.score(view);
            else if (view.kind === "channel") row.channel(view);
          },
        };
      }),
  });
  name();
  store.subscribe(name);
  return frame.element;
}

/** One picture's maps, small to large, and the picture. */
function createRow(id: string, mode: () => Show) {
  const title = html("h4", {});
  const cells = html("ol", { class: "maps-cells" });
  const picture = createPicture("picture");
  const byTap = new Map<string, ReturnType<typeof createCell>>();
  const element = html("section", { class: "maps-row", "data-row": id }, title, cells);
  return {
    element,
    name(text: string) {
      title.textContent = text;
      element.setAttribute("aria-label", text);
    },
    setLayers(layers: ModelReport["layers"]) {
      byTap.clear();
      const items = layers.map((layer) => {
        const cell = createCell(`${layer.resolution} × ${layer.resolution}`, layer.name, mode);
        byTap.set(layer.name, cell);
        return cell.element;
      });
      cells.replaceChildren(
        ...items,
        html(
          "li",
          { class: "maps-cell" },
          picture.element,
          html("p", {}, "the picture"),
          html("p", {}, "\u00a0"),
        ),
      );
    },
    picture: (view: Extract<View, { kind: "picture" }>) =>
      picture.draw(view, `picture, ${title.textContent}`),
    score: (view: DropletView) => byTap.get(view.tap)?.score(view),
    draw: () => byTap.forEach((cell) => cell.draw()),
    channel: (view: ChannelView) => byTap.get(view.tap)?.channel(view),
  };
}

function createCell(title: string, tap: string, mode: () => Show) {
  let one: ChannelView | null = null;
  let all: DropletView["map"] = null;
  const map = createNormalisedMap(`${tap}, ${title}`);
  const ring = html("span", { class: "maps-ring", "aria-hidden": "true", hidden: true });
  const score = html("b", { "data-cell": "score", "data-tap": tap }, "…");
  const element = html(
    "li",
    { class: "maps-cell", "data-tap": tap },
    html("div", { class: "maps-frame" }, map.element, ring),
    html("p", {}, title),
    html("p", {}, "score ", score),
  );

  /** Draws what is there for what the reader wants to see. */
  function draw() {
    const canvas = map.element;
    if (mode() === "channel") {
      if (!one) return;
      const { values, width, height, statistics, channel } = one;
      const { mean, std, peak } = statistics;
      const words = `channel ${channel} normalised, peak ${formatValue(peak)} standard deviations`;
      map.update(normalised(values, mean, std), width, height, words);
    } else if (all) {
      const { values, width, height } = all;
      canvas.width = width;
      canvas.height = height;
      const image = new ImageData(width, height);
      paint(values, sequentialScale(MOST), image.data);
      canvas.getContext("2d")!.putImageData(image, 0, 0);
      canvas.setAttribute("aria-label", `${tap}, all channels: root mean square deviation`);
    }
  }

  return {
    element,
    score(view: DropletView) {
      all = view.map;
      score.textContent = formatValue(view.score);
      score.dataset.value = String(view.score);
      ring.hidden = view.score < SPIKE_SCORE; // elsewhere it would mark nothing
      ring.style.left = `${100 * view.place[0]}%`;
      ring.style.top = `${100 * view.place[1]}%`;
      if (mode() === "all") draw();
    },
    channel(view: ChannelView) {
      one = view;
      draw();
    },
    draw,
  };
}
