import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { WeightsError } from "./error.js";

/** A tensor that the generator needs is not in the file. */
export class MissingTensor extends WeightsError {}

/** First words of generators' tensor names, in any of the layouts. */
const GENERATOR_NAMES = /(^|\.)(synthesis|mapping|convs|to_rgbs|progression|g_synthesis|g_mapping)\./;

/**
 * Whether a file that is no whole generator looks like a part of one: a clause for its reader, or null.
 *
 * 1. The book's own shards are told by the scales beside 8-bit tensors.
 * 2. In a safetensors file where a tensor is missing, names of a generator are one shard of several.
 *
 * @param isMissing whether the generator lacks a tensor
 */
export function describePart({ format, arrays }: Checkpoint, isMissing: boolean): string | null {
  if (format !== "safetensors") return null;
  const names = [...arrays.keys()];
  if (names.some((name) => name.endsWith(".scale") && arrays.has(name.slice(0, -".scale".length))))
    return "this is a shard of one of the book's own models, not a whole checkpoint: bring the checkpoint that it was made from";
  const first = names.find((name) => GENERATOR_NAMES.test(name));
  if (!isMissing || !first) return null;
  return `this seems to be one of several shards of a generator ("${first}" is in it, others are not): join all shards into one .safetensors file and bring that`;
}
