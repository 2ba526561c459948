import type { ModelReport, Want } from "../lib/engine/protocol.js";
import { createAtlas } from "../lib/figure/atlas.js";
import { createChannelView } from "../lib/figure/channel-view.js";
import { createDiagram } from "../lib/figure/diagram.js";
import { html } from "../lib/figure/dom.js";
import { layerSelect } from "../lib/figure/layer-select.js";
import { createFrame, type FigureOptions } from "./figure-frame.js";

const THUMBNAIL = 48; // pixels, about one cell of the atlas on a screen of usual density

/**
 * All channels of a layer; one of them opens large. The layer and the channel are the experiment's `look`.
 *
 *     display(atlasFigure({ engine, store, id: "maps", title: "Feature maps", tap: "layer7" }));
 *
 * `tap`: where to look when the experiment says nothing (default: the first layer of 64 x 64 or more).
 * `layers`: `(layer) => boolean`, which layers can be chosen. `diagram`: draw the network as the chooser too.
 */
export function atlasFigure(
  options: FigureOptions & {
    readonly tap?: string;
    readonly layers?: (layer: ModelReport["layers"][number]) => boolean;
    readonly diagram?: boolean;
  },
): HTMLElement {
  const { store } = options;
  const choose = (tap: string) => store.patch({ look: { tap, channel: null } });
  const select = layerSelect({ label: "layer", onInput: choose });
  const diagram = options.diagram ? createDiagram({ onSelect: choose }) : null;
  const open = (channel: number | null) => store.patch({ look: { tap: tapNow(), channel } });
  const atlas = createAtlas({ onOpen: open });
  const channel = createChannelView({
    onClose: () => {
      open(null);
      atlas.element.querySelector<HTMLElement>(".atlas-scroller")?.focus();
    },
    onStep: (by) => {
      const { channel: at } = store.value.look;
      if (at !== null && channels > 0) open((at + by + channels) % channels);
    },
  });
  channel.element.hidden = true;
  let model: ModelReport | null = null;
  let channels = 0;

  function tapNow(): string {
    const wanted = store.value.look.tap;
    if (!model) return wanted ?? options.tap ?? "";
    const names = new Set(model.layers.map((layer) => layer.name));
    if (wanted !== null) return wanted; // the engine has the sentence for a tap that does not exist
    if (options.tap && names.has(options.tap)) return options.tap;
    const layers = model.layers.filter((layer) => layer.role === "layer");
    return (layers.find((layer) => layer.resolution >= 64) ?? layers[layers.length - 1])!.name;
  }

  function sync() {
    if (!model) return;
    select.set(tapNow());
    diagram?.update(model.layers, tapNow());
    atlas.select(store.value.look.channel);
    channel.element.hidden = store.value.look.channel === null;
  }
  store.subscribe(sync);

  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "atlas-figure" },
      diagram?.element,
      select.element,
      atlas.element,
      channel.element,
    ),
    onModel(next) {
      model = next;
      select.setLayers(next.layers.filter(options.layers ?? (() => true)));
      sync();
    },
    passes() {
      const tap = tapNow();
      const { channel: opened } = store.value.look;
      const side = model?.layers.find((layer) => layer.name === tap)?.resolution ?? THUMBNAIL;
      const wants: Want[] = [{ kind: "atlas", tap, size: thumbnailSide(side) }];
      if (opened !== null) wants.push({ kind: "channel", tap, channel: opened });
      return [
        {
          experiment: store.value,
          wants,
          show: (view) => {
            if (view.kind === "atlas") {
              channels = view.shape[2];
              atlas.update(view, store.value.look.channel);
            } else if (view.kind === "channel") channel.update(view);
          },
        },
      ];
    },
  }).element;
}

/** The side of a thumbnail: the map's own while it is small, else a divisor of it near THUMBNAIL. */
export function thumbnailSide(side: number): number {
  let size = side;
  while (size > 1.5 * THUMBNAIL && size % 2 === 0) size /= 2;
  return Math.min(size, 2 * THUMBNAIL);
}
