import { html, uniqueId } from "../lib/figure/dom.js";
import { resetButton } from "../lib/figure/controls.js";

const LARGEST_SEED = 0xffffffff;

/** Seeds in a text such as "85, 100 75"; null when it holds anything else, none, or more than `most`. */
export function parseSeeds(text: string, most: number): number[] | null {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  if (words.length === 0 || words.length > most || !words.every((word) => /^\d{1,10}$/.test(word)))
    return null;
  const seeds = words.map(Number);
  return seeds.every((seed) => seed <= LARGEST_SEED) ? seeds : null;
}

/**
 * A list of seeds as text, remembered in the page's address under `parameter`. What is no list of seeds is marked and
 * not handed on.
 */
export function seedList(options: {
  readonly label: string;
  readonly parameter: string;
  readonly base: readonly number[];
  readonly most: number;
  readonly onInput: () => void;
}) {
  const { label, parameter, base, most, onInput } = options;
  const id = uniqueId("seeds");
  const asked = new URL(location.href).searchParams.get(parameter);
  let seeds: readonly number[] = (asked !== null && parseSeeds(asked, most)) || base;
  const input = html("input", {
    type: "text",
    id,
    inputmode: "numeric",
    autocomplete: "off",
    value: seeds.join(", "),
  });
  const reset = resetButton(label, () => (restore(), input.focus()));
  const same = () => seeds.join() === base.join();
  function take(next: readonly number[]) {
    input.setCustomValidity("");
    seeds = next;
    reset.set(!same());
    const url = new URL(location.href);
    if (same()) url.searchParams.delete(parameter);
    else url.searchParams.set(parameter, seeds.join(","));
    history.replaceState(history.state, "", url);
    onInput();
  }
  function restore() {
    input.value = base.join(", ");
    take(base);
  }
  input.addEventListener("change", () => {
    const next = parseSeeds(input.value, most);
    if (next) return take(next);
    input.setCustomValidity(`one to ${most} whole numbers with commas between`);
    input.reportValidity();
  });
  reset.set(!same());
  return {
    element: html(
      "div",
      { class: "control control-text" },
      html("label", { for: id }, label),
      input,
      reset.element,
    ),
    get seeds(): readonly number[] {
      return seeds;
    },
    changed: () => !same(),
    reset: restore,
  };
}
