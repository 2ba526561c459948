import type { ModelReport } from "../../lib/engine/protocol.js";
import { countSetting } from "../own-setting.js";

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
  const size = countSetting({
    key: "size",
    label,
    counts: sizes,
    base,
    name: (side) => `${side} px`,
    then,
  });
  return {
    ...size,
    /** The size chosen, or the model's own where that is smaller. */
    of: (model: ModelReport | null) => Math.min(size.value(), model?.resolution ?? size.value()),
  };
}
