import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import {
  LONG,
  after,
  cell,
  choose,
  contrast,
  expectFitAndAccessible,
  pixelsOf,
  ready,
  type,
} from "./figures.js";
import { visit, type Visit } from "./visit.js";

const address = () => `${inject("site")}chapters/path-length`;

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

/** Scrolls to a figure and makes it small before it has begun. */
async function small(page: Page, id: string, ...choices: readonly string[]): Promise<Locator> {
  const figure = page.locator(`#${id}`);
  await figure.waitFor(LONG);
  await figure.scrollIntoViewIfNeeded();
  for (const value of choices) await choose(figure, value);
  return ready(page, id);
}

/** What the chart reads out for each layer, by the arrow keys. */
async function rowsOf(page: Page, figure: Locator): Promise<{ name: string; length: number }[]> {
  const count = await figure.locator(".layer-chart .dots circle").count();
  const rows: { name: string; length: number }[] = [];
  await figure.locator(".layer-chart").focus();
  for (let i = 0; i < count; i++) await page.keyboard.press("ArrowLeft"); // from wherever it was
  for (let i = 0; i < count; i++) {
    if (i > 0) await page.keyboard.press("ArrowRight");
    const [name, value] = await figure.locator(".layer-chart .readout span").allTextContents();
    rows.push({ name: name!, length: Number(/length: ([\d.e+−-]+)/.exec(value!)![1]!.replace("−", "-")) });
  }
  return rows;
}

// One visit for all: the model is loaded once, and what a figure has measured is not measured again.
describe("the chapter on path-length regularisation, on WebAssembly", () => {
  let at: Visit;
  let page: Page;
  beforeAll(async () => {
    at = await visit(browser, address());
    page = at.page;
  });
  afterAll(() => at.close());
  afterEach(() => expect(at.faults).toEqual([]));

  test("moves the picture with w on the seed plane", async () => {
    const figure = await ready(page, "generator");
    const canvas = figure.locator("canvas.picture-canvas");
    expect(await canvas.evaluate((node) => (node as HTMLCanvasElement).width)).toBe(1024);
    expect(await contrast(canvas)).toBeGreaterThan(5);
  });

  test("takes equal steps in W and equal steps of the picture", async () => {
    const figure = await ready(page, "steps");
    const spreads = async () => [await cell(figure, "spread-W"), await cell(figure, "spread-picture")];
    const [inW, inPicture] = await spreads();
    expect(inW).toBeGreaterThan(1.2);
    expect(inPicture).toBeLessThan(1.1);
    const bars = await figure.locator('[data-row="W"] .chart').getAttribute("aria-label");
    expect(await figure.locator("canvas").count()).toBe(14);
    await after(page, "steps", '[data-cell="spread-W"]', () => type(figure, "to seed", 9));
    const [other, level] = await spreads();
    expect(level).toBeLessThan(other!);
    expect(await figure.locator('[data-row="W"] .chart').getAttribute("aria-label")).not.toBe(bars);
    await figure.locator("button", { hasText: "Reset all" }).click();
    await expect.poll(spreads, LONG).toEqual([inW, inPicture]);
  });

  test("pulls a direction back: the rows add up to the length, and two pictures agree with it", async () => {
    const figure = await ready(page, "direction");
    const check = async (rows: number) => {
      const parts = await rowsOf(page, figure);
      expect(parts).toHaveLength(rows);
      const squares = parts.reduce((sum, { length }) => sum + length ** 2, 0);
      expect(Math.sqrt(squares / rows) / (await cell(figure, "length"))).toBeCloseTo(1, 1.7);
      expect((await cell(figure, "measured")) / (await cell(figure, "predicted"))).toBeCloseTo(1, 1);
      return parts;
    };
    const [first] = await check(10);
    expect(first!.name).toBe("w[0] b4.conv1");
    for (const canvas of await figure.locator("canvas").all())
      expect(await contrast(canvas)).toBeGreaterThan(3);
    const length = '[data-cell="length"]';
    const asAtFirst = await cell(figure, "length");
    await after(page, "direction", length, () => choose(figure, "32"));
    await check(8);
    await after(page, "direction", length, () => type(figure, "seed of y", 7));
    await after(page, "direction", length, () => type(figure, "seed", 12));
    await after(page, "direction", length, () => type(figure, "truncation ψ, exact value", 0));
    await check(8);
    await after(page, "direction", length, () =>
      figure.locator("button", { hasText: "Reset all" }).press("Enter"),
    );
    expect(await cell(figure, "length")).toBe(asAtFirst);
  });

  test("gathers lengths, their moving mean and the penalty", async () => {
    const figure = await small(page, "lengths", "16");
    const mean = await cell(figure, "mean");
    expect(await figure.locator(".dots circle").count()).toBe(16);
    expect(await cell(figure, "spread")).toBeGreaterThan(0.05);
    // 1 - 0.99^16 of the mean, but for the order of the lengths
    expect((await cell(figure, "moving")) / mean).toBeCloseTo(0.149, 2);
    const slow = await cell(figure, "penalty");
    // mean (l - a)^2 = std^2 + (mean - a)^2
    const [spread, a] = [await cell(figure, "spread"), await cell(figure, "moving")];
    expect(slow / ((spread * mean) ** 2 * (15 / 16) + (mean - a) ** 2)).toBeCloseTo(1, 2);
    expect(await cell(figure, "loss")).toBeLessThan(8 * slow);
    await after(page, "lengths", '[data-cell="penalty"]', () => type(figure, /^share of each new/, 0.5));
    expect(await cell(figure, "penalty")).toBeLessThan(slow);
    expect(await cell(figure, "mean")).toBe(mean);
    await figure.locator(".reset.is-changed").last().press("Enter");
    expect(await figure.locator("button", { hasText: "Reset all" }).isEnabled()).toBe(true);
  });

  test("draws a slice of W whose cross moves by keyboard, with the length and the picture there", async () => {
    const figure = await small(page, "map", "1", "16"); // 5 x 5 places
    const range = async () =>
      (await figure.locator('[data-cell="ratio"]').innerText()).match(/[\d.]+/g)!.map(Number);
    const [low, high, ratio] = await range();
    expect(high! / low!).toBeCloseTo(ratio!, 0);
    expect(ratio).toBeGreaterThan(1.1);
    expect(await figure.locator(".length-map-bands path").count()).toBeGreaterThan(4);
    const here = await cell(figure, "here");
    expect(here).toBeGreaterThan(0.8 * low!);
    expect(here).toBeLessThan(1.2 * high!);
    const canvas = figure.locator("canvas.picture-canvas");
    const before = await pixelsOf(canvas);
    const there = await after(page, "map", '[data-cell="here"]', async () => {
      await figure.locator(".length-map").focus();
      for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+ArrowRight");
    });
    expect(Number.isFinite(there)).toBe(true);
    await ready(page, "map");
    expect(await pixelsOf(canvas)).not.toBe(before);
    expect(await canvas.evaluate((node) => (node as HTMLCanvasElement).width)).toBe(1024);
    // the map of places is that of before: moving the cross measures no place anew
    expect(await range()).toEqual([low, high, ratio]);

    // three equal seeds span nothing, and the page says so
    for (const label of ["second seed", "third seed"]) await type(figure, label, 38);
    await figure.locator(".path-message", { hasText: "span no plane" }).waitFor(LONG);
    await figure.locator("button", { hasText: "Reset all" }).click();
    await figure.locator(".path-message").waitFor({ state: "hidden", ...LONG });
  });

  test("shows that the penalty levels the map of the small network, for other seeds too", async () => {
    const figure = await ready(page, "pair");
    const ratio = (side: number) => cell(figure, "ratio", `section[data-side="${side}"]`);
    expect(await ratio(1)).toBeLessThan(0.8 * (await ratio(0)));
    expect(await figure.locator(".interval-dots circle").count()).toBe(96);
    const pictures = await figure.locator("canvas.picture-canvas").all();
    for (const canvas of pictures) expect(await contrast(canvas)).toBeGreaterThan(5);
    const seen = () => Promise.all(pictures.map(pixelsOf));
    const [a, b] = [(await seen()).slice(0, 4), (await seen()).slice(4)];
    expect(a).not.toEqual(b);
    await figure.locator(".length-map").nth(1).focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(async () => (await seen())[3], LONG).not.toBe(a[3]); // the cross is that of both maps
    await expect.poll(async () => (await seen())[7], LONG).not.toBe(b[3]);
    await after(page, "pair", '[data-cell="ratio"]', () => type(figure, "second seed", 9));
    expect(await ratio(1)).toBeLessThan(await ratio(0));
  });

  test("measures steps in Z and W of three models, with their errors", async () => {
    const figure = await ready(page, "ppl");
    const rows = figure.locator(".ppl-table tbody tr");
    expect(await rows.count()).toBe(6);
    for (const row of await rows.allInnerTexts()) expect(row).toMatch(/\b20\b.*\d ± \d/s);
    expect(await figure.locator(".interval-dots circle").count()).toBe(120);
    const mean = (space: string, model: string) =>
      cell(figure, "mean", `[data-space="${space}"][data-model="${model}"]`);
    // the same z gives nearly the same picture in both; W is where they differ
    expect((await mean("z", "discs-plain")) / (await mean("z", "discs-regularised"))).toBeCloseTo(1, 0);
    expect(await mean("w", "discs-regularised")).toBeLessThan(await mean("w", "discs-plain"));
    expect(await mean("w", "portraits-lite-sg2")).toBeGreaterThan(0);
  });

  test("lights equation, code and figure up together", async () => {
    const chip = page.locator("#source-lengths .chip", { hasText: "Jᵀy" }).first();
    await chip.focus();
    const lit = (selector: string) => page.locator(`${selector} .is-linked, ${selector}.is-linked`).count();
    expect(await lit("#source-lengths .line")).toBeGreaterThan(0);
    expect(await lit(".katex")).toBeGreaterThan(0);
    expect(await lit("#direction")).toBeGreaterThan(0);
  });

  test("fits 1280, 1920 and 360 pixels and passes axe with its figures run", async () => {
    await expectFitAndAccessible(page);
  });

  test("says what an unknown model is and what an address asks wrongly, and goes on", async () => {
    await page.goto(`${address()}?model=nobody&map.psi=lots`);
    await page.locator(".model-note").waitFor(LONG);
    expect(await page.locator(".model-note").innerText()).toContain('"nobody"');
    await page.locator("#map").waitFor(LONG);
    expect(await page.locator("#map .figure-message").innerText()).toMatch(/psi/i);
  });
});
