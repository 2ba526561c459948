import type { ModelReport } from "../../lib/engine/protocol.js";
import { segmentedControl } from "../../lib/figure/controls.js";
import { ownSetting } from "../own-setting.js";

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
  const { label = "measured in the picture of", sizes, base, onInput: then } = options;
  const size = countSetting({ label, counts: sizes, base, name: (side) => `${side} px`, then });
  return {
    ...size,
    /** The size chosen, or the model's own where that is smaller. */
    of: (model: ModelReport | null) => Math.min(size.value(), model?.resolution ?? size.value()),
  };
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
  const setting = ownSetting(
    String(base),
    (onInput) =>
      segmentedControl({
        label,
        choices: counts.map((count) => ({ value: String(count), label: name(count) })),
        value: String(base),
        base: String(base),
        onInput,
      }),
    then,
  );
  const { element, changed, reset } = setting;
  return { element, changed, reset, value: () => Number(setting.value) };
}
