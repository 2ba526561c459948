/** Puts each worker of the built site into one file. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLE } from "./bundleOptions.js";

/** Built modules that a page starts as workers: their name, then a hash. */
const WORKER = /(^|\/)lib\/engine\/(worker|trainerWorker)\.[0-9a-f]+\.js$/;

/**
 * Replaces each worker of a built site by itself with everything that it imports. A page's own modules are named in
 * its head and load at once; a worker finds its hundred and more only one below the other.
 *
 * @param folder the built site
 * @returns the files, relative to the folder
 */
export async function bundleWorkers(folder: string): Promise<string[]> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    WORKER.test(name),
  );
  for (const file of files) {
    const path = join(folder, file);
    await build({
      ...BUNDLE,
      entryPoints: [path],
      outfile: path,
      allowOverwrite: true,
      packages: "external", // what tfjs asks Node for, and a browser never
    });
  }
  return files;
}
