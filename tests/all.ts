/**
 * `npm test`: type check, lint, format, build, unit and golden tests, conformance, browser tests. Every step runs,
 * also after a failure; the last line counts what really ran.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";

const root = new URL("../", import.meta.url).pathname;
const results = `${root}tests/.results/`;
let passed = 0;
let failed = 0;

/** What a step prints is seen while it runs, unless its output is asked for. */
function run(command: string, args: string[], collect = false): { ok: boolean; output: string } {
  console.log(`\n> ${command} ${args.join(" ")}`);
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, SITE_IS_BUILT: "1" },
    stdio: ["ignore", collect ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (collect) process.stdout.write(stdout);
  return { ok: status === 0, output: stdout ?? "" };
}

/** A step that is one check. */
function check(command: string, args: string[]): void {
  if (run(command, args).ok) passed += 1;
  else failed += 1;
}

/** A step of many tests, counted from vitest's own report; one that does not report counts as a failure. */
function suite(project: string): void {
  const file = `${results}${project}.json`;
  const { ok } = run("npx", [
    "vitest", "run", "--project", project, "--reporter", "verbose", "--reporter", "json", `--outputFile.json=${file}`,
  ]); // prettier-ignore
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    if (!ok && report.numFailedTests === 0) failed += 1;
  } catch {
    failed += 1;
  }
}

/** Golden cases by name, counted from the conformance tool's closing line. */
function conformance(folder: string, only: string): void {
  const { ok, output } = run("npx", ["tsx", "tests/conformance/main.ts", folder, "--only", only], true);
  const closing = /^(\d+) passed, (\d+) failed$/m.exec(output);
  if (closing === null) failed += 1;
  else {
    passed += Number(closing[1]);
    failed += Number(closing[2]);
    if (!ok && closing[2] === "0") failed += 1;
  }
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
check("npx", ["tsc", "--noEmit"]);
check("npx", ["eslint", "."]);
check("npx", ["prettier", "--check", "."]);
check("npx", ["tsx", "lib/cli/build.ts"]);
suite("unit");
suite("webgpu");
conformance("tests/golden", "^(?!fullsize-sg3)");
// each with a heap of its own: StyleGAN3-R takes 3.5 GB
conformance("tests/golden", "^fullsize-sg3r");
conformance("tests/golden", "^fullsize-sg3(?!r)");
suite("browser");
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
