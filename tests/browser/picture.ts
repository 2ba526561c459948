/** `npm run picture`: builds the book and photographs its chapters for the README. */
import { mkdirSync } from "node:fs";
import { build } from "../../lib/cli/build.js";
import { serve } from "../../lib/cli/serve.js";
import { launch } from "./chromium.js";
import { visit } from "./visit.js";

const root = new URL("../../", import.meta.url).pathname;
const PATIENCE = 300_000;

if (!process.env.SITE_IS_BUILT) await build();
const { server, address } = await serve(`${root}dist`);
const browser = await launch({ webgpu: false });
const { page } = await visit(browser, `${address}chapters/weight-demodulation`, { width: 1280, height: 800 });
await page.waitForSelector("figure.book-figure[data-state='ready']", { timeout: PATIENCE });
mkdirSync(`${root}data/pictures`, { recursive: true });
await page.evaluate(() => window.scrollTo(0, 0));
await page.screenshot({ path: `${root}data/pictures/book.png` });
await browser.close();
server.close();
