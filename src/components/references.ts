import { html } from "../lib/figure/dom.js";

export interface Reference {
  /** Key under which prose links to it: `[Karras et al. 2019](#ref-karras2019)`. */
  readonly key: string;
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  readonly venue: string;
  /** Sections, equations and figures that the chapter uses. */
  readonly parts?: string;
  readonly href?: string;
}

/**
 * The list of references of a chapter.
 *
 *     display(references([{ key: "karras2019", authors: "T. Karras, S. Laine, T. Aila", year: 2019,
 *       title: "A Style-Based Generator Architecture for Generative Adversarial Networks", venue: "CVPR",
 *       parts: "section 2, equation 1" }]));
 */
export function references(list: readonly Reference[]): HTMLElement {
  return html(
    "ol",
    { class: "references" },
    ...list.map(({ key, authors, year, title, venue, parts, href }) =>
      html(
        "li",
        { id: `ref-${key}` },
        `${authors} (${year}). `,
        href ? html("a", { href, rel: "noopener" }, title) : html("cite", {}, title),
        `. ${venue}.`,
        parts ? html("span", { class: "reference-parts" }, ` Here: ${parts}.`) : null,
      ),
    ),
  );
}
