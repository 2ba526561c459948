import type { ModelReport } from "../../lib/engine/protocol.js";
import { html, uniqueId } from "../../lib/figure/dom.js";
import { formatBytes } from "../../lib/figure/format.js";
import type { WeightDtype } from "../../lib/weights/manifest.js";

export interface KeepChoice {
  readonly title: string;
  readonly dtype: WeightDtype;
}

const DTYPES: readonly { readonly dtype: WeightDtype; readonly label: string; readonly bytes: number }[] = [
  { dtype: "f16", label: "half precision", bytes: 2 },
  { dtype: "f32", label: "full precision", bytes: 4 },
  { dtype: "q8", label: "8 bit", bytes: 1 },
];

/** Name and precision of the copy that is kept or downloaded, and the buttons for both. */
export function keepControls(options: {
  readonly onKeep: (choice: KeepChoice) => void;
  readonly onDownload: (choice: KeepChoice) => void;
}) {
  const [nameId, dtypeId] = [uniqueId("name"), uniqueId("dtype")];
  const name = html("input", { type: "text", id: nameId, maxlength: 100, autocomplete: "off" });
  const dtype = html("select", { id: dtypeId });
  const choice = (): KeepChoice => ({
    title: name.value.trim() || name.placeholder,
    dtype: dtype.value as WeightDtype,
  });
  const keep = html(
    "button",
    { type: "button", onclick: () => options.onKeep(choice()) },
    "Keep it for the other chapters",
  );
  const download = html(
    "button",
    { type: "button", onclick: () => options.onDownload(choice()) },
    "Download the book's shards (.zip)",
  );
  const element = html(
    "div",
    { class: "keep-controls" },
    html("div", { class: "control control-text" }, html("label", { for: nameId }, "name"), name),
    html("div", { class: "control control-select" }, html("label", { for: dtypeId }, "weights in"), dtype),
    html("div", { class: "own-actions" }, keep, download),
  );
  return {
    element,
    setModel({ title, parameters }: ModelReport) {
      name.value = title;
      name.placeholder = title;
      dtype.replaceChildren(
        ...DTYPES.map(({ dtype: value, label, bytes }) =>
          html("option", { value }, `${label}, about ${formatBytes(parameters * bytes)}`),
        ),
      );
    },
    setBusy(busy: boolean) {
      keep.disabled = busy;
      download.disabled = busy;
    },
  };
}
