import type { ModelReport, View } from "../../lib/engine/protocol.js";
import { integerControl, segmentedControl } from "../../lib/figure/controls.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { layerSelect } from "../../lib/figure/layer-select.js";
import { createPicture } from "../../lib/figure/picture.js";
import { latentOfSeed } from "../../lib/experiment/seedLattice.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { allOf, type KeptSetting } from "../own-setting.js";
import type { Pass } from "../runner.js";
import { createChannelChart, createSeedChart } from "./adain-style-charts.js";
import { extremeSeeds, seedsIn, spreadOfChannels, type StyleSample } from "./adain-style-samples.js";

const SHOWN = 8; // pictures
const PICTURE = 128; // pixels: the pass for one stops at this resolution

/** Seeds of one end of the chosen channel's scales, none, or those that the reader picked. */
type Picks = "low" | "high" | "none" | "hand";

/**
 * What a layer's affine map A gives for many seeds: each channel's mean style, and one channel's style seed by
 * seed. Picked seeds show their pictures; those with the smallest or the largest scale follow the chosen channel.
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
  let picks: Picks = "none";
  let picked: readonly number[] = [];
  let views: (Extract<View, { kind: "styles" }> | undefined)[] = [];
  const pictures = new Map<number, ReturnType<typeof createPicture>>();

  const layer = () => layerIn(model, store.value.look.tap) ?? layerIn(model, base.layer) ?? base.layer;
  const channels = () => model?.layers.find(({ name }) => name === layer())?.channels ?? 1;
  const channel = () => Math.min(store.value.look.channel ?? base.channel, channels() - 1);

  const layers = layerSelect({
    label: "layer",
    base: base.layer,
    onInput: (tap) => store.patch({ look: { tap, channel: null } }),
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
    value: picks,
    onInput: (next) => pick(next),
  });
  const kept: KeptSetting = {
    key: "picked",
    changed: () => picks !== "none",
    reset() {
      [picks, picked] = ["none", []];
      draw();
    },
    text: () => (picks === "hand" ? picked.join() : picks),
    take(text) {
      const seeds = seedsIn(text, options.seeds, SHOWN);
      if (seeds) pick("hand", seeds);
      else if (text === "low" || text === "high") pick(text);
      else return false;
      return true;
    },
  };
  const channelChart = createChannelChart(choose);
  // of more than there is room for, the last ones: what was picked just now is shown
  const seedChart = createSeedChart((seeds) => pick(seeds.length > 0 ? "hand" : "none", seeds.slice(-SHOWN)));
  const summary = html("p", { class: "readout" }, "\u00a0");
  const gallery = html("div", { class: "style-gallery" });
  const panel = (title: string, chart: HTMLElement) =>
    html("div", { class: "panel" }, html("h4", {}, title), chart);

  function choose(next: number) {
    store.patch({ look: { tap: layer(), channel: next } });
  }

  function pick(next: Picks, seeds: readonly number[] = []) {
    picks = next;
    picked = seeds;
    follow();
    draw();
    frame.request();
  }

  /** Picks the channel's extreme seeds anew, once the styles of all seeds are there; tells whether they changed. */
  function follow(): boolean {
    if (picks !== "low" && picks !== "high") return false;
    const all = samples();
    if (all.length < options.seeds) return false;
    const before = picked.join();
    picked = extremeSeeds(all, channel(), picks, SHOWN / 2);
    return picked.join() !== before;
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
    ends.set(picks === "hand" ? "none" : picks);
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

  // before the frame, which asks for the pictures of what is picked by then
  store.subscribe(() => {
    follow();
    draw();
  });
  const frame = createFrame({
    ...options,
    settings: allOf(kept),
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
          if (seed === options.seeds - 1 && follow()) frame.request();
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
  return frame.element;
}

function layerIn(model: ModelReport | null, tap: string | null): string | null {
  return model?.layers.find(({ name, role }) => name === tap && role === "layer")?.name ?? null;
}
