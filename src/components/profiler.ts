import { profileOf, type PassRecord, type Profile } from "../lib/engine/profile.js";
import type { BackendReport, ModelReport } from "../lib/engine/protocol.js";
import { segmentedControl } from "../lib/figure/controls.js";
import { html } from "../lib/figure/dom.js";
import { formatDuration } from "../lib/figure/format.js";
import {
  AMOUNTS,
  amountText,
  createProfileChart,
  STATE_WORDS,
  type Amount,
} from "../lib/figure/profile-chart.js";

const COLUMNS = Object.keys(AMOUNTS) as Amount[];

/**
 * The profiler of a figure: a button that opens a panel with what each layer of its latest pass cost. Nothing is
 * built before it is opened first.
 *
 * `button` and `panel` go where they belong; Escape in the panel closes it. `open`: whether passes should be timed
 * by the device. `measureAgain` is called when the reader asks for a pass of all layers.
 */
export function createProfiler(options: {
  readonly id: string;
  readonly title: string;
  readonly measureAgain: () => void;
}) {
  const { id, title } = options;
  const panel = html("section", {
    class: "profiler",
    id: `${id}-profile`,
    "aria-label": `Profile of ${title}`,
  });
  panel.hidden = true;
  const button = html(
    "button",
    {
      type: "button",
      class: "plain",
      "aria-label": `Profile ${title} layer by layer`,
      "aria-expanded": "false",
      "aria-controls": panel.id,
      onclick: () => (panel.hidden ? open() : close()),
    },
    "Profile",
  );
  let view: ReturnType<typeof createView> | null = null;
  let records: readonly (PassRecord | null)[] = [];
  let model: ModelReport | null = null;
  let backend: BackendReport | null = null;

  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  function open() {
    view ??= createView({ ...options, close }, panel);
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    show();
    view.focus();
  }
  function close() {
    panel.hidden = true;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }
  function show() {
    if (!panel.hidden) view?.show(model, records, backend);
  }

  return {
    button,
    panel,
    get open(): boolean {
      return !panel.hidden;
    },
    setModel(next: ModelReport) {
      [model, records] = [next, []];
      show();
    },
    setBackend(next: BackendReport) {
      backend = next;
      show();
    },
    update(next: readonly (PassRecord | null)[]) {
      records = next;
      show();
    },
  };
}

/** What the panel holds. */
function createView(
  options: { readonly title: string; readonly measureAgain: () => void; readonly close: () => void },
  panel: HTMLElement,
) {
  let amount: Amount = "milliseconds";
  let chosen = 0;
  let again = (): void => undefined;
  const heading = html("h4", { tabindex: -1 }, "What each layer cost");
  const words = html("p", { class: "profiler-words", role: "status" });
  const chart = createProfileChart(`cost of each layer, ${options.title}`);
  const passes = html("label", { class: "profiler-passes", hidden: true }, "pass ");
  const select = html("select", {
    onchange: () => {
      chosen = Number(select.value);
      again();
    },
  });
  passes.append(select);
  const shown = segmentedControl<Amount>({
    label: "bars show",
    value: amount,
    choices: COLUMNS.map((value) => ({ value, label: AMOUNTS[value].title })),
    onInput: (next) => {
      amount = next;
      again();
    },
  });
  const table = html("table", { class: "profiler-table" });
  const results = html(
    "div",
    { class: "profiler-results" },
    html("div", { class: "profiler-chart" }, shown.element, chart.element),
    html(
      "div",
      { class: "profiler-scroll", tabindex: 0, role: "region", "aria-label": "numbers of the profile" },
      table,
    ),
  );
  panel.append(
    html(
      "header",
      {},
      heading,
      html(
        "div",
        { class: "figure-actions" },
        passes,
        html(
          "button",
          { type: "button", class: "plain", onclick: options.measureAgain },
          "Measure all layers again",
        ),
        html("button", { type: "button", class: "plain", onclick: options.close }, "Close profile"),
      ),
    ),
    words,
    results,
  );

  function show(
    model: ModelReport | null,
    records: readonly (PassRecord | null)[],
    backend: BackendReport | null,
  ) {
    again = () => show(model, records, backend);
    const found = records.flatMap((record, place) => (record ? [{ record, place }] : []));
    const current = found.find(({ place }) => place === chosen) ?? found[0];
    results.hidden = current === undefined;
    passes.hidden = records.length < 2;
    if (!model || !current) {
      words.textContent =
        "Nothing has been measured yet: this figure has not run, or its latest run was no pass over the layers.";
      return;
    }
    select.replaceChildren(
      ...found.map(({ place }) =>
        html(
          "option",
          { value: place, selected: place === current.place },
          `${place + 1} of ${records.length}`,
        ),
      ),
    );
    const profile = profileOf(model.layers, current.record);
    words.textContent = explain(profile, current.record, backend);
    chart.update(profile, amount);
    table.replaceChildren(...tableOf(profile, options.title));
  }

  return { show, focus: () => heading.focus() };
}

/** What the numbers are, and what they leave out. */
export function explain(
  { rows, total, clock }: Profile,
  { milliseconds }: Pick<PassRecord, "milliseconds">,
  backend: Pick<BackendReport, "name"> | null,
): string {
  const kept = rows.filter(({ state }) => state === "kept").length;
  const ran = rows.filter(({ state }) => state === "ran").length;
  const whose =
    clock === "device"
      ? "Milliseconds are the graphics device's own, from timestamps around its compute passes."
      : backend?.name === "webgpu"
        ? "Milliseconds are measured by the clock, from one feature map to the next, with the device's having finished it; it gave no timestamps for this pass."
        : "Milliseconds are measured by the clock, from one feature map to the next.";
  const dispatches =
    total.dispatches === null
      ? " WebAssembly computes on the processor, where nothing is dispatched: hence the dashes."
      : "";
  const reused = kept > 0 ? ` ${kept} were kept of an earlier pass and reused.` : "";
  return (
    `${ran} layers ran, in ${formatDuration(total.milliseconds)} of the ${formatDuration(milliseconds)} until the figure was served; the rest went into waiting its turn, loading weights, and reading out what is shown.${reused} ` +
    `${whose}${dispatches} Multiply-adds are those of the convolutions as they are defined, of which a fast kernel may need fewer; bytes are the feature maps and kernels, each moved once, as 32-bit numbers.`
  );
}

function* tableOf({ rows, total }: Profile, title: string): Generator<HTMLElement> {
  yield html("caption", { class: "visually-hidden" }, `cost of each layer, ${title}`);
  yield html(
    "thead",
    {},
    html(
      "tr",
      {},
      html("th", { scope: "col" }, "layer"),
      ...COLUMNS.map((column) =>
        html("th", { scope: "col" }, column === "milliseconds" ? "ms" : AMOUNTS[column].title),
      ),
    ),
  );
  const cell = (text: string, value: number | null) =>
    html("td", value === null ? {} : { "data-value": value }, text);
  yield html(
    "tbody",
    {},
    ...rows.map((row) =>
      html(
        "tr",
        { class: `is-${row.state}` },
        html(
          "th",
          { scope: "row", title: row.also.length > 0 ? `with ${row.also.join(", ")}` : null },
          row.name,
        ),
        ...(row.state === "ran"
          ? COLUMNS.map((column) => cell(amountText(row, column), row[column]))
          : [html("td", { colspan: COLUMNS.length }, STATE_WORDS[row.state])]),
      ),
    ),
  );
  yield html(
    "tfoot",
    {},
    html(
      "tr",
      {},
      html("th", { scope: "row" }, "total"),
      ...COLUMNS.map((column) => cell(amountText(total, column), total[column])),
    ),
  );
}
