import hljs from "highlight.js/lib/core";
import typescript from "highlight.js/lib/languages/typescript";
import { html } from "../lib/figure/dom.js";
import { figureCaption } from "./figure-caption.js";
import { linkTerms } from "./link.js";
import { describeLines, linksByLine, matchLines, type LineMatch } from "./source-lines.js";

hljs.registerLanguage("typescript", typescript);

/** A term of an equation, and the lines of the source that compute it. */
export interface Term {
  /** The `data-link` id; the same as in the equation and in figures. Unique on the page. */
  readonly id: string;
  readonly label: string | Node;
  readonly lines: LineMatch;
}

export interface Excerpt {
  readonly from: string;
  readonly to?: string;
  readonly blocks?: number;
}

/**
 * The source that runs, beside its equation or figure; pointing at a term lights its lines, and the reverse.
 *
 *     const source = await FileAttachment("../lib/ops/adain.ts").text();
 *     display(sourceFigure({
 *       id: "adain-source", title: "AdaIN as it runs", path: "lib/ops/adain.ts", source,
 *       excerpt: { from: "export function", to: "\n}" },   // optional; the rest can be unfolded
 *       terms: [{ id: "adain-mean", label: "μ(xᵢ)", lines: "tf.moments" }],
 *       beside: html`<div>...</div>`,                      // optional
 *     }));
 *
 * @throws {RangeError} when a term's lines are not in the source any more
 */
export function sourceFigure(options: {
  readonly id: string;
  readonly title: string;
  readonly path: string;
  readonly source: string;
  readonly terms?: readonly Term[];
  /**
   * From the first line with one text to the end of the block that it opens, or of a later one (`blocks`: how many
   * end), or to a line with another text.
   */
  readonly excerpt?: Excerpt;
  readonly beside?: Node;
  readonly caption?: string | Node;
  readonly number?: string;
}): HTMLElement {
  const { id, path, terms = [] } = options;
  const source = options.source.replace(/\n+$/, "");
  const matched = terms.map((term) => ({ ...term, lines: matchLines(source, term.lines, path) }));
  const links = linksByLine(matched);
  const sourceLines = source.split("\n");
  const all = highlightLines(source);
  const [first, last] = excerptLines(source, options.excerpt, path);
  const rows = all.map((nodes, i) => {
    const ids = links.get(i + 1)?.join(" ");
    const number = html("span", { class: "line-number", "aria-hidden": "true" }, String(i + 1));
    const outside = i + 1 < first || i + 1 > last;
    // a line that does not fit goes on below, further in than it began
    const style = `--indent: ${/^ */.exec(sourceLines[i]!)![0].length}`;
    return html(
      "span",
      { class: "line", "data-link": ids, hidden: outside, style },
      number,
      html("span", {}, ...nodes, "\n"),
    );
  });
  const code = html(
    "pre",
    { class: "source-code", tabindex: 0, "aria-label": `source of ${path}` },
    html("code", {}, ...rows),
  );
  const folded = rows.filter((row) => row.hidden);
  const unfold = html(
    "button",
    { type: "button", class: "plain", "aria-expanded": "false" },
    `Show the whole file, ${rows.length} lines`,
  );
  unfold.addEventListener("click", () => {
    const open = unfold.getAttribute("aria-expanded") === "false";
    for (const row of folded) row.hidden = !open;
    unfold.setAttribute("aria-expanded", String(open));
    unfold.textContent = open ? "Show the excerpt" : `Show the whole file, ${rows.length} lines`;
  });
  const list = html(
    "ul",
    { class: "terms", "aria-label": "terms of the equation" },
    ...matched.map(({ id: link, label, lines }) =>
      html(
        "li",
        {},
        html(
          "button",
          { type: "button", class: "chip", "data-link": link },
          label,
          html("small", {}, `line ${describeLines(lines)}`),
        ),
      ),
    ),
  );
  linkTerms();
  return html(
    "figure",
    { class: "book-figure source-figure", id, "aria-labelledby": `${id}-title` },
    html(
      "header",
      {},
      html("h3", { id: `${id}-title` }, options.title),
      html(
        "div",
        { class: "figure-actions" },
        html("code", { class: "source-path" }, path),
        folded.length > 0 && unfold,
      ),
    ),
    terms.length > 0 && list,
    html("div", { class: options.beside ? "source-split" : "source-whole" }, code, options.beside),
    figureCaption(options.number, options.caption),
  );
}

/** Coloured source, line by line. */
function highlightLines(source: string): Node[][] {
  // highlight.js escapes the source; parsed as a document of its own, nothing in it could run either.
  const { value } = hljs.highlight(source, { language: "typescript" });
  const lines: Node[][] = [[]];
  const walk = (node: Node, classes: string) => {
    if (node instanceof Element)
      return node.childNodes.forEach((child) => walk(child, node.className || classes));
    (node.textContent ?? "").split("\n").forEach((text, i) => {
      if (i > 0) lines.push([]);
      if (text !== "")
        lines[lines.length - 1]!.push(
          classes ? html("span", { class: classes }, text) : document.createTextNode(text),
        );
    });
  };
  const parsed = new DOMParser().parseFromString(`<pre>\n${value}</pre>`, "text/html");
  parsed.querySelector("pre")!.childNodes.forEach((child) => walk(child, ""));
  return lines;
}

function excerptLines(source: string, excerpt: Excerpt | undefined, path: string): [number, number] {
  const count = source.split("\n").length;
  if (!excerpt) return [1, count];
  const first = matchLines(source, excerpt.from, path)[0]!;
  const lines = source.split("\n");
  const closes = (line: string) =>
    excerpt.to === undefined ? line.startsWith("}") : line.includes(excerpt.to);
  const ends = lines.flatMap((line, i) => (i >= first && closes(line) ? [i + 1] : []));
  return [first, ends[(excerpt.blocks ?? 1) - 1] ?? count];
}
