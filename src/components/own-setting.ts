import { segmentedControl, type Control } from "../lib/figure/controls.js";

/** A setting that a figure keeps for itself, beside the experiment of its store. */
export interface OwnSetting<Value> {
  readonly value: Value;
  readonly element: HTMLElement;
  changed(): boolean;
  /** Back to the base, without telling anyone: the frame asks for new passes once all are reset. */
  reset(): void;
}

/**
 * Keeps a setting in its control.
 *
 *     const count = ownSetting(8, (onInput) => sliderControl({ ..., base: 8, onInput }), () => frame.request());
 *     createFrame({ ..., settings: allOf(count) });
 *
 * @param base what Reset goes back to, which the control has to start with
 * @param then runs when the reader has changed it
 */
export function ownSetting<Value>(
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
    get value() {
      return value;
    },
    element: control.element,
    changed: () => value !== base,
    reset() {
      value = base;
      control.set(base);
    },
  };
}

/** One of a few choices that a figure keeps for itself. */
export function choiceSetting<Value extends string>(options: {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly title?: string }[];
  readonly base: Value;
  readonly then: () => void;
}): OwnSetting<Value> {
  const { label, choices, base, then } = options;
  return ownSetting<Value>(
    base,
    (onInput) => segmentedControl<Value>({ label, choices, value: base, base, onInput }),
    then,
  );
}

/** A choice of a few numbers that a figure keeps for itself. */
export function countSetting(options: {
  readonly label: string;
  readonly counts: readonly number[];
  readonly base: number;
  readonly name?: (count: number) => string;
  readonly then: () => void;
}) {
  const { label, counts, base, name = String, then } = options;
  const choices = counts.map((count) => ({ value: String(count), label: name(count) }));
  const setting = choiceSetting({ label, choices, base: String(base), then });
  const { element, changed, reset } = setting;
  return { element, changed, reset, value: () => Number(setting.value) };
}

/** Several settings as a frame's Reset all takes them. */
export function allOf(...settings: readonly Pick<OwnSetting<unknown>, "changed" | "reset">[]) {
  return {
    changed: () => settings.some((setting) => setting.changed()),
    reset: () => settings.forEach((setting) => setting.reset()),
  };
}
