import type { Tensor } from "@tensorflow/tfjs-core";

/**
 * Asserts the shape of a tensor at an operation's boundary.
 *
 * @param name how the operation calls the tensor
 * @param shape the expected side of each axis; `null` accepts any
 * @throws Error naming the tensor, its shape and the expected one
 */
export function expectShape(name: string, tensor: Tensor, shape: readonly (number | null)[]): void {
  const matches =
    tensor.shape.length === shape.length &&
    shape.every((side, i) => side === null || side === tensor.shape[i]);
  if (matches) return;
  const wanted = shape.map((side) => side ?? "*").join(", ");
  throw new Error(`${name} has shape [${tensor.shape.join(", ")}] where [${wanted}] is needed`);
}

/** Reads one number or an [x, y] pair of whole numbers of at least 1, such as a resampling factor. */
export function factorPair(name: string, factor: number | readonly [number, number]): [number, number] {
  const [x, y] = typeof factor === "number" ? [factor, factor] : factor;
  for (const value of [x, y]) {
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`${name} must be a whole number of at least 1, not ${value}`);
  }
  return [x, y];
}

/** Rows and columns added on each side, [left, right, top, bottom]; a negative number crops. */
export type Padding = number | readonly [number, number] | readonly [number, number, number, number];

/** Reads a padding given as one number, as [x, y], or as [x0, x1, y0, y1]. */
export function paddingSides(padding: Padding): [number, number, number, number] {
  const sides = typeof padding === "number" ? [padding, padding] : [...padding];
  if (sides.some((side) => !Number.isInteger(side))) {
    throw new Error(`padding must be made of whole numbers, not [${sides.join(", ")}]`);
  }
  if (sides.length === 2) return [sides[0]!, sides[0]!, sides[1]!, sides[1]!];
  if (sides.length === 4) return sides as [number, number, number, number];
  throw new Error(`padding must have 1, 2 or 4 numbers, not ${sides.length}`);
}
