import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { accessibilityFaults, emulate, visit } from "./visit.js";

const dist = new URL("../../dist", import.meta.url).pathname;
const pages = readdirSync(dist, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".html") && !name.startsWith("_"))
  .map((name) => name.replace(/\.html$/, "").replace(/^index$/, ""));

/** Pages to look things up in, and the one that waits for the reader's file: none has a live figure at first. */
const LOOK_UP = ["glossary", "notation", "references", "models", "bring-your-own-model"];

/**
 * Waits until the page's first live figure shows a picture: its first preview will do where `previewIsEnough` (a
 * graphics device in software takes minutes for the whole one). Returns the figure's state.
 */
async function firstFigure(page: Page, previewIsEnough: boolean): Promise<string> {
  await page.waitForSelector("figure.book-figure[data-state]", { timeout: 60_000 });
  await page.locator("figure.book-figure[data-state]").first().scrollIntoViewIfNeeded();
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const state = await page.locator("figure.book-figure[data-state]").first().getAttribute("data-state");
    if (state === "ready" || state === "failed") return state;
    if (previewIsEnough && (await contrast(page)) > LEAST_CONTRAST) return "previewed";
    await page.waitForTimeout(500);
  }
  return "still at work";
}

const PATIENCE = 400_000;

/** Grey levels; a blank canvas has 0. */
const LEAST_CONTRAST = 5;

/** Standard deviation of the grey values of the first figure's largest canvas: 0 for a blank one. */
function contrast(page: Page): Promise<number> {
  return page.evaluate(() => {
    const figure = document.querySelector("figure.book-figure[data-state]")!;
    const canvases = [...figure.querySelectorAll("canvas")].sort(
      (a, b) => b.width * b.height - a.width * a.height,
    );
    const canvas = canvases[0]!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let n = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < data.length; i += 4) {
      const grey = (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
      n += 1;
      sum += grey;
      squares += grey * grey;
    }
    return Math.sqrt(squares / n - (sum / n) ** 2);
  });
}

describe.each([
  { name: "WebAssembly", webgpu: false },
  { name: "WebGPU", webgpu: true },
])("on $name", ({ name, webgpu }) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({ webgpu });
  });
  afterAll(() => browser.close());

  // the chapters' figures are opened on WebGPU by a test of their own, with smaller networks
  const opened = pages.filter((path) => !LOOK_UP.includes(path) && !(webgpu && path.startsWith("chapters/")));
  test.each(opened)("page /%s shows its network's picture and nothing goes wrong", async (path) => {
    const { page, faults, close } = await visit(browser, join(inject("site"), path).replace(":/", "://"));
    expect(await firstFigure(page, webgpu)).toBe(webgpu ? "previewed" : "ready");
    expect(await contrast(page)).toBeGreaterThan(LEAST_CONTRAST);
    expect(await page.locator("figure.book-figure .badge").first().textContent()).toContain(name);
    expect(faults).toEqual([]);
    await close();
  });
});

describe("every page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({ webgpu: false });
  });
  afterAll(() => browser.close());

  // one visit for all: a page is drawn anew when its window changes, as when a reader turns a phone
  test.each(pages)("/%s fits 360, 1280 and 1920 pixels and is accessible, light and dark", async (path) => {
    const { page, faults, close } = await visit(browser, inject("site") + path, { width: 360 });
    const fits = async (width: number) => {
      await page.setViewportSize({ width, height: 900 });
      const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await expect.poll(beyond, { timeout: 60_000, message: `${width} pixels` }).toBeLessThanOrEqual(0);
    };
    await page.waitForTimeout(1500);
    await fits(360);
    expect(await accessibilityFaults(page), "light, 360 pixels").toEqual([]);
    await emulate(page, { colorScheme: "dark" });
    await fits(1280);
    expect(await accessibilityFaults(page), "dark, 1280 pixels").toEqual([]);
    await fits(1920);
    expect(faults).toEqual([]);
    await close();
  });

  test("the key that the search field names puts the focus there, and what is typed finds pages", async () => {
    const { page, faults, close } = await visit(browser, inject("site"));
    const field = page.locator("#observablehq-search input");
    await page.locator("#observablehq-search[data-shortcut]").waitFor(); // its script has run
    const key = await page.evaluate(
      () => getComputedStyle(document.querySelector("#observablehq-search")!, "::after").content,
    );
    await page.keyboard.press(JSON.parse(key) as string);
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await field.inputValue()).toBe("");
    await field.pressSequentially("demodulation");
    const results = page.locator("#observablehq-search-results a");
    await results.first().waitFor();
    expect((await results.allTextContents()).join()).toContain("Weight demodulation");
    expect(faults).toEqual([]);
    await close();
  });

  test.each(pages)("/%s can be walked through with the Tab key, with the focus in sight", async (path) => {
    const { page, close } = await visit(browser, inject("site") + path);
    await page.waitForTimeout(1500);
    // a group of radio buttons is one stop: the chosen one
    const expected = await page.evaluate(
      () =>
        [
          ...document.querySelectorAll<HTMLElement>(
            "main button:not(:disabled), main input:not([type=radio]:not(:checked)), main select, main summary, main a[href]",
          ),
        ].filter((element) => element.offsetParent !== null && element.tabIndex >= 0).length,
    );
    const reached = new Set<string>();
    const enough = Math.floor(expected * 0.9);
    for (let i = 0; i < expected * 2 + 40 && reached.size <= enough; i++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          element.dataset.reached ??= String(Math.random());
          return element.closest("main") ? element.dataset.reached : "";
        }),
      );
    }
    reached.delete("");
    expect(reached.size).toBeGreaterThanOrEqual(enough);
    await close();
  });
});
