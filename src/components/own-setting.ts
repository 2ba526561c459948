import type { Control } from "../lib/figure/controls.js";

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

/** Several settings as a frame's Reset all takes them. */
export function allOf(...settings: readonly Pick<OwnSetting<unknown>, "changed" | "reset">[]) {
  return {
    changed: () => settings.some((setting) => setting.changed()),
    reset: () => settings.forEach((setting) => setting.reset()),
  };
}
