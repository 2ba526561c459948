/* eslint-disable @typescript-eslint/no-explicit-any -- case.json is free-form: each kind has fields of its own */
import { readFile } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "../lib/checkpoint/safetensors.js";
import { bytesSource } from "../lib/checkpoint/source.js";
import type { Parameter } from "../lib/weights/parameters.js";

/** The project's own copy of the reference numbers. */
export const GOLDEN = fileURLToPath(new URL("./golden/", import.meta.url));

export interface GoldenRun {
  readonly name: string;
  readonly args: Record<string, any>;
  readonly inputs: Record<string, string>;
  readonly outputs: Record<string, string>;
  readonly [key: string]: any;
}

export interface GoldenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly max_abs: number;
  readonly [key: string]: any;
}

/** A folder's case.json: see tests/golden/README.md. */
export interface Case {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  readonly config: Record<string, any>;
  readonly runs: readonly GoldenRun[];
  readonly tensors: readonly GoldenTensor[];
  readonly tolerance: { readonly atol: number; readonly rtol_of_max: number; readonly [key: string]: any };
  readonly files: readonly Record<string, any>[];
  readonly [key: string]: any;
}

export interface LoadedCase {
  readonly dir: string;
  readonly case: Case;
  readonly tensors: ReadonlyMap<string, Parameter>;
  /** The tensors "weights/*" under their own names. */
  readonly weights: ReadonlyMap<string, Parameter>;
}

/** Reads one case: a folder's path, or the name of one of tests/golden. */
export async function loadCase(dir: string): Promise<LoadedCase> {
  const at = existsSync(join(dir, "case.json")) ? dir : join(GOLDEN, dir);
  const description = JSON.parse(await readFile(join(at, "case.json"), "utf8")) as Case;
  const tensors = new Map<string, Parameter>();
  const path = join(at, "tensors.safetensors");
  if (existsSync(path)) {
    const checkpoint = await readSafetensors(bytesSource(await readFile(path)));
    for (const { name, shape, read } of checkpoint.arrays.values()) {
      // A copy: the tensors of a case must not share one large buffer with each other.
      tensors.set(name, { shape, data: (await read()).slice() });
    }
  }
  return { dir: at, case: description, tensors, weights: withPrefix(tensors, "weights/") };
}

/** The entries whose name starts with `prefix`, without it. */
export function withPrefix<T>(map: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  return new Map(
    [...map].filter(([name]) => name.startsWith(prefix)).map(([name, t]) => [name.slice(prefix.length), t]),
  );
}

/** Names of the cases in a folder (tests/golden unless told otherwise) that match a pattern, sorted. */
export function caseNames(pattern = /./, dir = GOLDEN): string[] {
  return readdirSync(dir)
    .filter((name) => pattern.test(name) && existsSync(join(dir, name, "case.json")))
    .sort();
}

/** max |actual - expected| / (atol + rtol_of_max * max_abs): at most 1 passes. Shapes must agree. */
export function goldenError(
  actual: { shape: readonly number[]; data: ArrayLike<number> },
  expected: Parameter,
  tolerance: { readonly atol: number; readonly rtol_of_max: number },
): number {
  if (String(actual.shape) !== String(expected.shape)) {
    throw new Error(`shape [${actual.shape}], expected [${expected.shape}]`);
  }
  let max = 0;
  let worst = 0;
  for (const value of expected.data) max = Math.max(max, Math.abs(value));
  for (let i = 0; i < expected.data.length; ++i) {
    const error = Math.abs(actual.data[i]! - expected.data[i]!);
    if (Number.isNaN(error)) return Infinity;
    worst = Math.max(worst, error);
  }
  return worst / (tolerance.atol + tolerance.rtol_of_max * max);
}
