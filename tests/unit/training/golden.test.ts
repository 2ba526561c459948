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

describe("training", () => {
  it.each(caseNames(/-losses|lod-schedule|-discriminator-/))(
    "reproduces every number of %s",
    async (name) => {
      const checks = await runCase(await loadCase(name), runners);
      expect(checks.filter((check) => !passes(check))).toEqual([]);
    },
  );
});
