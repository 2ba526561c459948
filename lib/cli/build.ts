/** Builds the site into `dist/` and fails on what Framework itself only prints into the page. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundlePages } from "./bundlePages.js";
import { bundleWorkers } from "./bundleWorkers.js";
import { mendPage, mendStyle } from "./mend.js";
import { prepare } from "./prepare.js";

const root = new URL("../../", import.meta.url).pathname;

function filesOf(folder: string, ending: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

/** Sentences for every page of the built site that holds an error or asks another host for something. */
export function faultsOf(folder: string): string[] {
  const faults: string[] = [];
  for (const file of filesOf(folder, ".html")) {
    const text = readFileSync(file, "utf8");
    if (text.includes("observablehq--error")) faults.push(`${file}: a code block did not compile`);
    if (text.includes("katex-error")) faults.push(`${file}: an equation did not compile`);
    for (const [, host] of text.matchAll(
      /<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?:\/\/[^"/]+)/g,
    ))
      faults.push(`${file}: loads from ${host}`);
  }
  return faults;
}

/** Rewrites every page and stylesheet of the built site. */
function mend(folder: string): void {
  const rewrite = (file: string, change: (text: string) => string) =>
    writeFileSync(file, change(readFileSync(file, "utf8")));
  for (const file of filesOf(folder, ".html")) rewrite(file, mendPage);
  for (const file of filesOf(folder, ".css")) rewrite(file, mendStyle);
}

export async function build(): Promise<void> {
  await prepare();
  const { status, stdout, stderr } = spawnSync("npx", ["observable", "build"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, OBSERVABLE_TELEMETRY_DISABLE: "1" },
    maxBuffer: 1 << 28,
  });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (status !== 0) throw new Error(`observable build ended with status ${status}`);
  mend(join(root, "dist"));
  const workers = await bundleWorkers(join(root, "dist"));
  if (workers.length !== 2) throw new Error(`the built site has ${workers.length} workers; expected 2`);
  await bundlePages(join(root, "dist"));
  const faults = faultsOf(join(root, "dist"));
  if (faults.length > 0) throw new Error(`the built site has faults:\n${faults.join("\n")}`);
}

if (import.meta.url === `file://${process.argv[1]}`) {
  build().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
