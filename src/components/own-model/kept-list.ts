import { html } from "../../lib/figure/dom.js";
import { formatBytes } from "../../lib/figure/format.js";
import type { KeptModels } from "../../lib/weights/keptModels.js";
import type { ModelEntry } from "../../lib/weights/modelList.js";
import { FAMILY_TITLES } from "../../lib/weights/parameters.js";

/** The models that this browser keeps, with their sizes, and what can be done with them. */
export function keptList(options: {
  readonly kept: KeptModels;
  readonly onOpen: (name: string) => void;
  readonly onDownload: (name: string) => void;
  /** After a model was deleted. */
  readonly onDeleted: (name: string, title: string) => void;
}) {
  const { kept } = options;
  const element = html("div", { class: "kept-models" });
  const button = (text: string, of: string, act: () => void) =>
    html("button", { type: "button", class: "plain", "aria-label": `${text} ${of}`, onclick: act }, text);

  async function remove(name: string, title: string) {
    if (!confirm(`Delete "${title}" from this browser? Its file on your disk is not touched.`)) return;
    await kept.remove(name);
    await refresh();
    options.onDeleted(name, title);
  }

  function row(name: string, entry: ModelEntry | null): HTMLElement {
    const title = entry?.title ?? name;
    const facts = entry
      ? `${FAMILY_TITLES[entry.family]}, ${entry.resolution} × ${entry.resolution}, ${formatBytes(entry.bytes)}`
      : "cannot be read by this version of the book";
    return html(
      "li",
      {},
      html("span", { class: "kept-title" }, title),
      html("span", { class: "kept-facts" }, facts),
      html(
        "span",
        { class: "kept-actions" },
        entry && button("Open here", title, () => options.onOpen(name)),
        entry && button("Download", title, () => options.onDownload(name)),
        button("Delete", title, () => void remove(name, title)),
      ),
    );
  }

  async function refresh() {
    const models = await kept.list();
    if (models.length === 0)
      return element.replaceChildren(html("p", {}, "This browser keeps no model of yours yet."));
    const bytes = models.reduce((sum, { entry }) => sum + (entry?.bytes ?? 0), 0);
    element.replaceChildren(
      html("ul", {}, ...models.map(({ name, entry }) => row(name, entry))),
      html("p", { class: "kept-sum" }, `${formatBytes(bytes)} in all. ${await roomText()}`),
    );
  }
  return { element, refresh };
}

/** How much the browser lets this site store, where it says so. */
async function roomText(): Promise<string> {
  try {
    const { quota, usage } = await navigator.storage.estimate();
    if (quota === undefined || usage === undefined) return "";
    return `The browser would let this site store about ${formatBytes(Math.max(0, quota - usage))} more.`;
  } catch {
    return "";
  }
}
