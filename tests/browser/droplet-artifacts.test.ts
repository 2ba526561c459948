import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { accessibilityFaults, visit, type Visit } from "./visit.js";

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

/** A number that a figure shows, unrounded. */
async function cell(figure: Locator, name: string, row = ""): Promise<number> {
  const value = await figure.locator(`${row} [data-cell="${name}"]`).first().getAttribute("data-value");
  expect(value, `${row} ${name} is shown`).toMatch(/\d/);
  return Number(value);
}

/** Does something, waits until a number is another one and the figure is ready again, and gives the number. */
async function after(page: Page, id: string, selector: string, act: () => Promise<unknown>): Promise<number> {
  const before = await page.locator(`#${id} ${selector}`).first().getAttribute("data-value");
  await act();
  const now = await page.waitForFunction(
    ([figure, part, old]) => {
      const element = document.getElementById(figure!)!;
      const value = element.querySelector<HTMLElement>(part!)?.dataset.value;
      return element.dataset.state === "ready" && value && value !== old ? value : null;
    },
    [id, selector, before] as const,
    LONG,
  );
  return Number(await now.jsonValue());
}

/** Root mean square of the colour saturation of a canvas: pale maps have little. */
function colour(canvas: Locator): Promise<number> {
  return canvas.evaluate((node) => {
    const { width, height } = node as HTMLCanvasElement;
    const { data } = (node as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += (data[i]! - data[i + 2]!) ** 2;
    return Math.sqrt(sum / (width * height));
  });
}

async function type(figure: Locator, label: string | RegExp, value: number): Promise<void> {
  await figure.getByRole("spinbutton", { name: label }).fill(String(value));
}

/** A choice of a row of choices, by the keyboard. */
async function choose(figure: Locator, value: string): Promise<void> {
  await figure.locator(`input[value="${value}"]`).press("Space");
}

describe("the chapter on droplet artifacts, on WebAssembly", () => {
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
    await ready(page, "knob");
    expect(await colour(spiked)).toBeGreaterThan(2 * pale);

    const level = await after(page, "knob", "[data-cell=spiked]", () =>
      type(figure, /height of the spike/, 0),
    );
    expect(level).toBeCloseTo(1, 1);
    await after(page, "knob", "[data-cell=spiked]", () =>
      figure.getByRole("button", { name: /^Reset height of the spike/ }).press("Enter"),
    );
    await after(page, "knob", "[data-cell=spiked]", () =>
      figure.getByLabel("channel", { exact: true }).fill("5"),
    );
    await after(page, "knob", "[data-cell=spiked]", () => figure.locator("select").selectOption("layer5"));
    expect(await cell(figure, "plain")).toBeCloseTo(1, 2);
  });

  test("scores every layer for many seeds, and finds the spike that was painted in", async () => {
    await page.locator("#scores").scrollIntoViewIfNeeded();
    const figure = page.locator("#scores");
    await choose(figure, "64");
    await choose(figure, "4");
    await ready(page, "scores");
    expect(await cell(figure, "done")).toBe(4);
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
    await after(page, "scores", "[data-cell=last]", () => choose(figure, "off"));
  });

  test("shows the maps of two pictures in the viewable range, and where they stand out most", async () => {
    const figure = await ready(page, "maps");
    const [upper, lower] = [figure.locator("[data-row=above]"), figure.locator("[data-row=below]")];
    for (const row of [upper, lower]) expect(await row.locator("canvas").count()).toBe(8);
    const score = "[data-row=below] [data-tap=layer9] [data-cell=score]";
    const far = await cell(figure, "score", "[data-row=below] [data-tap=layer9]");
    const spiked = await after(page, "maps", score, () => choose(figure, "spike"));
    expect(spiked).toBeGreaterThan(2 * far);
    const map = (row: Locator) => row.locator("[data-tap=layer9] canvas");
    expect(await colour(map(upper))).toBeGreaterThan(1.5 * (await colour(map(lower))));
    const ring = await lower.locator("[data-tap=layer9] .maps-ring").getAttribute("style");
    const [x, y] = [...ring!.matchAll(/([\d.]+)%/g)].map(([, part]) => Number(part));
    expect(Math.hypot(x! - 20, y! - 20)).toBeLessThan(5);
    await choose(figure, "far");
    await ready(page, "maps");
    await after(page, "maps", score, () => type(figure, "its seed", 7));
    await after(page, "maps", score, () => type(figure, /its truncation/, 0.5));
    await choose(figure, "all");
    await ready(page, "maps");
    expect(await map(upper).getAttribute("aria-label")).toContain("all channels");
    await choose(figure, "channel");
    await figure.getByLabel(/^channel \(of/).fill("3");
    await ready(page, "maps");
    expect(await map(upper).getAttribute("aria-label")).toContain("channel 3");
  });

  test("weakens the signal by a painted spike, and heals it by painting it out", async () => {
    const strength = await ready(page, "strength");
    const row = (layer: string, name: string) => cell(strength, name, `[data-layer=${layer}]`);
    expect(await row("layer8", "ratio")).toBeLessThan(0.2);
    expect(await row("layer8", "score")).toBeGreaterThan(20);
    const last = await row("layer17", "score");
    expect(last).toBeGreaterThan(5);
    const figure = page.locator("#painted");
    const part = (name: string) => figure.locator(`[data-part=${name}]`);
    const painted = (layer: string, name: string, act: () => Promise<unknown>) =>
      after(page, "strength", `[data-layer=${layer}] [data-cell=${name}]`, act);

    const healed = await painted("layer17", "score", async () => {
      await part("paintOut").getByRole("switch").press("Space");
      await part("paintOut").locator("select").selectOption("layer9");
    });
    await ready(page, "strength");
    expect(healed).toBeLessThan(last);
    expect(await row("layer9", "ratio")).toBeGreaterThan(0.75);
    expect(await row("layer9", "score")).toBeLessThan(6);
    await part("paintOut").getByRole("switch").press("Space");

    const capped = await painted("layer12", "score", () => part("cap").getByRole("switch").press("Space"));
    expect(capped).toBeLessThan(12);
    await painted("layer12", "score", () => type(part("cap"), /so many/, 1.5));
    await part("cap").getByRole("switch").press("Space");

    await painted("layer17", "ratio", () => part("unnormalised").getByRole("switch").press("Space"));
    await ready(page, "strength");
    const weak = await row("layer9", "changed");
    await painted("layer9", "changed", () => part("paintIn").getByRole("switch").press("Space"));
    await ready(page, "strength");
    expect((await row("layer9", "changed")) / weak).toBeGreaterThan(3);

    await figure.locator("button", { hasText: "Reset all" }).press("Enter");
    await painted("layer8", "ratio", () => type(part("paintIn"), /height/, 1000));
    expect(await row("layer8", "ratio")).toBeLessThan(0.06);
    await choose(strength, "score");
    expect(await strength.locator(".chart").nth(1).isVisible()).toBe(true);
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
    const peak = (run: string) => figure.locator(`[data-run=${run}] [data-cell=peak-picture]`);
    expect(await step()).toBe(0);
    await figure.getByRole("button", { name: "One step" }).press("Enter");
    await until(1, "ready");
    expect(await step()).toBe(1);
    await figure.getByRole("button", { name: "Start" }).press("Enter");
    await until(60, "running");
    await figure.getByRole("button", { name: "Pause" }).press("Enter");
    await until(60, "ready");
    const paused = await step();
    await page.waitForTimeout(1000);
    expect(await step()).toBe(paused);
    expect(Number(await figure.getAttribute("data-speed"))).toBeGreaterThan(0);
    const [instance, demodulation] = await figure
      .locator(".figure-description")
      .innerText()
      .then((text) => [...text.matchAll(/picture's layer ([\d.]+)/g)].map(([, score]) => Number(score)));
    expect(instance).toBeGreaterThan(6);
    expect(demodulation).toBeLessThan(6);
    expect(Number(await peak("left").getAttribute("data-value"))).toBeGreaterThan(0);

    await figure.getByRole("button", { name: "Ten steps" }).press("Enter");
    await until(paused + 10, "ready");
    expect(await step()).toBe(paused + 10);
    await figure.getByRole("button", { name: "Reset", exact: true }).press("Enter");
    await page.waitForFunction(
      () => document.getElementById("training")!.dataset.step === "0",
      undefined,
      LONG,
    );
    for (const rival of ["none", "one"]) {
      await choose(figure, rival);
      await until(0, "ready");
    }
    expect(await figure.locator("[data-run=right] h4").innerText()).toContain("one contrast");
    await figure.getByLabel(/seed of weights/).fill("3");
    await until(0, "ready");
    await figure.getByRole("button", { name: /^Copy link/ }).press("Enter");
    expect(await page.evaluate(() => location.search)).toBe("?training.seed=3&training.right=one");
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
});

describe("the chapter on droplet artifacts", () => {
  test.each([360, 1280, 1920])("fits %i pixels and passes axe with its figures run", async (width) => {
    const { page, faults, close } = await open(width);
    for (const id of ["generator", "knob", "maps", "painted", "strength", "training"]) await ready(page, id);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  });

  test("opens its figures as the address says, and says what it could not read", async () => {
    const { page, faults, close } = await open(1280, "?training.seed=12&training.right=batch");
    const figure = await ready(page, "training");
    expect(await figure.getByLabel(/seed of weights/).inputValue()).toBe("12");
    expect(await figure.locator(".figure-message").innerText()).toContain("batch");
    expect(faults).toEqual([]);
    await close();
  });
});
