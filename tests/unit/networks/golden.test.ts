import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../../conformance/backend.js";
import { loadRunners, runCase } from "../../conformance/registry.js";
import { passes, type Runner } from "../../conformance/runner.js";
import { caseNames, loadCase } from "../../golden.js";

let runners: readonly Runner[];

beforeAll(async () => {
  await startBackend("wasm");
  runners = await loadRunners();
});

describe("the generators of StyleGAN1 and StyleGAN2", () => {
  it.each(caseNames(/^sg[12]-generator-/))("reproduce every number of %s", async (name) => {
    const loaded = await loadCase(name);
    const checks = await runCase(loaded, runners);
    expect(checks.filter((check) => !passes(check))).toEqual([]);
    expect(checks.length).toBeGreaterThanOrEqual(loaded.case.runs.length);
  });
});
