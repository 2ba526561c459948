import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, inject, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { LONG, after, cell, contrast, expectFitAndAccessible, ready } from "./figures.js";
import { visit, type Visit } from "./visit.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

function open(): Promise<Visit> {
  return visit(browser, `${inject("site")}chapters/weight-demodulation`);
}

describe("the chapter on weight demodulation, on WebAssembly", () => {
  let at: Visit;
  let page: Page;
  beforeEach(async () => {
    at = await open();
    page = at.page;
  });
  afterEach(async () => {
    expect(at.faults).toEqual([]);
    await at.close();
  });

  test("shows the network's picture at 1024 x 1024, and which weights made it", async () => {
    const figure = await ready(page, "generator");
    const canvas = figure.locator("canvas.picture-canvas");
    expect(await canvas.evaluate((node) => (node as HTMLCanvasElement).width)).toBe(1024);
    expect(await contrast(canvas)).toBeGreaterThan(5);
    expect(await page.locator(".model-note").innerText()).toMatch(/^(Trained|Untrained)/);
  });

  test("makes the quietest and the loudest channel equally strong", async () => {
    const figure = await ready(page, "magnitudes");
    expect(await cell(figure, "ratio")).toBeGreaterThan(1.5);
    const strength = (stage: string, which: string) =>
      contrast(figure.locator(`[data-stage="${stage}"][data-which="${which}"] canvas`));
    const before = (await strength("before", "loud")) / (await strength("before", "quiet"));
    const normalised = (await strength("after", "loud")) / (await strength("after", "quiet"));
    expect(before).toBeGreaterThan(1.5);
    expect(Math.abs(Math.log(normalised))).toBeLessThan(Math.abs(Math.log(before)));
    await after(page, "magnitudes", '[data-cell="ratio"]', () =>
      figure.locator("select").selectOption("b16.conv1"),
    );
  });

  test("steps through the redesign by keyboard, and tells what a part does", async () => {
    const figure = page.locator("#redesign");
    await figure.waitFor(LONG);
    await figure.locator("input[type=radio]").first().focus();
    for (let step = 0; step < 3; ++step) await page.keyboard.press("ArrowRight");
    expect(await figure.locator("h4").first().innerText()).toBe("(d) Weight demodulation");
    const drawing = figure.locator("svg.redesign-drawing");
    expect(await drawing.getAttribute("aria-label")).toContain("conv 3 × 3 (with demod of mod of w₂ and A)");
    await figure.locator(".part[tabindex='0']").focus();
    await page.keyboard.press("ArrowDown");
    expect(await figure.locator(".readout").innerText()).toMatch(/^w₂: The learned weights/);
    await figure.locator("button", { hasText: "all four" }).press("Enter");
    expect(await figure.locator("svg.redesign-drawing").count()).toBe(4);
  });

  test("lights equation, code, drawing and table up together", async () => {
    const source = page.locator("#source-convolution");
    await source.locator(".chip", { hasText: "w″" }).waitFor(LONG);
    await page.locator("#redesign input[value=d]").focus();
    await page.keyboard.press("Space");
    await source.locator(".chip", { hasText: "w″" }).focus();
    const lit = (selector: string) => page.locator(`${selector} .is-linked, ${selector}.is-linked`).count();
    expect(await lit("#source-convolution .line")).toBeGreaterThan(0);
    expect(await lit(".katex")).toBe(1);
    expect(await lit("#redesign .part")).toBe(2);
    expect(await lit(".line-by-line tr")).toBe(1);
  });

  test("gives the same output with the factors on the weights and on the activations", async () => {
    const figure = await ready(page, "forms");
    expect(await cell(figure, "relative")).toBeLessThan(1e-4);
    for (const layer of ["b8.conv0", "b64.conv1"]) {
      await after(page, "forms", '[data-cell="difference"]', () =>
        figure.locator("select").selectOption(layer),
      );
      expect(await figure.locator(".forms-result").innerText()).toContain(layer);
      expect(await cell(figure, "relative"), layer).toBeLessThan(1e-4);
    }
    const kernels = (form: string) => figure.locator(`tr[data-form="${form}"] td`).nth(1).innerText();
    const [weights, activations] = [await kernels("weights"), await kernels("activations")];
    expect(weights).toBe(activations);
    await figure.locator("input[type=number]").fill("8");
    expect(await kernels("activations")).toBe(activations);
    expect(parseFloat(await kernels("weights"))).not.toBe(parseFloat(weights));
  });

  test("expects the strength of a layer's output from that of its inputs", async () => {
    const figure = await ready(page, "expected");
    const unit = await cell(figure, "ratio");
    await after(page, "expected", '[data-cell="ratio"]', () =>
      figure.locator("input[value=actual]").press("Space"),
    );
    const actual = await cell(figure, "ratio");
    expect(Math.abs(Math.log(actual))).toBeLessThan(Math.abs(Math.log(unit)));
    expect(actual).toBeGreaterThan(0.5);
    expect(actual).toBeLessThan(2);
    const dots = () => figure.locator(".scatter:not([hidden]) .dots circle").count(); // drawn with the next frame
    await expect.poll(dots, LONG).toBeGreaterThan(60);
    await after(page, "expected", '[data-cell="ratio"]', () =>
      figure.locator("input[value=layers]").press("Space"),
    );
    await expect.poll(dots, LONG).toBe(12);
  });

  test("runs the network without normalisation, with instance normalisation, and as trained", async () => {
    const figure = await ready(page, "switch");
    const words = figure.locator(".compare-panel .readout");
    const difference = async () => Number(/mean difference ([\d.]+)/.exec(await words.innerText())![1]);
    const choose = async (which: string) => {
      const before = await words.innerText();
      await figure.locator(`input[value=${which}]`).press("Space");
      await page.waitForFunction(
        (old) => {
          const element = document.getElementById("switch")!;
          const now = element.querySelector<HTMLElement>(".compare-panel .readout")!.innerText;
          return element.dataset.state === "ready" && now !== old;
        },
        before,
        LONG,
      );
    };
    expect(await difference()).toBeGreaterThan(10);
    await choose("deviation");
    expect(await difference()).toBeGreaterThan(10);
    await choose("adain");
    expect(await difference()).toBeGreaterThan(10);
    await choose("weights");
    expect(await words.innerText()).toContain("identical");
  });

  test("lets a magnified style grow with demodulation off, and only then", async () => {
    const figure = await ready(page, "runs");
    const row = (label: string) => `tr[data-run="${label}"]`;
    const last = async () => ({
      on: await cell(figure, "last", row("on")),
      onMagnified: await cell(figure, "last", row("on, one style magnified")),
      off: await cell(figure, "last", row("off")),
      offMagnified: await cell(figure, "last", row("off, one style magnified")),
    });
    const ten = await last();
    expect(ten.onMagnified / ten.on).toBeCloseTo(1, 3);
    expect(ten.off / ten.on).toBeGreaterThan(3);
    expect(ten.offMagnified / ten.off).toBeGreaterThan(5);
    expect(ten.offMagnified / ten.off).toBeLessThan(15);
    for (const picture of await figure.locator(".compare-panel canvas").all())
      expect(await contrast(picture)).toBeGreaterThan(5);

    const magnified = '[data-run="off, one style magnified"] [data-cell="last"]';
    await after(page, "runs", magnified, () => figure.locator("input[value='64']").press("Space"));
    await after(page, "runs", magnified, () => figure.locator("input[type=range]").first().press("End"));
    const thirty = await last();
    expect(thirty.onMagnified / thirty.on).toBeCloseTo(1, 3);
    expect(thirty.offMagnified / thirty.off).toBeGreaterThan(15);

    await after(page, "runs", magnified, () => figure.locator("input[role=switch]").press("Space"));
    const mixed = await last();
    expect(mixed.onMagnified / mixed.on).toBeCloseTo(1, 3);
    expect(mixed.offMagnified / mixed.off).toBeGreaterThan(15);
    // Mixing changes the sizes far less with demodulation than one magnified style does without.
    expect(Math.abs(Math.log(mixed.on / thirty.on))).toBeLessThan(Math.log(3));

    await figure.locator("button", { hasText: "Reset all" }).click();
    await after(page, "runs", '[data-run="on"] [data-cell="magnified"]', () =>
      figure.locator("select").first().selectOption("7"),
    );
    expect(await figure.locator("thead").innerText()).toContain("b64.conv0");
  });
});

describe("the chapter on weight demodulation", () => {
  test("fits 1280, 1920 and 360 pixels and passes axe with its figures run", async () => {
    const { page, faults, close } = await open();
    for (const id of ["magnitudes", "forms", "expected"]) await ready(page, id);
    await expectFitAndAccessible(page);
    expect(faults).toEqual([]);
    await close();
  });
});
