import { html, uniqueId } from "./dom.js";

/** A control: what it shows is set from outside; what the reader does comes through `onInput`. */
export interface Control<Value> {
  readonly element: HTMLElement;
  /** Shows a value without telling `onInput`. */
  set(value: Value): void;
}

interface Common<Value> {
  readonly label: string;
  /** The value that Reset goes back to. */
  readonly base: Value;
  readonly value?: Value;
  readonly onInput: (value: Value) => void;
}

/** A Reset button that lights up only while there is something to reset. */
export function resetButton(label: string, onReset: () => void) {
  const button = html(
    "button",
    { type: "button", class: "reset", disabled: true, title: `Reset ${label}` },
    "↺",
  );
  button.setAttribute("aria-label", `Reset ${label}`);
  button.addEventListener("click", () => onReset());
  return {
    element: button,
    set(changed: boolean) {
      button.disabled = !changed;
      button.classList.toggle("is-changed", changed);
    },
  };
}

/**
 * A slider with an exact number field beside it. Typed values are clamped to `min` .. `max`.
 *
 *     sliderControl({ label: "truncation ψ", min: -1, max: 2, step: 0.05, base: 0.7, onInput: (psi) => store.patch({ psi }) })
 */
export function sliderControl(
  options: Common<number> & {
    readonly min: number;
    readonly max: number;
    readonly step: number;
    readonly unit?: string;
  },
): Control<number> {
  const { label, min, max, step, base, onInput } = options;
  const id = uniqueId("slider");
  const range = html("input", { type: "range", id, min, max, step });
  const number = html("input", { type: "number", min, max, step, "aria-label": `${label}, exact value` });
  const reset = resetButton(label, () => {
    show(base);
    onInput(base);
    range.focus();
  });
  const show = (value: number) => {
    range.value = String(value);
    if (document.activeElement !== number) number.value = String(Number(value.toFixed(6)));
    reset.set(value !== base);
  };
  range.addEventListener("input", () => {
    show(range.valueAsNumber);
    onInput(range.valueAsNumber);
  });
  number.addEventListener("input", () => {
    if (Number.isNaN(number.valueAsNumber)) return;
    const value = Math.min(max, Math.max(min, number.valueAsNumber));
    show(value);
    onInput(value);
  });
  number.addEventListener("blur", () => show(range.valueAsNumber));
  show(options.value ?? base);
  const unit = options.unit ? html("span", { class: "control-unit" }, options.unit) : null;
  const element = html(
    "div",
    { class: "control control-slider" },
    html("label", { for: id }, label),
    range,
    html("span", { class: "control-value" }, number, unit),
    reset.element,
  );
  return { element, set: show };
}

/** A whole number with steppers, such as a seed. Nonsense and numbers out of range are not handed on. */
export function integerControl(
  options: Common<number> & { readonly min: number; readonly max: number },
): Control<number> & { readonly input: HTMLInputElement } {
  const { label, min, max, base, onInput } = options;
  const id = uniqueId("number");
  const input = html("input", { type: "number", id, min, max, step: 1 });
  const reset = resetButton(label, () => {
    show(base);
    onInput(base);
    input.focus();
  });
  const show = (value: number) => {
    input.value = String(value);
    input.setCustomValidity("");
    reset.set(value !== base);
  };
  input.addEventListener("input", () => {
    const value = input.valueAsNumber;
    const valid = Number.isInteger(value) && value >= min && value <= max;
    input.setCustomValidity(valid ? "" : `a whole number from ${min} to ${max}`);
    if (!valid) return;
    reset.set(value !== base);
    onInput(value);
  });
  show(options.value ?? base);
  const element = html(
    "div",
    { class: "control control-number" },
    html("label", { for: id }, label),
    input,
    reset.element,
  );
  return { element, set: show, input };
}

/** A switch. */
export function toggleControl(options: Common<boolean>): Control<boolean> {
  const { label, base, onInput } = options;
  const input = html("input", { type: "checkbox", role: "switch" });
  const reset = resetButton(label, () => {
    show(base);
    onInput(base);
    input.focus();
  });
  const show = (value: boolean) => {
    input.checked = value;
    reset.set(value !== base);
  };
  input.addEventListener("change", () => {
    reset.set(input.checked !== base);
    onInput(input.checked);
  });
  show(options.value ?? base);
  const element = html(
    "div",
    { class: "control control-toggle" },
    html(
      "label",
      {},
      input,
      html("span", { class: "toggle-track", "aria-hidden": "true" }),
      html("span", {}, label),
    ),
    reset.element,
  );
  return { element, set: show };
}

/** A few choices side by side (radio buttons). Without `base` there is no Reset. */
export function segmentedControl<Value extends string>(options: {
  readonly label: string;
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly title?: string }[];
  readonly value: Value;
  readonly base?: Value;
  readonly onInput: (value: Value) => void;
}): Control<Value> {
  const { label, choices, base, onInput } = options;
  const name = uniqueId("choice");
  const inputs = choices.map(({ value }) => html("input", { type: "radio", name, value }));
  const reset =
    base === undefined
      ? null
      : resetButton(label, () => {
          show(base);
          onInput(base);
          inputs[choices.findIndex((choice) => choice.value === base)]?.focus();
        });
  const show = (value: Value) => {
    choices.forEach((choice, i) => (inputs[i]!.checked = choice.value === value));
    reset?.set(value !== base);
  };
  choices.forEach(({ value }, i) =>
    inputs[i]!.addEventListener("change", () => {
      reset?.set(value !== base);
      onInput(value);
    }),
  );
  show(options.value);
  const items = choices.map((choice, i) =>
    html("label", { title: choice.title }, inputs[i]!, html("span", {}, choice.label)),
  );
  const element = html(
    "fieldset",
    { class: "control control-segmented" },
    html("legend", {}, label),
    html("span", { class: "segments" }, ...items),
    reset?.element,
  );
  return { element, set: show };
}
