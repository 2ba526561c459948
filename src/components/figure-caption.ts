import { html } from "../lib/figure/dom.js";
import { unbroken } from "../lib/figure/unbroken.js";

/** A figure's caption, after its number in the book, where it has one. */
export function figureCaption(number: string | undefined, caption: string | Node = ""): HTMLElement {
  return html(
    "figcaption",
    {},
    number ? html("b", {}, unbroken(`Figure ${number}. `)) : null,
    typeof caption === "string" ? unbroken(caption) : caption,
  );
}
