import type { Case, LoadedCase } from "../golden.js";

/** One comparison of a case: passes where error <= allowed. */
export interface Check {
  readonly name: string;
  readonly error: number;
  readonly allowed: number;
  /** Why there is no number, or what went wrong. */
  readonly note?: string;
}

/** Computes the numbers of one kind of case. */
export interface Runner {
  /** What it runs, for messages. */
  readonly name: string;
  /** Whether it knows this case: by its kind, its source and its config, never by its name. */
  accepts(description: Case): boolean;
  /** All comparisons of the case; throws one sentence where the case asks for what it does not know. */
  run(loaded: LoadedCase): Promise<Check[]>;
}

/** A check that cannot pass. */
export function failure(name: string, note: string): Check {
  return { name, error: Infinity, allowed: 0, note };
}

export function passes(check: Check): boolean {
  return check.error <= check.allowed;
}
