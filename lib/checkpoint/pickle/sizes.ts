import { CheckpointError } from "../error.js";
import { PyTuple, describe } from "./values.js";

const MAX_RANK = 32;

/** A tuple of sizes: whole numbers from 0 up, whose product a double holds exactly. */
export function sizesOf(value: unknown, what: string, offset: number): readonly number[] {
  const items = value instanceof PyTuple ? value.items : value;
  if (!Array.isArray(items)) throw new CheckpointError(`${what} is ${describe(value)}`, offset);
  let product = 1;
  for (const size of items as unknown[]) {
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
      throw new CheckpointError(`${what} has the size ${String(size).slice(0, 40)}`, offset);
    }
    product *= Math.max(size, 1);
  }
  if (items.length > MAX_RANK || !Number.isSafeInteger(product)) {
    throw new CheckpointError(`${what} is larger than any file`, offset);
  }
  return items as number[];
}
