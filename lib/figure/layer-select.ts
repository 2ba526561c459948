import { group } from "d3";
import type { LayerReport } from "../engine/protocol.js";
import type { Control } from "./controls.js";
import { resetButton } from "./controls.js";
import { html, uniqueId } from "./dom.js";

/** Layers in the order in which they run, grouped by resolution: [["4 × 4", [...]], ["8 × 8", [...]], ...]. */
export function groupByResolution(layers: readonly LayerReport[]): [string, LayerReport[]][] {
  return [...group(layers, (layer) => layer.resolution)].map(([side, members]) => [
    `${side} × ${side}`,
    members,
  ]);
}

/**
 * A drop-down of a model's layers. `setLayers` fills it; it can be called again when the model changes.
 *
 *     const select = layerSelect({ label: "layer", onInput: (tap) => ... });
 *     select.setLayers(model.layers.filter((layer) => layer.role !== "inner"));
 */
export function layerSelect(options: {
  readonly label: string;
  readonly base?: string;
  readonly onInput: (name: string) => void;
}): Control<string> & { setLayers(layers: readonly LayerReport[]): void } {
  const { label, base, onInput } = options;
  const id = uniqueId("layer");
  const select = html("select", { id });
  const reset =
    base === undefined
      ? null
      : resetButton(label, () => {
          select.value = base;
          reset?.set(false);
          onInput(base);
          select.focus();
        });
  let wanted = base ?? "";
  select.addEventListener("change", () => {
    wanted = select.value;
    reset?.set(wanted !== base);
    onInput(wanted);
  });
  const set = (name: string) => {
    wanted = name;
    select.value = name;
    reset?.set(name !== base);
  };
  return {
    element: html(
      "div",
      { class: "control control-select" },
      html("label", { for: id }, label),
      select,
      reset?.element,
    ),
    set,
    setLayers(layers) {
      select.replaceChildren(
        ...groupByResolution(layers).map(([title, members]) => {
          const options = members.map((layer) =>
            html("option", { value: layer.name }, `${layer.name} · ${layer.channels} channels`),
          );
          return html("optgroup", { label: title }, ...options);
        }),
      );
      set(wanted);
    },
  };
}

/**
 * Two drop-downs for a range of w layers, `from <= i < to`; each choice says which layers of the network read it.
 * The range is never empty: moving one end past the other takes it along.
 */
export function layerRange(options: {
  readonly label: string;
  readonly count: number;
  readonly base: readonly [number, number];
  readonly describe?: (w: number) => string;
  readonly onInput: (from: number, to: number) => void;
}): Control<readonly [number, number]> {
  const { label, count, base, describe = String, onInput } = options;
  const choices = () => Array.from({ length: count }, (_, i) => html("option", { value: i }, describe(i)));
  const first = html("select", { "aria-label": `${label}, first` }, ...choices());
  const last = html("select", { "aria-label": `${label}, last` }, ...choices());
  const reset = resetButton(label, () => {
    show(base);
    onInput(...base);
    first.focus();
  });
  const show = ([from, to]: readonly [number, number]) => {
    first.value = String(from);
    last.value = String(to - 1);
    reset.set(from !== base[0] || to !== base[1]);
  };
  const changed = (moved: "first" | "last") => {
    const [from, to] = orderedRange(Number(first.value), Number(last.value), moved);
    show([from, to + 1]);
    onInput(from, to + 1);
  };
  first.addEventListener("change", () => changed("first"));
  last.addEventListener("change", () => changed("last"));
  show(base);
  const element = html(
    "fieldset",
    { class: "control control-range" },
    html("legend", {}, label),
    first,
    html("span", {}, "to"),
    last,
    reset.element,
  );
  return { element, set: show };
}

/** Keeps first <= last; the end that the reader moved wins. */
export function orderedRange(
  first: number,
  last: number,
  moved: "first" | "last",
): readonly [number, number] {
  if (first <= last) return [first, last];
  return moved === "first" ? [first, first] : [last, last];
}
