/**
 * `npm run conformance -- DIR... [--backend wasm|webgpu|cpu] [--only PATTERN]
 * [--no-kernels] [--verbose]`: compares our numbers with
 * those of the official implementations, for every case below the folders.
 *
 * Prints a line a case with its largest error against the tolerance, and closes with "N passed, N failed"; exits
 * with 1 when a case failed or none was found, with 2 when the command line makes no sense.
 */
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { loadCase } from "../golden.js";
import { runWithVulkan } from "../vulkan.js";
import { BACKENDS, startBackend, type BackendName } from "./backend.js";
import { findCases } from "./cases.js";
import { loadRunners, runCase } from "./registry.js";
import { failure, passes, type Check } from "./runner.js";

const USAGE =
  "usage: npm run conformance -- DIR... [--backend wasm|webgpu|cpu] [--only PATTERN] [--no-kernels] [--verbose]";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      backend: { type: "string", default: "wasm" },
      only: { type: "string" },
      "no-kernels": { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
    },
  });
  const { backend } = values;
  if (positionals.length === 0) throw new Error("a folder with cases is needed");
  if (!BACKENDS.includes(backend as BackendName)) throw new Error(`unknown back end "${backend}"`);
  const pattern = new RegExp(values.only ?? "");
  const elsewhere = backend === "webgpu" ? runWithVulkan() : null;
  if (elsewhere !== null) return elsewhere;

  console.log(`back end: ${await startBackend(backend as BackendName, !values["no-kernels"])}`);
  const runners = await loadRunners();
  const folders = (await Promise.all(positionals.map(findCases)))
    .flat()
    .filter((dir) => pattern.test(basename(dir)));
  let [passed, failed] = [0, 0];
  for (const dir of folders) {
    const started = performance.now();
    const checks = await loadCase(dir).then(
      (loaded) => runCase(loaded, runners),
      (error: Error) => [failure(basename(dir), error.message)],
    );
    const seconds = (performance.now() - started) / 1000;
    const ok = checks.every(passes);
    if (ok) passed += 1;
    else failed += 1;
    console.log(line(basename(dir), checks, ok, seconds));
    for (const check of checks) if (values.verbose || !passes(check)) console.log(`    ${detail(check)}`);
  }
  if (folders.length === 0) console.log("no case matches");
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || folders.length === 0 ? 1 : 0;
}

/** How much of what is allowed the error takes up; above 1 it fails. */
function ratio({ error, allowed }: Check): number {
  if (error === 0) return 0;
  return error / allowed;
}

function line(name: string, checks: readonly Check[], ok: boolean, seconds: number): string {
  const worst = checks.reduce((a, b) => (ratio(b) > ratio(a) ? b : a));
  const figures = Number.isFinite(worst.error)
    ? `largest error ${worst.error.toExponential(2)} of ${worst.allowed.toExponential(2)} allowed (${worst.name})`
    : `${worst.name}: ${worst.note}`;
  return `${ok ? "pass" : "FAIL"}  ${name.padEnd(32)} ${checks.length} comparisons, ${figures}, ${seconds.toFixed(1)} s`;
}

function detail(check: Check): string {
  const verdict = passes(check) ? "pass" : "FAIL";
  const figures =
    check.note ?? `error ${check.error.toExponential(2)} of ${check.allowed.toExponential(2)} allowed`;
  return `${verdict}  ${check.name}: ${figures}`;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  },
);
