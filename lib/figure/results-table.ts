import { html } from "./dom.js";
import { formatValue } from "./format.js";

export interface ResultsRow {
  /** Data attributes of the row, such as { "data-run": "on" }. */
  readonly data?: Readonly<Record<string, string>>;
  /** The first names the row. */
  readonly cells: readonly (string | Node)[];
}

/** A number in a table or a line of text, with its name and its unrounded value as data; "…" while it is not known. */
export function numberCell(name: string, value: number | null | undefined, text?: string): HTMLElement {
  const known = value !== null && value !== undefined && !Number.isNaN(value);
  return html(
    "span",
    { "data-cell": name, "data-value": known ? value : "" },
    known ? (text ?? formatValue(value)) : "…",
  );
}

/** A table of a figure's numbers that scrolls by itself where it is wider than the page. */
export function createResultsTable(options: {
  readonly label: string;
  readonly columns: readonly string[];
  readonly caption?: string;
  readonly class?: string;
}) {
  const head = html("tr", {});
  const body = html("tbody", {});
  const table = html(
    "table",
    { class: options.class ?? "runs-table" },
    options.caption === undefined ? null : html("caption", {}, options.caption),
    html("thead", {}, head),
    body,
  );
  const setColumns = (names: readonly string[]) =>
    head.replaceChildren(...names.map((text) => html("th", { scope: "col" }, text)));
  setColumns(options.columns);
  return {
    element: html(
      "div",
      { class: "runs-scroll", tabindex: 0, role: "region", "aria-label": options.label },
      table,
    ),
    setColumns,
    update(rows: readonly ResultsRow[]) {
      body.replaceChildren(
        ...rows.map(({ data = {}, cells: [name, ...cells] }) =>
          html(
            "tr",
            data,
            html("th", { scope: "row" }, name ?? ""),
            ...cells.map((cell) => html("td", {}, cell)),
          ),
        ),
      );
    },
  };
}
