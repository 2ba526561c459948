/**
 * The pages of the book in Chromium without a graphics device, weights in the cache: when the first picture is there,
 * how long the page's thread is kept busy, and how much code comes before that picture.
 */
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import type { BrowserContext } from "playwright-core";
import { build } from "../../lib/cli/build.js";
import { serve } from "../../lib/cli/serve.js";
import { launch } from "../browser/chromium.js";
import { runs } from "./passRuns.js";
import { line, median, row, type Row } from "./rows.js";

/** The home page, a chapter on each generator, and the largest chapter. */
const PAGES = ["", "chapters/adain", "chapters/weight-demodulation", "chapters/lod-blending"];

/** Goals on a quiet machine: seconds to the first picture of 64 pixels, milliseconds of a task, kilobytes of compressed code. */
const FIRST = 1.5;
const TASK = 200;
const CODE = 900;

const dist = new URL("../../dist", import.meta.url).pathname;

interface Opening {
  /** Milliseconds from the start of navigation to the first picture, and to the figure's last one. */
  readonly first: number;
  readonly last: number;
  /** Milliseconds of the longest task of the page's thread until then; 0 when none exceeded 50. */
  readonly task: number;
  /** Paths of the scripts that were asked for before the first picture. */
  readonly scripts: readonly string[];
}

/** Runs in the page before all else: notes when a picture of at least 64 pixels is drawn, and each long task. */
function watch(): void {
  const found = { first: 0, task: 0 };
  const put = CanvasRenderingContext2D.prototype.putImageData as (...given: unknown[]) => void;
  CanvasRenderingContext2D.prototype.putImageData = function (this: unknown, ...given: unknown[]) {
    put.apply(this, given);
    if (found.first === 0 && (given[0] as ImageData).width >= 64) found.first = performance.now();
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) found.task = Math.max(found.task, duration);
  }).observe({ type: "longtask", buffered: true });
  Object.assign(globalThis, { found });
}

async function open(context: BrowserContext, url: string): Promise<Opening> {
  const page = await context.newPage();
  const asked: string[] = [];
  let counting = true;
  // workers' scripts too, which the page's own list of resources leaves out
  page.on("request", (request) => {
    if (counting && /\.js$/.test(new URL(request.url()).pathname)) asked.push(request.url());
  });
  try {
    await page.addInitScript(watch);
    await page.goto(url, { waitUntil: "commit" });
    await page.waitForFunction(() => (globalThis as unknown as { found: { first: number } }).found.first > 0);
    counting = false;
    await page.waitForFunction(() => document.querySelector("[data-state=ready]") !== null);
    return await page.evaluate((scripts) => {
      const { found } = globalThis as unknown as { found: { first: number; task: number } };
      return { ...found, last: performance.now(), scripts };
    }, asked);
  } finally {
    await page.close();
  }
}

/** Kilobytes of files of the site, each compressed as a host does. */
function compressed(urls: readonly string[]): number {
  const paths = new Set(urls.map((url) => new URL(url).pathname));
  return [...paths].reduce((sum, path) => sum + gzipSync(readFileSync(dist + path)).length, 0) / 1000;
}

export async function benchPages(): Promise<Row[]> {
  if (!process.env.SITE_IS_BUILT) await build();
  const { server, address } = await serve(dist);
  const browser = await launch({ webgpu: false });
  const rows: Row[] = [];
  try {
    for (const path of PAGES) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
      const { scripts } = await open(context, address + path); // loads the weights
      const openings: Opening[] = [];
      for (let run = 0; run < runs(); run++) openings.push(await open(context, address + path));
      await context.close();
      const name = `/${path}, wasm, weights in the cache`;
      const middle = (part: "first" | "last" | "task") => median(openings.map((opening) => opening[part]));
      const found = [
        row(`${name}: the first picture`, middle("first") / 1000, null, "s", FIRST),
        row(`${name}: the figure's last picture`, middle("last") / 1000, null, "s", null),
        row(`${name}: the longest task of the page's thread`, middle("task"), null, "ms", TASK),
        row(`/${path}: code before the first picture, compressed`, compressed(scripts), null, "kB", CODE),
      ];
      for (const one of found) console.log(line(one));
      rows.push(...found);
    }
  } finally {
    await browser.close();
    server.close();
  }
  return rows;
}
