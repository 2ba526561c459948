import { html } from "../lib/figure/dom.js";

export interface ChapterEntry {
  readonly name: string;
  readonly path: string;
  readonly lead: string;
  readonly network: string;
  /** What to read first. */
  readonly needs: string;
  readonly figures: number;
  readonly minutes: number;
}

/** The chapters of the book, with what they need and how long they take. `root` leads to the site's root. */
export function contentsTable(chapters: readonly ChapterEntry[], root = "."): HTMLElement {
  return html(
    "ol",
    { class: "contents" },
    ...chapters.map(({ name, path, lead, network, needs, figures, minutes }) =>
      html(
        "li",
        {},
        html("a", { href: `${root}${path}` }, name),
        html("span", {}, lead),
        html(
          "small",
          {},
          [
            network,
            `${figures} figures`,
            `about ${minutes} minutes`,
            needs ? `after: ${needs}` : "nothing to read first",
          ]
            .filter(Boolean)
            .join(" · "),
        ),
      ),
    ),
  );
}
