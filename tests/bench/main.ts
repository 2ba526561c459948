/**
 * `npm run bench`: speeds on this machine, as ratios within one run where there is a peer; the figures move with the
 * machine's load. Medians of five passes each, or of as many as `--runs` says: on a graphics device in software the
 * peers' passes take minutes.
 *
 *     npm run bench -- --only wasm,checkpoints --json rows.json
 *     npm run bench -- --only webgpu --runs 1
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchCheckpoints } from "./checkpoints.js";
import { benchPages } from "./pages.js";
import { benchPasses } from "./passes.js";
import { RUNS_VARIABLE } from "./passRuns.js";
import { line, type Row } from "./rows.js";
import { benchWasmInBrowser } from "./wasmInBrowser.js";
import { benchWebGPU } from "./webgpu.js";

/** Each part prints as it goes, and gives its rows for the table at the end. */
const PARTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  checkpoints: benchCheckpoints,
  pages: benchPages,
  passes: benchPasses,
  wasm: benchWasmInBrowser,
  webgpu: benchWebGPU,
};

const { values } = parseArgs({
  options: { json: { type: "string" }, only: { type: "string" }, runs: { type: "string" } },
});
const wanted = values.only?.split(",") ?? Object.keys(PARTS);
const unknown = wanted.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  console.error(`there is no benchmark named "${unknown}"; there are ${Object.keys(PARTS).join(", ")}`);
  process.exit(2);
}
if (values.runs !== undefined) {
  if (!/^[1-9]\d*$/.test(values.runs)) {
    console.error(`--runs takes a whole number of passes from 1 up, not "${values.runs}"`);
    process.exit(2);
  }
  process.env[RUNS_VARIABLE] = values.runs;
}
const rows: Row[] = [];
for (const name of wanted) {
  rows.push(...(await PARTS[name]!()));
  // what a long part found is not lost with the next
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}
console.log(`\n${rows.map(line).join("\n")}`);
