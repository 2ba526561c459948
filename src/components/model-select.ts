import { html, uniqueId } from "../lib/figure/dom.js";
import { formatBytes } from "../lib/figure/format.js";
import { openKeptModels } from "../lib/weights/keptModels.js";
import { fetchModelList, modelsOf, type ModelEntry } from "../lib/weights/modelList.js";
import { FAMILY_TITLES } from "../lib/weights/parameters.js";
import { siteRoot } from "./site.js";

const OWN_PAGE = "bring-your-own-model";

/**
 * The choice of model of a page: the site's, trained ones first, and those of its family that the reader keeps in
 * this browser. The address remembers the choice. An input in Framework's sense (`value` and `input` events), so that
 * all that depends on it is made anew:
 *
 *     const model = view(await modelSelect({ family: "stylegan1" }));   // its id
 *
 * An unknown id in the address, or a model of another family, gives a sentence and the first model. A page with a
 * second family of models gives the second one a `parameter` (its key in the address) and a `label` of its own.
 */
export async function modelSelect(options: {
  readonly family: ModelEntry["family"];
  readonly parameter?: string;
  readonly label?: string;
}): Promise<HTMLElement & { value: string }> {
  const { family, parameter = "model", label = "model on this page" } = options;
  const [ofSite, own] = await Promise.all([fetchModelList(siteRoot()), ownEntries()]);
  const list = modelsOf([...ofSite, ...own], family);
  const unfit = own.filter((entry) => entry.family !== family);
  const id = uniqueId("model");
  const asked = new URL(location.href).searchParams.get(parameter);
  const start = list.find((entry) => entry.id === asked) ?? list[0];
  const note = html("p", { class: "model-note", role: "status" });
  const option = (entry: ModelEntry) =>
    html("option", { value: entry.id, selected: entry === start }, labelOf(entry));
  const isOwn = ({ origin }: ModelEntry) => origin === "reader";
  const ownOptions = list.filter(isOwn).map(option);
  const select = html(
    "select",
    { id },
    ...list.filter((entry) => !isOwn(entry)).map(option),
    ownOptions.length > 0 && html("optgroup", { label: "your own, kept in this browser" }, ...ownOptions),
  );
  const more =
    unfit.length > 0
      ? unfitNote(unfit, family)
      : parameter === "model" && [html("a", { href: siteRoot() + OWN_PAGE }, "Bring your own model")];
  const element = html(
    "div",
    { class: "model-select" },
    html("div", { class: "control control-select" }, html("label", { for: id }, label), select),
    note,
    more && html("p", { class: "model-more" }, ...more),
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
    note.textContent = `${askedInVain(asked, [...ofSite, ...own], family)} ${note.textContent}`;
  return Object.defineProperty(element, "value", { get: value }) as unknown as HTMLElement & {
    value: string;
  };
}

const NONE = "This site holds no model for this chapter.";

/** The models that the reader keeps; none where the browser lets a page store nothing. */
async function ownEntries(): Promise<ModelEntry[]> {
  try {
    const models = (await (await openKeptModels())?.list()) ?? [];
    return models.flatMap(({ entry }) => entry ?? []);
  } catch {
    return [];
  }
}

function askedInVain(asked: string, all: readonly ModelEntry[], family: ModelEntry["family"]): string {
  const known = all.find((entry) => entry.id === asked);
  if (known)
    return `The model "${known.title}" is a ${FAMILY_TITLES[known.family]}; here a ${FAMILY_TITLES[family]} is needed.`;
  const [, name] = /^reader:(.*)$/.exec(asked) ?? [];
  if (name !== undefined)
    return `The address asks for a model "${name}", which this browser does not keep; bring its file again.`;
  return `The address asks for a model "${asked}", which is not on this site for this chapter.`;
}

/** The reader's models of other families, and where they run. */
function unfitNote(unfit: readonly ModelEntry[], family: ModelEntry["family"]): (Node | string)[] {
  const links = unfit.map(({ id, title, family: other }) =>
    html(
      "a",
      { href: `${siteRoot()}${OWN_PAGE}?model=${encodeURIComponent(id)}` },
      `${title} (${FAMILY_TITLES[other]})`,
    ),
  );
  return [
    `Here a ${FAMILY_TITLES[family]} is needed. On the page of your own models you can look at `,
    ...links.flatMap((link, i) => (i === 0 ? [link] : [", ", link])),
    ".",
  ];
}

function labelOf({ title, origin }: ModelEntry): string {
  return origin === "initialised" ? `${title} (untrained)` : title;
}

/** What the reader must know of the weights. */
function sentence({ origin, resolution, bytes }: ModelEntry): string {
  const size = `${resolution} × ${resolution}`;
  if (origin === "trained") return `Trained weights, pictures of ${size}.`;
  if (origin === "reader")
    return `Your own model, pictures of ${size}; ${formatBytes(bytes)} kept in this browser. The notes below were written for the book's models.`;
  return `Untrained: the network has its full shape, but its weights are random numbers from a fixed seed. Every statement about means and standard deviations holds; its ${size} pictures show texture, not faces.`;
}
