import type { ModelReport } from "../../lib/engine/protocol.js";
import { segmentedControl } from "../../lib/figure/controls.js";

/**
 * The side of the picture that paths are measured in. A lower resolution's RGB is a picture of its own, made by the
 * first blocks alone, and costs far less.
 */
export function sizeControl(options: {
  readonly label?: string;
  readonly sizes: readonly number[];
  readonly base: number;
  readonly onInput: () => void;
}) {
  const { sizes, base, onInput } = options;
  let size = base;
  const control = segmentedControl({
    label: options.label ?? "measured in the picture of",
    choices: sizes.map((side) => ({ value: String(side), label: `${side} px` })),
    value: String(base),
    base: String(base),
    onInput: (value) => {
      size = Number(value);
      onInput();
    },
  });
  return {
    element: control.element,
    /** The size chosen, or the model's own where that is smaller. */
    of: (model: ModelReport | null) => Math.min(size, model?.resolution ?? size),
  };
}
