import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";

/** A FIR filter: [fh, fw], or [taps] for one that is applied to columns and to rows in turn. */
export type Filter = Tensor1D | Tensor2D;

export interface SetupFilterOptions {
  /** Divide by the sum of the taps, so that a constant image keeps its value. */
  readonly normalize?: boolean;
  readonly flipFilter?: boolean;
  /** Gain of the filter as a whole; a separable one gets its square root per direction. */
  readonly gain?: number;
  /** Keep a 1-D filter 1-D; default: from 8 taps on. */
  readonly separable?: boolean;
}

/**
 * Makes the FIR filter that {@link upfirdn2d} takes from a list of taps.
 *
 * 1. Takes a number as one tap, `null` as the filter that changes nothing.
 * 2. Expands a short 1-D list to the outer product with itself.
 * 3. Normalises, turns by 180 degrees, scales.
 *
 * @param taps such as [1, 3, 3, 1], or a matrix [fh][fw]
 * @returns the filter, [taps] or [fh, fw]
 * @throws Error when the list is empty or ragged, or its sum is 0 under `normalize`
 *
 * Source: the official code of Karras et al. 2020a ("Analyzing and improving"), where the taps are [1, 3, 3, 1]; the paper,
 * appendix B, only says that all resampling is bilinear.
 */
export function setupFilter(
  taps: number | readonly number[] | readonly (readonly number[])[] | null,
  { normalize = true, flipFilter = false, gain = 1, separable }: SetupFilterOptions = {},
): Filter {
  const list = taps === null ? [1] : typeof taps === "number" ? [taps] : taps;
  if (list.length === 0) throw new Error("a filter needs at least one tap");
  const matrix = Array.isArray(list[0]) ? (list as readonly (readonly number[])[]) : null;
  if (matrix?.some((row) => row.length !== matrix[0]!.length || row.length === 0)) {
    throw new Error("the rows of a filter must have the same number of taps");
  }
  const line = list as readonly number[];
  const keepLine = matrix === null && (separable ?? line.length >= 8);
  let rows: number[][] = matrix
    ? matrix.map((row) => [...row])
    : keepLine
      ? [[...line]]
      : line.map((a) => line.map((b) => a * b));
  if (normalize) {
    const sum = rows.flat().reduce((a, b) => a + b, 0);
    if (sum === 0) throw new Error("a filter whose taps sum to 0 cannot be normalised");
    rows = rows.map((row) => row.map((tap) => tap / sum));
  }
  if (flipFilter) rows = rows.reverse().map((row) => row.reverse());
  const scale = keepLine ? Math.sqrt(gain) : gain;
  rows = rows.map((row) => row.map((tap) => tap * scale));
  return keepLine ? tf.tensor1d(rows[0]!) : tf.tensor2d(rows);
}
