/**
 * Copies what the site serves from packages (KaTeX's stylesheet and fonts, the WebAssembly back end's binaries)
 * below `src`, so that a reader's browser never asks another host for them, and lists the book's models.
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseManifest } from "../weights/manifest.js";
import { type ModelEntry, modelEntry } from "../weights/modelList.js";

const require = createRequire(import.meta.url);
const source = new URL("../../src/", import.meta.url).pathname;

async function copyMatching(from: string, to: string, pattern: RegExp): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) if (pattern.test(name)) await cp(join(from, name), join(to, name));
}

/**
 * Framework's client names these packages and asks a registry for their versions while it bundles itself, even
 * when no page uses them. A folder in its cache answers instead, so that a build needs no network. The version
 * does not exist: a page that did use one of them would fail the build.
 */
const IMPLICIT_PACKAGES = [
  "@duckdb/duckdb-wasm", "@observablehq/inputs", "@observablehq/plot", "@observablehq/sample-datasets", "@viz-js/viz",
  "apache-arrow", "arquero", "d3", "d3-dsv", "echarts", "exceljs", "htl", "jszip", "katex", "leaflet", "lodash",
  "mapbox-gl", "mermaid", "parquet-wasm", "react", "react-dom", "sql.js", "topojson-client", "vega", "vega-lite",
  "vega-lite-api",
]; // prettier-ignore

async function reserveImplicitPackages(): Promise<void> {
  for (const name of IMPLICIT_PACKAGES)
    await mkdir(join(source, `.observablehq/cache/_npm/${name}@0.0.0`), { recursive: true });
}

/** `weights/index.json`: one entry for each folder of `data/weights` with a manifest, in the order of their ids; without the models that belong to one chapter. */
async function listModels(): Promise<void> {
  const folder = join(source, "weights");
  const entries: ModelEntry[] = [];
  for (const item of (await readdir(folder, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (!item.isDirectory()) continue;
    const text = await readFile(join(folder, item.name, "manifest.json"), "utf8").catch(() => null);
    if (text === null) continue;
    const manifest = parseManifest(JSON.parse(text));
    if (manifest.study === undefined) entries.push(modelEntry(item.name, manifest));
  }
  await writeFile(join(folder, "index.json"), `${JSON.stringify(entries, null, 2)}\n`);
}

export async function prepare(): Promise<void> {
  const katex = dirname(require.resolve("katex/dist/katex.min.css"));
  const wasm = dirname(require.resolve("@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm"));
  await reserveImplicitPackages();
  // Framework keeps what a loader made until the loader's own file changes; these two read other files.
  for (const name of ["contents.json", "glossary.md"])
    await rm(join(source, ".observablehq/cache", name), { force: true });
  for (const folder of ["katex", "wasm"]) await rm(join(source, folder), { recursive: true, force: true });
  await copyMatching(katex, join(source, "katex"), /^katex\.min\.css$/);
  await copyMatching(join(katex, "fonts"), join(source, "katex/fonts"), /\.woff2$/);
  await copyMatching(wasm, join(source, "wasm"), /\.wasm$/);
  await listModels();
}
