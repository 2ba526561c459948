import { html } from "../lib/figure/dom.js";
import { formatBytes, formatCount } from "../lib/figure/format.js";
import { fetchModelList, type ModelEntry } from "../lib/weights/modelList.js";
import { FAMILY_TITLES } from "../lib/weights/parameters.js";
import { siteRoot } from "./site.js";

const HEADER = ["model", "network", "picture", "parameters", "download", "weights", "licence"];

/** The models this site holds, from its list, with their cards. Narrow pages show each model as a list of its own. */
export async function modelTable(): Promise<HTMLElement> {
  const models = await fetchModelList(siteRoot());
  return html(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "models of this book" },
    html(
      "table",
      { class: "stacked-table" },
      html("thead", {}, html("tr", {}, ...HEADER.map((text) => html("th", { scope: "col" }, text)))),
      html("tbody", {}, ...models.map(row)),
    ),
    ...models.map(({ title, about }) =>
      about ? html("p", {}, html("strong", {}, `${title}. `), about) : "",
    ),
  );
}

function row(model: ModelEntry): HTMLElement {
  const size = `${model.resolution} × ${model.resolution}`;
  const cells = [
    FAMILY_TITLES[model.family],
    size,
    formatCount(model.parameters),
    model.bytes > 0 ? formatBytes(model.bytes) : "none",
    model.origin === "trained" ? "trained" : "untrained, from a seed",
    model.licence,
  ];
  return html(
    "tr",
    {},
    html("th", { scope: "row" }, model.title),
    ...cells.map((text, i) => html("td", { "data-label": HEADER[i + 1]! }, text)),
  );
}
