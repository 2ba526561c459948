import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { integerControl, segmentedControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createPicture } from "../../lib/figure/picture.js";
import { latentOfSeed } from "../../lib/experiment/seedLattice.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import type { Pass } from "../runner.js";
import { createChannelChart, createSeedChart } from "./adain-style-charts.js";
import { extremeSeeds, spreadOfChannels, type StyleSample } from "./adain-style-samples.js";

const SHOWN = 8; // pictures
const PICTURE = 128; // pixels: the pass for one stops at this resolution

/**
 * What a layer's affine map A gives for many seeds: each channel's mean style, and one channel's style seed by
 * seed. Picked seeds show their pictures.
 *
 *     display(stylesFigure({ engine, store, id: "affine", title: "...", layer: "layer5", seeds: 200 }));
 */
export function stylesFigure(
  options: FigureOptions & {
    readonly layer: string;
    readonly seeds: number;
    /** Nodes below the charts. */
    readonly extra?: readonly Node[];
  },
): HTMLElement {
  const { store } = options;
  const base = { layer: options.layer, channel: 0 };
  let model: ModelReport | null = null;
  let picked: readonly number[] = [];
  let views: (Extract<View, { kind: "styles" }> | undefined)[] = [];
  const pictures = new Map<number, ReturnType<typeof createPicture>>();

  const layer = () => layerIn(model, store.value.look.tap) ?? layerIn(model, base.layer) ?? base.layer;
  const channels = () => model?.layers.find(({ name }) => name === layer())?.channels ?? 1;
  const channel = () => Math.min(store.value.look.channel ?? base.channel, channels() - 1);

  const layers = layerSelect({
    label: "layer",
    base: base.layer,
    onInput: (tap) => {
      picked = [];
      store.patch({ look: { tap, channel: null } });
    },
  });
  const channelControl = integerControl({
    label: "channel",
    min: 0,
    max: 511,
    base: base.channel,
    onInput: (value) => choose(Math.min(value, channels() - 1)),
  });
  const ends = segmentedControl({
    label: "pick seeds",
    choices: [
      { value: "low", label: "smallest scale" },
      { value: "high", label: "largest scale" },
      { value: "none", label: "none" },
    ],
    value: "none" as "low" | "high" | "none",
    onInput: (end) => pick(end === "none" ? [] : extremeSeeds(samples(), channel(), end, SHOWN / 2)),
  });
  const channelChart = createChannelChart(choose);
  const seedChart = createSeedChart((seeds) => pick(seeds));
  const summary = html("p", { class: "readout" }, "\u00a0");
  const gallery = html("div", { class: "style-gallery" });
  const panel = (title: string, chart: HTMLElement) =>
    html("div", { class: "panel" }, html("h4", {}, title), chart);

  function choose(next: number) {
    store.patch({ look: { tap: layer(), channel: next } });
  }

  function pick(seeds: readonly number[]) {
    picked = seeds.slice(0, SHOWN);
    ends.set("none");
    draw();
    frame.request();
  }

  function samples(): StyleSample[] {
    return views.flatMap((view, seed) => {
      const styles = view?.layers[layer()];
      return styles?.shift ? [{ seed, scale: styles.scale, shift: styles.shift }] : [];
    });
  }

  let frameOfDraw = 0;
  /** 200 views come one by one: they are drawn together, once a frame. */
  function draw() {
    if (!frameOfDraw) frameOfDraw = requestAnimationFrame(() => ((frameOfDraw = 0), drawNow()));
  }

  function drawNow() {
    const all = samples();
    layers.set(layer());
    if (document.activeElement !== channelControl.input) channelControl.set(channel());
    const spreads = spreadOfChannels(all);
    channelChart.update(spreads, channel());
    seedChart.update(all, channel(), picked);
    const spread = spreads[channel()];
    if (spread)
      summary.textContent =
        `${layer()}, channel ${channel()}, ${all.length} seeds: ` +
        `scale ${formatValue(spread.scale.mean)} ± ${formatValue(spread.scale.std)}, ` +
        `shift ${formatValue(spread.shift.mean)} ± ${formatValue(spread.shift.std)}`;
    gallery.replaceChildren(
      ...picked.map((seed) =>
        html("figure", {}, pictureOf(seed).element, html("figcaption", {}, `seed ${seed}`)),
      ),
    );
  }

  function pictureOf(seed: number) {
    let picture = pictures.get(seed);
    if (!picture) pictures.set(seed, (picture = createPicture(`picture of seed ${seed}`)));
    return picture;
  }

  const frame = createFrame({
    ...options,
    body: html(
      "div",
      { class: "styles-figure" },
      html("div", { class: "toolbar" }, layers.element, channelControl.element, ends.element),
      html(
        "div",
        { class: "moments-panels" },
        panel(`each channel, mean over ${options.seeds} seeds`, channelChart.element),
        panel("the chosen channel, seed by seed", seedChart.element),
      ),
      summary,
      gallery,
      ...(options.extra ?? []),
    ),
    onModel(next) {
      model = next;
      views = [];
      pictures.clear();
      layers.setLayers(next.layers.filter(({ role }) => role === "layer"));
      draw();
    },
    passes(next) {
      const names = next.layers.filter(({ role }) => role === "layer").map(({ name }) => name);
      const of = (seed: number) => ({ ...store.value, latent: latentOfSeed(seed) });
      const styles: Pass[] = Array.from({ length: options.seeds }, (_, seed) => ({
        experiment: of(seed),
        wants: [{ kind: "styles", layers: names }],
        show(view) {
          if (view.kind === "styles") views[seed] = view;
          draw();
        },
      }));
      const shown: Pass[] = picked.map((seed) => ({
        experiment: of(seed),
        wants: [{ kind: "picture", resolution: Math.min(PICTURE, next.resolution) }],
        show: (view) => view.kind === "picture" && pictureOf(seed).draw(view),
      }));
      return [...styles, ...shown];
    },
  });
  store.subscribe(draw);
  return frame.element;
}

function layerIn(model: ModelReport | null, tap: string | null): string | null {
  return model?.layers.find(({ name, role }) => name === tap && role === "layer")?.name ?? null;
}
