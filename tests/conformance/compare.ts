import type { Tensor } from "@tensorflow/tfjs-core";
import type { Case, LoadedCase } from "../golden.js";
import { failure, type Check } from "./runner.js";

/** Numbers in the golden layout. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Compares a result with a golden tensor: max |a - b| <= atol + rtol_of_max * max_abs. */
export function compare(name: string, actual: Numbers, expectedName: string, loaded: LoadedCase): Check {
  const expected = loaded.tensors.get(expectedName);
  if (expected === undefined) return failure(name, `the case has no tensor ${expectedName}`);
  if (String(actual.shape) !== String(expected.shape)) {
    return failure(name, `shape [${actual.shape}] where [${expected.shape}] is expected`);
  }
  let error = 0;
  for (let i = 0; i < expected.data.length; ++i) {
    const difference = Math.abs(actual.data[i]! - expected.data[i]!);
    if (Number.isNaN(difference)) return failure(name, `not a number at element ${i}`);
    error = Math.max(error, difference);
  }
  return { name, error, allowed: allowance(loaded.case, expectedName, expected.data) };
}

/** atol + rtol_of_max * max_abs of one golden tensor. */
export function allowance(description: Case, name: string, data: ArrayLike<number>): number {
  const { atol, rtol_of_max } = description.tolerance;
  const listed = description.tensors.find((tensor) => tensor.name === name)?.max_abs;
  const maximum = listed ?? Array.from(data).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return atol + rtol_of_max * maximum;
}

/** Reads a tensor back. */
export async function read(tensor: Tensor): Promise<Numbers> {
  return { shape: tensor.shape, data: await tensor.data() };
}
