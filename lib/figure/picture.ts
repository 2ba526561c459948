import type { View } from "../engine/protocol.js";
import { html } from "./dom.js";

export type PictureView = Extract<View, { kind: "picture" }>;

/**
 * A picture that sharpens: each coarse RGB fills the frame until the final picture comes.
 *
 *     const picture = createPicture("generated picture");
 *     picture.draw(view);
 */
export function createPicture(label: string) {
  const canvas = html("canvas", {
    class: "picture-canvas",
    width: 1,
    height: 1,
    role: "img",
    "aria-label": label,
  });
  const note = html("span", { class: "picture-note", hidden: true });
  const element = html("div", { class: "picture", "data-final": "false" }, canvas, note);
  let shown: PictureView | null = null;
  return {
    element,
    canvas,
    get view(): PictureView | null {
      return shown;
    },
    draw(view: PictureView, description = label) {
      shown = view;
      canvas.width = view.width;
      canvas.height = view.height;
      canvas.getContext("2d")!.putImageData(new ImageData(view.pixels, view.width, view.height), 0, 0);
      element.dataset.final = String(view.final);
      note.hidden = view.final;
      note.textContent = `preview, ${view.resolution} × ${view.resolution}`;
      canvas.setAttribute("aria-label", `${description}, ${view.width} × ${view.height} pixels`);
    },
  };
}

export type Picture = ReturnType<typeof createPicture>;
