import type { ModelReport } from "../../lib/engine/protocol.js";
import { html } from "../../lib/figure/dom.js";
import { blendWeights } from "../../lib/training/blendWeights.js";
import { linkPart } from "../link.js";

/** How the chapter writes a resolution. */
export function sizeName(resolution: number): string {
  return `${resolution} × ${resolution}`;
}

/** The resolutions of a model's pictures, lowest first. */
export function resolutionsOf({ resolution }: Pick<ModelReport, "resolution">): number[] {
  return Array.from({ length: Math.log2(resolution) - 1 }, (_, i) => 4 * 2 ** i);
}

/** Multiply-adds of the convolutions up to a resolution: what a picture costs before the RGB is read off. */
export function costUpTo({ layers }: Pick<ModelReport, "layers">, resolution: number): number {
  return layers
    .filter((layer) => layer.role === "layer" && layer.resolution <= resolution)
    .reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
}

/** A level of detail in words: which pictures it is made of. */
export function describeLod(lod: number, resolution: number): string {
  const parts = blendWeights(lod, resolution)
    .filter(({ weight }) => weight > 0)
    .reverse()
    .map(({ resolution: side, weight }) =>
      weight === 1 ? sizeName(side) : `${weight.toFixed(2)} · ${sizeName(side)}`,
    );
  return parts.join(" + ");
}

/**
 * The resolutions of a progressive generator as a row of buttons: each shows the weight of its RGB in the picture and
 * whether its layers run; pressing one goes to its whole level of detail.
 */
export function levelStrip(options: { readonly onLevel: (lod: number) => void }) {
  const element = html("div", { class: "lod-strip", role: "group", "aria-label": "resolutions" });
  let buttons: HTMLButtonElement[] = [];
  let built = 0;

  function build(resolution: number) {
    built = resolution;
    buttons = blendWeights(0, resolution).map(({ resolution: side, level }) => {
      const button = html(
        "button",
        { type: "button", class: "lod-level", onclick: () => options.onLevel(level) },
        html("span", { class: "lod-weight", "aria-hidden": "true" }, html("span", {})),
        html("span", { class: "lod-side" }, String(side)),
      );
      return linkPart(button, "lod-runs");
    });
    element.replaceChildren(...buttons);
  }

  return {
    element,
    update(lod: number, resolution: number) {
      if (built !== resolution) build(resolution);
      blendWeights(lod, resolution).forEach(({ resolution: side, weight, runs }, i) => {
        const button = buttons[i]!;
        const state = runs ? `weight ${weight.toFixed(2)}` : "does not run";
        button.setAttribute("aria-label", `${sizeName(side)}: ${state}`);
        button.title = `${sizeName(side)}: ${state}`;
        button.classList.toggle("is-running", runs);
        // shown by the stylesheet: as text it would have to be a part of the button's name
        button.querySelector<HTMLElement>(".lod-weight > span")!.dataset.shown = runs
          ? String(Number(weight.toFixed(2)))
          : "";
        button.dataset.weight = weight.toFixed(4);
        button.style.setProperty("--weight", String(weight));
      });
    },
  };
}
