import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { LONG, after, cell, choose, expectFitAndAccessible, ready, type } from "./figures.js";
import { visit, type Visit } from "./visit.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

function open(width = 1280, query = ""): Promise<Visit> {
  return visit(browser, `${inject("site")}chapters/droplet-artifacts${query}`, { width });
}

/** How far the colours of a canvas are from grey, root mean square: a pale map has little. */
function colour(canvas: Locator): Promise<number> {
  return canvas.evaluate((node) => {
    const { width, height } = node as HTMLCanvasElement;
    const { data } = (node as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += (data[i]! - data[i + 2]!) ** 2;
    return Math.sqrt(sum / (width * height));
  });
}

// One page for all: each figure's first passes are the dear ones.
describe("the chapter on droplet artifacts, on WebAssembly", () => {
  let at: Visit;
  let page: Page;
  beforeAll(async () => {
    at = await open();
    page = at.page;
  });
  afterEach(() => expect(at.faults).toEqual([]));
  afterAll(() => at.close());

  test("turns a channel's volume, which passes instance normalisation only beside a spike", async () => {
    const figure = await ready(page, "knob");
    expect(await cell(figure, "plain")).toBeCloseTo(1, 2);
    const grown = await cell(figure, "spiked");
    expect(grown).toBeGreaterThan(20);
    expect(grown / (await cell(figure, "expected"))).toBeCloseTo(1, 1);
    const [plain, spiked] = [figure.locator("canvas").nth(0), figure.locator("canvas").nth(1)];
    const pale = await colour(spiked);
    expect(await colour(plain)).toBeGreaterThan(3 * pale);
    await choose(figure, "8");
    await page.waitForFunction(
      () => document.querySelectorAll("#knob canvas")[1]!.getAttribute("aria-label")!.includes("volume 8"),
      undefined,
      LONG,
    );
    expect(await colour(spiked)).toBeGreaterThan(2 * pale);

    const height = /^height of the spike/;
    const level = await after(page, "knob", "[data-cell=spiked]", () => type(figure, height, 0));
    expect(level).toBeCloseTo(1, 1);
    // back before anything new has run: what was measured is there again
    await type(figure, height, 150);
    await type(figure, height, 200);
    await expect.poll(() => cell(figure, "spiked"), LONG).toBe(grown);
    await figure.locator("button", { hasText: "Reset all" }).press("Enter");
  });

  test("scores every layer for many seeds, and finds the spike that was painted in", async () => {
    const figure = page.locator("#scores");
    await figure.scrollIntoViewIfNeeded();
    await choose(figure, "64", "up to");
    await choose(figure, "4", "seeds");
    await ready(page, "scores");
    await expect.poll(() => cell(figure, "done"), LONG).toBe(4);
    expect(await figure.locator(".seed-lines path").count()).toBe(5);
    expect(await figure.locator("[data-cell=starts]").innerText()).toBe("nowhere: 4");
    expect(await cell(figure, "most")).toBeLessThan(6);
    expect(await figure.locator("[data-cell=control-start]").innerText()).toBe("layer8, 64 × 64");
    expect(await cell(figure, "control-last")).toBeGreaterThan(6);
    expect(await figure.locator(".seed-mark").count()).toBe(1);
    const chart = figure.locator(".seed-lines-chart");
    await chart.press("ArrowRight");
    await chart.press("ArrowDown");
    expect(await chart.locator(".readout").innerText()).toMatch(/layer0 \(4\).*seed 0: 1\./s);
    await figure.getByRole("switch").press("Space");
    expect(await figure.locator("[data-run=control]").count()).toBe(0);
    await after(page, "scores", "[data-cell=last]", () => type(figure, /truncation/, 1));
  });

  test("makes a map pale by a spike, and rings it where it stands out most", async () => {
    const figure = await ready(page, "maps");
    const [upper, lower] = [figure.locator("[data-row=above]"), figure.locator("[data-row=below]")];
    for (const row of [upper, lower]) expect(await row.locator("canvas").count()).toBe(8);
    expect(await upper.locator(".maps-ring:visible").count()).toBe(1); // an eye, at 128 × 128
    const score = "[data-row=below] [data-tap=layer9] [data-cell=score]";
    const far = await cell(figure, "score", "[data-row=below] [data-tap=layer9]");
    const spiked = await after(page, "maps", score, () => choose(figure, "spike"));
    expect(spiked).toBeGreaterThan(6 * far);
    const map = (row: Locator) => row.locator("[data-tap=layer9] canvas");
    expect(await colour(map(upper))).toBeGreaterThan(2 * (await colour(map(lower))));
    const ring = await lower.locator("[data-tap=layer9] .maps-ring:visible").getAttribute("style");
    const [x, y] = [...ring!.matchAll(/([\d.]+)%/g)].map(([, part]) => Number(part));
    expect(Math.hypot(x! - 20, y! - 20)).toBeLessThan(5);
  });

  test("weakens the signal by a spike, and gives it back where the spike is painted out", async () => {
    const figure = page.locator("#painted");
    await figure.waitFor(LONG);
    const strength = await ready(page, "strength");
    const row = (layer: string, name: string) => cell(strength, name, `[data-layer=${layer}]`);
    const run = (name: string, layer: string, part: string) =>
      after(page, "strength", `[data-layer=${layer}] [data-cell=${part}]`, () =>
        figure.getByRole("button", { name, exact: true }).press("Enter"),
      );
    expect(await row("layer8", "ratio")).toBeLessThan(0.2);
    expect(await row("layer8", "score")).toBeGreaterThan(20);
    expect(await row("layer9", "ratio")).toBeLessThan(0.75);

    const healed = await run("a spike, painted out", "layer9", "ratio");
    expect(healed).toBeGreaterThan(0.75);
    expect(healed).toBeLessThan(1.25);
    expect(await row("layer9", "score")).toBeLessThan(6);
    expect(await row("layer8", "ratio")).toBeLessThan(0.2);

    await run("a spike, capped", "layer17", "score");
    expect(await row("layer12", "score")).toBeLessThan(8);
    expect(await row("layer13", "score")).toBeGreaterThan(6); // the cap leaves a plateau, which grows again

    await run("no normalisation", "layer17", "score");
    const loud = await row("layer9", "changed");
    await run("a spike, then no normalisation", "layer9", "changed");
    expect(loud / (await row("layer9", "changed"))).toBeGreaterThan(3);

    await choose(strength, "score");
    expect(await strength.locator(".chart").nth(1).isVisible()).toBe(true);
    await figure.locator("button", { hasText: "Reset all" }).press("Enter");
    expect(await figure.locator(".chip[aria-pressed=true]").innerText()).toBe("a spike");
    await ready(page, "painted");
    expect(await figure.locator(".compare-panel .readout").innerText()).toMatch(/mean difference \d/);
  });

  test("trains two generators in the page: the spike is learned with instance normalisation alone", async () => {
    const figure = await ready(page, "training");
    const step = async () => Number(await figure.getAttribute("data-step"));
    const until = (steps: number, state: string) =>
      page.waitForFunction(
        ([least, wanted]) => {
          const { step, state: now } = document.getElementById("training")!.dataset;
          return Number(step) >= least && now === wanted;
        },
        [steps, state] as const,
        LONG,
      );
    expect(await step()).toBe(0);
    await figure.getByRole("button", { name: "One step" }).press("Enter");
    await until(1, "ready");
    expect(await step()).toBe(1);
    await figure.getByRole("button", { name: "Go on" }).press("Enter");
    await until(100, "running");
    await figure.getByRole("button", { name: "Pause" }).press("Enter");
    await until(100, "ready");
    const paused = await step();
    await page.waitForTimeout(500);
    expect(await step()).toBe(paused);
    const [instance, demodulation] = await figure
      .locator(".figure-description")
      .innerText()
      .then((text) =>
        [...text.matchAll(/picture's layer (\d+(?:\.\d+)?)/g)].map(([, score]) => Number(score)),
      );
    expect(instance).toBeGreaterThan(6);
    expect(demodulation).toBeLessThan(6);

    await figure.getByRole("button", { name: "Ten steps" }).press("Enter");
    await until(paused + 10, "ready");
    expect(await step()).toBe(paused + 10);
    await figure.getByRole("button", { name: "Reset", exact: true }).press("Enter");
    await page.waitForFunction(
      () => document.getElementById("training")!.dataset.step === "0",
      undefined,
      LONG,
    );
    await choose(figure, "one");
    await until(0, "ready");
    expect(await figure.locator("[data-run=right] h4").innerText()).toContain("one contrast");
    await figure.getByRole("spinbutton", { name: /seed of weights/ }).fill("3");
    await until(0, "ready");
    await figure.getByRole("button", { name: /^Copy link/ }).press("Enter");
    expect(await page.evaluate(() => location.search)).toContain("training.seed=3&training.right=one");
    await choose(figure, "demodulation");
    await until(0, "ready");
  });

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

  test("fits 1280, 1920 and 360 pixels and passes axe with its figures run", async () => {
    await expectFitAndAccessible(page);
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
