import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { startBackend } from "../../conformance/backend.js";
import { loadRunners, runCase } from "../../conformance/registry.js";
import { passes, type Runner } from "../../conformance/runner.js";
import { caseNames, GOLDEN, loadCase, type LoadedCase } from "../../golden.js";

let runners: Runner[];

beforeAll(async () => {
  await startBackend("wasm");
  runners = await loadRunners();
});

describe("operations against the official implementations", () => {
  it.each(caseNames(/^ops-/))("%s agrees within its tolerance", async (name) => {
    const loaded = await loadCase(join(GOLDEN, name));
    const checks = await runCase(loaded, runners);
    expect(checks.length).toBeGreaterThanOrEqual(loaded.case.runs.length);
    expect(checks.filter((check) => !passes(check))).toEqual([]);
  });
});

describe("the comparison itself", () => {
  const altered = async (change: (loaded: LoadedCase) => LoadedCase) => {
    const checks = await runCase(change(await loadCase(join(GOLDEN, "ops-lowpass-filter"))), runners);
    return checks.filter((check) => !passes(check));
  };
  const withArgs = (loaded: LoadedCase, more: object): LoadedCase => {
    const runs = loaded.case.runs.map((run, i) =>
      i === 0 ? { ...run, args: { ...run.args, ...more } } : run,
    );
    return { ...loaded, case: { ...loaded.case, runs } };
  };

  it("fails where one number is off by twice the tolerance", async () => {
    const failed = await altered((loaded) => {
      const name = loaded.case.runs[0]!.outputs["f"]!;
      const { shape, data } = loaded.tensors.get(name)!;
      const moved = data.slice();
      moved[3]! += 2 * (1e-6 + 1e-5 * Math.max(...data));
      return { ...loaded, tensors: new Map([...loaded.tensors, [name, { shape, data: moved }]]) };
    });
    expect(failed.map(({ name }) => name)).toEqual(["kaiser_0/f"]);
  });

  it("fails on an argument that it does not know", async () => {
    const failed = await altered((loaded) => withArgs(loaded, { twist: 3 }));
    expect(failed.map(({ note }) => note)).toEqual(["unknown argument twist"]);
  });

  it("fails on a case that no runner knows", async () => {
    const failed = await altered((loaded) => ({ ...loaded, case: { ...loaded.case, kind: "riddle" } }));
    expect(failed[0]!.note).toMatch(/^no runner knows this case: kind "riddle"/);
  });
});
