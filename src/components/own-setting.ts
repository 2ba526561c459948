import { segmentedControl, type Control } from "../lib/figure/controls.js";

/** A setting that is no part of an experiment, as Reset all and the page's address take it. */
export interface KeptSetting {
  /** Its name in the address, unique in its figure. */
  readonly key: string;
  changed(): boolean;
  /** Back to the base, without telling anyone: the frame asks for new passes once all are reset. */
  reset(): void;
  /** The value, as the address has it. */
  text(): string;
  /** Takes a value from the address, as if the reader had chosen it; false when it makes no sense. */
  take(text: string): boolean;
}

/** A setting that a figure keeps for itself, beside the experiment of its store. */
export interface OwnSetting<Value> extends KeptSetting {
  readonly value: Value;
  readonly element: HTMLElement;
}

/** The settings of a figure, as its frame takes them. */
export interface FigureSettings {
  changed(): boolean;
  reset(): void;
  /** Those that the address has to say. */
  readonly kept?: readonly KeptSetting[];
}

/**
 * Keeps a setting in its control.
 *
 *     const count = ownSetting("count", 8, (onInput) => sliderControl({ ..., base: 8, onInput }), () => frame.request());
 *     createFrame({ ..., settings: allOf(count) });
 *
 * @param key its name in the address
 * @param base what Reset goes back to, which the control has to start with
 * @param then runs when the reader, or the address, has changed it
 */
export function ownSetting<Value extends number | string | boolean>(
  key: string,
  base: Value,
  make: (onInput: (value: Value) => void) => Control<Value>,
  then: () => void,
): OwnSetting<Value> {
  let value = base;
  const control = make((next) => {
    value = next;
    then();
  });
  return {
    key,
    get value() {
      return value;
    },
    element: control.element,
    changed: () => value !== base,
    reset() {
      value = base;
      control.set(base);
    },
    text: () => String(value),
    take(text) {
      const next = valueOf(text, base);
      if (next === null || !canShow(control.element, next)) return false;
      value = next as Value;
      control.set(value);
      then();
      return true;
    },
  };
}

/** What a text of the address says, as a value of the base's type; null when it says none. */
export function valueOf(text: string, base: number | string | boolean): number | string | boolean | null {
  if (typeof base === "string") return text;
  if (typeof base === "boolean") return text === "true" ? true : text === "false" ? false : null;
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) ? value : null;
}

/** The side of a resolution in an address, 4 to 1024; null when it is none. */
export function sideOf(text: string): number | null {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= 4 && value <= 1024 && Number.isInteger(Math.log2(value))
    ? value
    : null;
}

/** Whether a control has room for a value: its inputs know their choices, or their range. */
function canShow(element: HTMLElement, value: number | string | boolean): boolean {
  const inputs = [...element.querySelectorAll("input")];
  const choices = inputs.filter(({ type }) => type === "radio");
  if (choices.length > 0) return choices.some((input) => input.value === value);
  const ranged = inputs.find(({ min }) => min !== "");
  if (!ranged || typeof value !== "number") return true;
  const steps = (value - Number(ranged.min)) / (Number(ranged.step) || 1);
  const isWhole = Math.abs(steps - Math.round(steps)) < 1e-6;
  return isWhole && value >= Number(ranged.min) && value <= Number(ranged.max);
}

/** One of a few choices that a figure keeps for itself. */
export function choiceSetting<Value extends string>(options: {
  readonly key: string;
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly title?: string }[];
  readonly base: Value;
  readonly then: () => void;
}): OwnSetting<Value> {
  const { key, label, choices, base, then } = options;
  return ownSetting<Value>(
    key,
    base,
    (onInput) => segmentedControl<Value>({ label, choices, value: base, base, onInput }),
    then,
  );
}

/** A choice of a few numbers that a figure keeps for itself. */
export function countSetting(options: {
  readonly key: string;
  readonly label: string;
  readonly counts: readonly number[];
  readonly base: number;
  readonly name?: (count: number) => string;
  readonly then: () => void;
}) {
  const { key, label, counts, base, name = String, then } = options;
  const choices = counts.map((count) => ({ value: String(count), label: name(count) }));
  const setting = choiceSetting({ key, label, choices, base: String(base), then });
  const { value: _, ...rest } = setting;
  return { ...rest, value: () => Number(setting.value) };
}

/** Several settings as a frame's Reset all, and the address, take them. */
export function allOf(...settings: readonly KeptSetting[]): FigureSettings & {
  readonly kept: readonly KeptSetting[];
} {
  return {
    changed: () => settings.some((setting) => setting.changed()),
    reset: () => settings.forEach((setting) => setting.reset()),
    kept: settings,
  };
}
