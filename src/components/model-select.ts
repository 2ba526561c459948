import { html, uniqueId } from "../lib/figure/dom.js";
import { fetchModelList, modelsOf, type ModelEntry } from "../lib/weights/modelList.js";
import { siteRoot } from "./site.js";

/**
 * The choice of model of a page, from the site's list: trained models first. The address remembers the choice.
 * An input in Framework's sense (`value` and `input` events), so that all that depends on it is made anew:
 *
 *     const model = view(await modelSelect({ family: "stylegan1" }));   // its id
 *
 * An unknown id in the address gives a sentence and the first model. A page with a second family of models gives the
 * second one a `parameter` (its key in the address) and a `label` of its own.
 */
export async function modelSelect(options: {
  readonly family: ModelEntry["family"];
  readonly parameter?: string;
  readonly label?: string;
}): Promise<HTMLElement & { value: string }> {
  const { parameter = "model", label = "model on this page" } = options;
  const list = modelsOf(await fetchModelList(siteRoot()), options.family);
  const id = uniqueId("model");
  const asked = new URL(location.href).searchParams.get(parameter);
  const start = list.find((entry) => entry.id === asked) ?? list[0];
  const note = html("p", { class: "model-note", role: "status" });
  const select = html(
    "select",
    { id },
    ...list.map((entry) => html("option", { value: entry.id, selected: entry === start }, labelOf(entry))),
  );
  const element = html(
    "div",
    { class: "model-select" },
    html("div", { class: "control control-select" }, html("label", { for: id }, label), select),
    note,
  );
  const value = () => select.value;
  const tell = () =>
    (note.textContent = list.length > 0 ? sentence(list.find((e) => e.id === value())!) : NONE);
  select.addEventListener("change", () => {
    const url = new URL(location.href);
    url.searchParams.set(parameter, value());
    history.replaceState(history.state, "", url);
    tell();
    element.dispatchEvent(new Event("input", { bubbles: true }));
  });
  tell();
  if (asked !== null && start?.id !== asked)
    note.textContent = `The address asks for a model "${asked}", which is not on this site for this chapter. ${note.textContent}`;
  return Object.defineProperty(element, "value", { get: value }) as unknown as HTMLElement & {
    value: string;
  };
}

const NONE = "This site holds no model for this chapter.";

function labelOf({ title, origin }: ModelEntry): string {
  return origin === "initialised" ? `${title} (untrained)` : title;
}

/** What the reader must know of the weights. */
function sentence({ origin, resolution }: ModelEntry): string {
  const size = `${resolution} × ${resolution}`;
  if (origin === "trained") return `Trained weights, pictures of ${size}.`;
  return `Untrained: the network has its full shape, but its weights are random numbers from a fixed seed. Every statement about means and standard deviations holds; its ${size} pictures show texture, not faces.`;
}
