import { readdir } from "node:fs/promises";
import type { Case, LoadedCase } from "../golden.js";
import { failure, type Check, type Runner } from "./runner.js";

/** Every runner of runners/: the lists that its files export as `runners`. */
export async function loadRunners(): Promise<Runner[]> {
  const folder = new URL("./runners/", import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".ts")).sort();
  const modules = await Promise.all(
    files.map(
      (file) => import(new URL(file, folder).href) as Promise<{ readonly runners?: readonly Runner[] }>,
    ),
  );
  return modules.flatMap((module) => module.runners ?? []);
}

/** Runs one case with the runner that accepts it; none, or more than one, is a failure. */
export async function runCase(loaded: LoadedCase, runners: readonly Runner[]): Promise<Check[]> {
  const able = runners.filter((runner) => runner.accepts(loaded.case));
  if (able.length === 0)
    return [failure(loaded.case.name, `no runner knows this case: ${describe(loaded.case)}`)];
  if (able.length > 1) {
    const names = able.map((runner) => runner.name).join(", ");
    return [failure(loaded.case.name, `more than one runner takes this case: ${names}`)];
  }
  try {
    const checks = await able[0]!.run(loaded);
    return checks.length > 0 ? checks : [failure(loaded.case.name, "the runner compared nothing")];
  } catch (error) {
    return [failure(loaded.case.name, (error as Error).message)];
  }
}

function describe(description: Case): string {
  return `kind "${description.kind}", source "${description["source"] ?? "not given"}"`;
}
