/** `npm run picture`: builds the book and photographs a page of it, with its figure drawn, for the README. */
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
const { page } = await visit(browser, `${address}at-a-glance`, { width: 1280, height: 840 });
await page.waitForSelector("#glance[data-state='ready']", { timeout: PATIENCE });
await page
  .locator("#glance")
  .evaluate((figure) => window.scrollBy(0, figure.getBoundingClientRect().top - 90));
await page.waitForTimeout(500); // the table of contents follows
mkdirSync(`${root}data/pictures`, { recursive: true });
await page.screenshot({ path: `${root}data/pictures/book.png` });
await browser.close();
server.close();
