import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { accessibilityFaults, visit, type Visit } from "./visit.js";

const LONG = { timeout: 500_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

const address = () => `${inject("site")}chapters/path-length`;

/** Scrolls to a figure and waits until it has shown all it has to. */
async function ready(page: Page, id: string): Promise<Locator> {
  const figure = page.locator(`#${id}`);
  await figure.waitFor(LONG);
  await figure.scrollIntoViewIfNeeded();
  const state = await page.waitForFunction(
    (name) => {
      const { state } = document.getElementById(name)!.dataset;
      return state === "ready" || state === "failed" ? state : null;
    },
    id,
    LONG,
  );
  expect(await state.jsonValue(), await figure.locator(".figure-message").innerText()).toBe("ready");
  return figure;
}

/** A number that a figure shows, unrounded. */
async function cell(figure: Locator, name: string, row = ""): Promise<number> {
  const value = await figure.locator(`${row} [data-cell="${name}"]`).getAttribute("data-value");
  expect(value, `${row} ${name} is shown`).toMatch(/\d/);
  return Number(value);
}

/** Does something, and waits until the number of a cell is another one and the figure is ready again. */
async function after(page: Page, id: string, selector: string, act: () => Promise<unknown>): Promise<void> {
  const before = await page.locator(`#${id} ${selector}`).first().getAttribute("data-value");
  await act();
  await page.waitForFunction(
    ([figure, part, old]) => {
      const element = document.getElementById(figure!)!;
      const now = element.querySelector<HTMLElement>(part!)?.dataset.value;
      return element.dataset.state === "ready" && now !== undefined && now !== "" && now !== old;
    },
    [id, selector, before] as const,
    LONG,
  );
}

/** Number of colours in a canvas: 1 for a blank one. */
function colours(canvas: Locator): Promise<number> {
  return canvas.evaluate((node) => {
    const { width, height } = node as HTMLCanvasElement;
    const { data } = (node as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

/** A choice of a figure's toolbar. */
const choose = (figure: Locator, value: string) =>
  figure.locator(`input[type="radio"][value="${value}"]`).press("Space");

describe("the chapter on path-length regularisation, on WebAssembly", () => {
  let at: Visit;
  let page: Page;
  beforeAll(async () => {
    at = await visit(browser, address()); // one visit: what a figure has measured is not measured again
    page = at.page;
  });
  afterAll(() => at.close());
  afterEach(() => expect(at.faults).toEqual([]));

  test("pulls a direction back, and two pictures agree with what it foretells", async () => {
    const figure = await ready(page, "direction");
    const agrees = async () =>
      expect((await cell(figure, "measured")) / (await cell(figure, "predicted"))).toBeCloseTo(1, 1);
    await agrees();
    for (const canvas of await figure.locator("canvas").all())
      expect(await colours(canvas)).toBeGreaterThan(100);
    expect(await figure.locator(".layer-chart .dots circle").count()).toBe(10);
    await figure.locator(".layer-chart").focus();
    await page.keyboard.press("ArrowRight");
    expect(await figure.locator(".layer-chart .readout").innerText()).toContain("w[0] b4.conv1");

    const length = '[data-cell="length"]';
    await after(page, "direction", length, () => choose(figure, "32"));
    expect(await figure.locator(".layer-chart .dots circle").count()).toBe(8);
    await after(page, "direction", length, () =>
      figure.getByRole("spinbutton", { name: "seed of y" }).fill("7"),
    );
    await after(page, "direction", length, () =>
      figure.getByRole("spinbutton", { name: "seed", exact: true }).fill("12"),
    );
    await after(page, "direction", length, () => figure.locator("input[type=range]").press("Home"));
    await agrees();
    await figure.locator("button", { hasText: "Reset all" }).click();
  });

  test("takes equal steps in W and equal steps of the picture", async () => {
    const figure = await ready(page, "steps");
    const [inW, inPicture] = [await cell(figure, "spread-W"), await cell(figure, "spread-picture")];
    expect(inPicture).toBeLessThan(inW);
    expect(inPicture).toBeLessThan(1.2);
    expect(await figure.locator("canvas").count()).toBe(14);
    await after(page, "steps", '[data-cell="spread-W"]', () =>
      figure.getByRole("spinbutton", { name: "to seed" }).fill("9"),
    );
    expect(await cell(figure, "spread-picture")).toBeLessThan(1.3);
    await after(page, "steps", '[data-cell="spread-W"]', () =>
      figure.locator("button", { hasText: "Reset all" }).click(),
    );
    expect(await cell(figure, "spread-W")).toBeCloseTo(inW, 6);
  });

  test("gathers lengths, their moving mean and the penalty", async () => {
    const figure = page.locator("#lengths");
    await figure.scrollIntoViewIfNeeded();
    await choose(figure, "16");
    await ready(page, "lengths");
    const mean = await cell(figure, "mean");
    expect(await figure.locator(".dots circle").count()).toBe(16);
    expect(await cell(figure, "spread")).toBeGreaterThan(0.05);
    // 1 - 0.99^16 of the mean, but for the order of the lengths
    expect((await cell(figure, "moving")) / mean).toBeCloseTo(0.149, 2);
    const slow = await cell(figure, "penalty");
    await figure.locator("input[type=range]").last().press("End");
    expect(await cell(figure, "penalty")).toBeLessThan(slow);
    expect(await cell(figure, "mean")).toBe(mean);
  });

  test("draws a slice of W whose cross moves by keyboard, with the picture there", async () => {
    const figure = page.locator("#map");
    await figure.scrollIntoViewIfNeeded();
    await choose(figure, "1"); // 5 x 5 places
    await choose(figure, "16");
    await ready(page, "map");
    expect(await cell(figure, "ratio")).toBeGreaterThan(1.1);
    expect(await figure.locator(".length-map-bands path").count()).toBeGreaterThan(4);
    const canvas = figure.locator("canvas.picture-canvas");
    const seen = () => canvas.evaluate((node) => (node as HTMLCanvasElement).toDataURL());
    const before = await seen();
    await figure.locator(".length-map").focus();
    await page.keyboard.press("Shift+ArrowRight");
    await page.waitForFunction(
      () => /, at 0\.(?!33)/.test(document.querySelector("#map .figure-description")!.textContent!),
      null,
      LONG,
    );
    await ready(page, "map");
    expect(await seen()).not.toBe(before);
    expect(await canvas.evaluate((node) => (node as HTMLCanvasElement).width)).toBe(1024);
    // three equal seeds span nothing, and the page says so
    for (const label of ["second seed", "third seed"])
      await figure.getByRole("spinbutton", { name: label }).fill("38");
    await page.waitForFunction(
      () => document.querySelector<HTMLElement>("#map .path-message")!.innerText.includes("span no plane"),
      null,
      LONG,
    );
    await figure.locator("button", { hasText: "Reset all" }).click();
  });

  test("shows that the penalty levels the map of the small network, for other seeds too", async () => {
    const figure = await ready(page, "pair");
    const ratio = (side: number) => cell(figure, "ratio", `[data-side="${side}"]`);
    expect(await ratio(1)).toBeLessThan(0.8 * (await ratio(0)));
    expect(await figure.locator(".interval-dots circle").count()).toBe(96);
    for (const canvas of await figure.locator("canvas").all())
      expect(await colours(canvas)).toBeGreaterThan(10);
    const [, , , cross] = await figure.locator("canvas").all();
    const before = await cross!.evaluate((node) => (node as HTMLCanvasElement).toDataURL());
    await figure.locator(".length-map").nth(1).focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("Shift+ArrowRight");
    await page.waitForFunction(
      (old) => document.querySelectorAll<HTMLCanvasElement>("#pair canvas")[3]!.toDataURL() !== old,
      before,
      LONG,
    );
    await after(page, "pair", '[data-cell="ratio"]', () =>
      figure.getByRole("spinbutton", { name: "second seed" }).fill("9"),
    );
    expect(await ratio(1)).toBeLessThan(await ratio(0));
  });

  test("measures steps in Z and W of three models, with their errors", async () => {
    const figure = await ready(page, "ppl");
    const rows = figure.locator(".ppl-table tbody tr");
    expect(await rows.count()).toBe(6);
    for (const row of await rows.allInnerTexts()) expect(row).toMatch(/\b20\b.*\d ± \d/s);
    expect(await figure.locator(".interval-dots circle").count()).toBe(120);
  });

  test("lights equation, code and figure up together", async () => {
    const chip = page.locator("#source-lengths .chip", { hasText: "Jᵀy" }).first();
    await chip.focus();
    const lit = (selector: string) => page.locator(`${selector} .is-linked, ${selector}.is-linked`).count();
    expect(await lit("#source-lengths .line")).toBeGreaterThan(0);
    expect(await lit(".katex")).toBeGreaterThan(0);
    expect(await lit("#direction")).toBeGreaterThan(0);
  });
});

describe("the chapter on path-length regularisation", () => {
  test.each([360, 1280, 1920])("fits %i pixels and passes axe with its figures run", async (width) => {
    const { page, faults, close } = await visit(browser, address(), { width, dark: width === 1280 });
    for (const id of ["direction", "pair"]) await ready(page, id);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test("says what an unknown model is, and goes on with another", async () => {
    const { page, faults, close } = await visit(browser, `${address()}?model=nobody&map.psi=lots`);
    await page.waitForSelector(".model-note", LONG);
    expect(await page.locator(".model-note").innerText()).toContain('"nobody"');
    await page.locator("#map").waitFor(LONG);
    expect(await page.locator("#map .figure-message").innerText()).toMatch(/psi/i);
    expect(faults).toEqual([]);
    await close();
  });
});
