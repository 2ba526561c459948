import { html } from "../../lib/figure/dom.js";
import { linkPart } from "../link.js";

/** What a canvas shows: RGBA bytes. */
export interface Shown {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * A picture with a heading and, where it has a weight in a sum, a bar that shows it. Pictures below 256 pixels keep
 * their square pixels.
 */
export function picturePanel(options: { readonly label: string; readonly link?: string }) {
  const canvas = html("canvas", {
    class: "picture-canvas",
    width: 1,
    height: 1,
    role: "img",
    "aria-label": options.label,
  });
  const heading = html("h4", {}, options.label);
  const bar = html("span", { class: "lod-bar", hidden: true, "aria-hidden": "true" });
  const element = html(
    "div",
    { class: "compare-panel lod-panel" },
    heading,
    html("div", { class: "picture" }, canvas),
    bar,
  );
  if (options.link) linkPart(element, options.link);
  return {
    element,
    canvas,
    /** @param label what the picture is, for the heading and its text alternative */
    update(picture: Shown | null, label: string, weight: number | null = null) {
      heading.textContent = label;
      bar.hidden = weight === null;
      element.classList.toggle("is-absent", picture === null);
      if (weight !== null) {
        bar.style.setProperty("--weight", String(weight));
        element.dataset.weight = weight.toFixed(4);
      }
      canvas.setAttribute(
        "aria-label",
        picture ? `${label}, ${picture.width} × ${picture.height} pixels` : label,
      );
      if (!picture) return;
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.classList.toggle("is-pixelated", picture.width < 256);
      canvas
        .getContext("2d")!
        .putImageData(new ImageData(picture.pixels, picture.width, picture.height), 0, 0);
    },
  };
}

/** A root mean square in a picture's units, -1 .. 1, as grey levels of 255. */
export function greyLevels(rms: number): number {
  return rms * 127.5;
}
