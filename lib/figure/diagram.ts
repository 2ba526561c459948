import type { LayerReport } from "../engine/protocol.js";
import { innerTaps, layerOf, layoutDiagram, rgbUnder } from "./diagram-layout.js";
import { html, onWidth, svg } from "./dom.js";
import { formatCount } from "./format.js";

/**
 * The network, drawn from the layers that a pass executes, never from a picture of it. Choosing a block (click,
 * or arrow keys and Enter) chooses its tap; a layer's inner taps appear as buttons below.
 *
 *     const diagram = createDiagram({ onSelect: (tap) => store.patch({ look: { tap, channel: null } }) });
 *     diagram.update(model.layers, "b64.conv0");
 */
export function createDiagram(options: { readonly onSelect: (tap: string) => void }) {
  let layers: readonly LayerReport[] = [];
  let selected: string | null = null;
  const drawing = svg("svg", {
    class: "diagram-drawing",
    role: "radiogroup",
    "aria-label": "layers of the network",
  });
  const inner = html("div", { class: "diagram-inner", role: "group", "aria-label": "taps inside the layer" });
  const words = html("p", { class: "readout" }, "\u00a0");
  const element = html("div", { class: "diagram" }, drawing, inner, words);

  function choose(tap: string) {
    selected = tap;
    options.onSelect(tap);
    redraw();
  }

  function draw(width: number) {
    if (layers.length === 0) return;
    // Drawing anew must not take the focus away from a reader who walks with the keyboard.
    const focused = [drawing, inner].find((part) => part.contains(document.activeElement));
    const { blocks, groups } = layoutDiagram(layers);
    const most = Math.max(90, Math.min(170, width * 0.2));
    const floor = most + 8;
    const height = floor + 46;
    const active = selected === null ? undefined : layerOf(layers, selected);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.setAttribute("width", String(width));
    drawing.setAttribute("height", String(height));
    const nodes: SVGElement[] = [];
    const choices: { layer: LayerReport; node: SVGElement }[] = [];
    const choice = (layer: LayerReport, shape: SVGElement) => {
      const node = svg(
        "g",
        {
          class: `block block-${layer.role}`,
          role: "radio",
          "aria-checked": String(layer === active),
          "aria-label": `${layer.name}, ${layer.resolution} by ${layer.resolution}, ${layer.channels} channels`,
          tabindex: layer === active || (!active && choices.length === 0) ? 0 : -1,
          onclick: () => choose(layer.name),
          onpointerenter: () => describe(layer),
          onpointerleave: () => describe(active),
        },
        shape,
        svg("title", {}, layer.name),
      );
      choices.push({ layer, node });
      return node;
    };
    for (const { layer, left, width: w, height: h } of blocks) {
      const tall = Math.max(10, h * most);
      nodes.push(
        choice(
          layer,
          svg("rect", {
            x: left * width,
            y: floor - tall,
            width: Math.max(2, w * width - 1.5),
            height: tall,
            rx: 1.5,
          }),
        ),
      );
    }
    for (const group of groups) {
      const centre = (group.left + group.width / 2) * width;
      const rgb = rgbUnder(layers, group.resolution);
      if (rgb) {
        nodes.push(svg("path", { class: "rgb-stem", d: `M${centre},${floor + 1}V${floor + 12}` }));
        nodes.push(choice(rgb, svg("circle", { cx: centre, cy: floor + 18, r: 5.5 })));
      }
      const text =
        width < 480 && group.resolution >= 1000 ? `${group.resolution / 1024}k` : String(group.resolution);
      nodes.push(
        svg("text", { class: "diagram-label", x: centre, y: height - 4, "text-anchor": "middle" }, text),
      );
    }
    drawing.replaceChildren(...nodes);
    drawing.onkeydown = (event) => {
      const by = ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 } as Record<string, number>)[
        event.key
      ];
      const at = choices.findIndex(({ node }) => node === event.target);
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (at >= 0) choose(choices[at]!.layer.name);
      }
      if (!by || at < 0) return;
      event.preventDefault();
      const next = choices[(at + by + choices.length) % choices.length]!;
      choose(next.layer.name);
    };
    const steps = active ? innerTaps(layers, active.name) : [];
    inner.replaceChildren(
      ...(active && steps.length > 0 ? [active, ...steps] : []).map((layer) =>
        html(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": String(layer.name === selected),
            onclick: () => choose(layer.name),
          },
          layer === active ? "output" : layer.name.slice(active!.name.length + 1),
        ),
      ),
    );
    focused?.querySelector<SVGElement | HTMLElement>('[aria-checked="true"], [aria-pressed="true"]')?.focus();
    describe(active);
  }

  function describe(layer: LayerReport | undefined) {
    words.textContent = layer
      ? `${layer.name}: ${layer.resolution} × ${layer.resolution} × ${layer.channels}, w[${layer.w}], ${formatCount(layer.multiplyAdds)} multiply-adds`
      : "choose a layer";
  }

  const redraw = onWidth(element, draw);
  return {
    element,
    update(nextLayers: readonly LayerReport[], tap: string | null) {
      layers = nextLayers;
      selected = tap;
      redraw();
    },
  };
}
