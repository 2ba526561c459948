import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { visit, type Visit } from "./visit.js";

const LONG = { timeout: 500_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

function open(width = 1280, query = ""): Promise<Visit> {
  return visit(browser, `${inject("site")}chapters/droplet-artifacts${query}`, { width });
}

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

describe("the chapter on droplet artifacts, on WebAssembly", () => {
  // One page for all: each figure's first passes are the dear ones.
  let at: Visit;
  let page: Page;
  beforeAll(async () => {
    at = await open();
    page = at.page;
  });
  afterEach(() => expect(at.faults).toEqual([]));
  afterAll(() => at.close());

  test("lights equation, code and figure up together", async () => {
    await page.locator("#source-score").waitFor(LONG);
    const lit = (selector: string) => page.locator(`${selector} .is-linked, ${selector}.is-linked`).count();
    await page.locator("#source-norm .chip").first().focus();
    expect(await lit("#source-norm .line")).toBeGreaterThan(1);
    expect(await lit("#knob .knob-panel")).toBe(1);
    expect(await lit(".katex")).toBe(1);
    await page.locator("#source-strength .chip", { hasText: "spike" }).focus();
    expect(await lit("#source-strength .line")).toBe(1);
    expect(await lit("#knob .knob-panel")).toBe(1);
    await page.locator("#source-score .chip", { hasText: "max over pixels" }).focus();
    expect(await lit("#source-score .line")).toBeGreaterThan(1);
    expect(await lit("#scores .seed-lines-chart")).toBe(1);
    await page.locator("#source-score .chip", { hasText: "μ and σ" }).focus();
    expect(await lit(".katex")).toBe(2);
    await page.locator("#source-tiny .chip", { hasText: "StyleGAN2" }).focus();
    expect(await lit("#training [data-run=right]")).toBe(1);
  });
});

describe("the chapter on droplet artifacts", () => {
  test("opens its figures as the address says, and says what it could not read", async () => {
    const { page, faults, close } = await open(1280, "?training.seed=12&training.right=batch");
    const figure = await ready(page, "training");
    expect(await figure.getByRole("spinbutton", { name: /seed of weights/ }).inputValue()).toBe("12");
    expect(await figure.locator(".figure-message").innerText()).toContain("batch");
    expect(faults).toEqual([]);
    await close();
  });
});
