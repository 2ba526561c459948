import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { LONG, after, cell, expectFitAndAccessible, ready, type } from "./figures.js";
import { visit, type Visit } from "./visit.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

function open(width = 1280, query = ""): Promise<Visit> {
  return visit(browser, `${inject("site")}chapters/lod-blending${query}`, { width });
}

/** What a canvas shows, as grey values of a small copy. */
function greys(canvas: Locator): Promise<number[]> {
  return canvas.evaluate((node) => {
    const small = document.createElement("canvas");
    small.width = small.height = 64;
    const context = small.getContext("2d")!;
    context.drawImage(node as HTMLCanvasElement, 0, 0, 64, 64);
    const { data } = context.getImageData(0, 0, 64, 64);
    return Array.from(
      { length: 64 * 64 },
      (_, i) => (data[4 * i]! + data[4 * i + 1]! + data[4 * i + 2]!) / 3,
    );
  });
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

function apart(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0) / a.length);
}

describe("the chapter on LOD blending, on WebAssembly", () => {
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

  test("shows the picture of every level of detail, and which resolutions make it", async () => {
    const figure = await ready(page, "generator");
    const canvas = figure.locator("canvas.picture-canvas");
    const full = await greys(canvas);
    expect(spread(full)).toBeGreaterThan(5);
    expect(await canvas.evaluate((node) => (node as HTMLCanvasElement).width)).toBe(1024);
    const weights = () =>
      figure
        .locator(".lod-level")
        .evaluateAll((all) => all.map((one) => Number((one as HTMLElement).dataset.weight)));
    expect(await weights()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);

    await after(page, "generator", '[data-cell="work"]', () => type(figure, /level of detail/, 6.3));
    expect(await weights()).toEqual([0, 0.3, 0.7, 0, 0, 0, 0, 0, 0]);
    await ready(page, "generator");
    const coarse = await greys(canvas);
    expect(apart(coarse, full)).toBeGreaterThan(2);
    // 16 x 16 pixels: within a 4 x 4 square of the small copy nothing changes
    for (const [x, y] of [
      [8, 8],
      [32, 20],
      [40, 44],
    ] as const)
      // prettier-ignore
      expect(Math.abs(coarse[64 * y + x]! - coarse[64 * (y + 1) + x + 1]!)).toBeLessThan(3);

    await figure.locator(".lod-level").first().press("Enter");
    expect(await weights()).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(await cell(figure, "work")).toBeLessThan(0.01);
    expect(await figure.locator(".lod-level").nth(3).getAttribute("aria-label")).toContain("does not run");
  });

  test("ruins the picture with an untrained block at once, and in proportion to its weight", async () => {
    const figure = await ready(page, "fresh");
    const pictures = figure.locator(".lod-panel canvas");
    const [before, atOnce] = [await greys(pictures.nth(0)), await greys(pictures.nth(2))];
    expect(apart(before, atOnce)).toBeGreaterThan(30);
    const whole = await cell(figure, "changed");
    expect(whole).toBeGreaterThan(50);
    await after(page, "fresh", '[data-cell="changed"]', () => type(figure, /weight α/, 0.1));
    expect((await cell(figure, "changed")) / whole).toBeCloseTo(0.1, 3);
    await after(page, "fresh", '[data-cell="changed"]', () => type(figure, /weight α/, 0));
    expect(await cell(figure, "changed")).toBe(0);
    expect(apart(before, await greys(pictures.nth(2)))).toBeLessThan(1);

    await figure.locator("button", { hasText: "Reset all" }).click();
    await after(page, "fresh", '[data-cell="changed"]', () =>
      figure.getByRole("spinbutton", { name: "seed of its weights" }).fill("2"),
    );
    expect(apart(atOnce, await greys(pictures.nth(2)))).toBeGreaterThan(10);
    await after(page, "fresh", '[data-cell="changed"]', () => figure.locator("select").selectOption("32"));
    expect(await figure.locator("h4").first().innerText()).toContain("16 × 16");
  });

  test("blends the two branches by the fraction of the level of detail", async () => {
    const figure = await ready(page, "branches");
    const panel = (i: number) => figure.locator(".lod-panel").nth(i);
    expect(await panel(0).getAttribute("data-weight")).toBe("0.5000");
    const share = (await cell(figure, "changed")) / (await cell(figure, "apart"));
    expect(share).toBeCloseTo(0.5, 4);
    const [old, fresh, blend] = await Promise.all([0, 1, 3].map((i) => greys(panel(i).locator("canvas"))));
    expect(
      apart(
        blend!,
        old!.map((value, i) => (value + fresh![i]!) / 2),
      ),
    ).toBeLessThan(1);

    await after(page, "branches", '[data-cell="changed"]', () => type(figure, /level of detail/, 3.9));
    expect((await cell(figure, "changed")) / (await cell(figure, "apart"))).toBeCloseTo(0.1, 4);
    await after(page, "branches", '[data-cell="apart"]', () => type(figure, /level of detail/, 5.5));
    expect(await panel(1).locator("h4").innerText()).toContain("32 × 32");
  });

  test("measures what each resolution adds, says how far the model was trained, and leads to a transition", async () => {
    const figure = await ready(page, "added");
    const sides = [8, 16, 32, 64, 128, 256, 512, 1024];
    expect(await figure.locator(".lod-added-bars rect").count()).toBe(sides.length);
    const added = await Promise.all(sides.map((side) => cell(figure, `added-${side}`)));
    expect(added.every((value) => value > 0)).toBe(true);
    expect(added[0]!).toBeGreaterThan(added.at(-1)!);
    const upTo = /trained on pictures of (?:up to|every resolution up to) (\d+)/.exec(
      await figure.locator(".lod-origin").innerText(),
    );
    expect(upTo).not.toBeNull();
    const hollow = await figure
      .locator(".lod-added-bars rect.is-hollow")
      .evaluateAll((bars) => bars.map((bar) => Number((bar as SVGElement).dataset.resolution)));
    expect(hollow).toEqual(sides.filter((side) => side > Number(upTo![1])));
    await figure.getByRole("button", { name: "16 × 16" }).press("Enter");
    const branches = await ready(page, "branches");
    await page.waitForFunction(
      () => document.querySelector("#branches .lod-panel:nth-child(2) h4")!.textContent!.includes("16 × 16"),
      undefined,
      LONG,
    );
    expect(await cell(branches, "apart")).toBeCloseTo(added[1]!, 3);
  });

  test("shows the schedule's own numbers wherever the cursor is", async () => {
    const figure = await ready(page, "schedule");
    const at = async () => [
      await cell(figure, "images"),
      await cell(figure, "lod"),
      await cell(figure, "resolution"),
      await cell(figure, "batch"),
      await cell(figure, "rate"),
    ];
    expect(await at()).toEqual([4_500_000, 3.5, 128, 32, 0.0015]);
    await type(figure, /images seen/, 0.45);
    expect(await at()).toEqual([450_000, 7, 8, 256, 0.001]);

    // the worked example of the text
    await figure.locator("select").selectOption("example");
    const expected: [number, number, number][] = [[0.2, 8, 8], [0.45, 7.5, 16], [0.6, 7, 16], [4.8, 0, 2048]]; // prettier-ignore
    for (const [images, lod, side] of expected) {
      await type(figure, /images seen/, images);
      expect((await at()).slice(0, 3), `${images} million`).toEqual([images * 1e6, lod, side]);
    }
    expect(await figure.locator(".lod-schedule-side .lod-note").innerText()).toContain(
      "this network ends at",
    );

    // durations are the reader's to change, and come back
    await type(figure, /images to fade/, 0);
    await type(figure, /images seen/, 0.45);
    expect((await at()).slice(1, 3)).toEqual([7, 16]);
    await figure.getByRole("button", { name: "Reset images to fade the next one in" }).press("Enter");
    expect((await at()).slice(1, 3)).toEqual([7.5, 16]);

    // the slider goes by the arrow keys, and the timeline by the pointer
    const slider = figure.getByRole("slider", { name: "images seen" });
    const before = await cell(figure, "images");
    await slider.press("ArrowRight");
    expect(await cell(figure, "images")).toBeGreaterThan(before);
    const box = (await figure.locator(".lod-scrub").boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.98, box.y + box.height / 2);
    expect(await cell(figure, "lod")).toBe(0);
    await ready(page, "schedule");
    expect(spread(await greys(figure.locator("canvas")))).toBeGreaterThan(5);
  });

  test("adds a resolution's RGB to the picture so far, and leaves it out on demand", async () => {
    const figure = await ready(page, "skip");
    const sum = figure.locator(".lod-panel canvas").nth(2);
    expect(await sum.evaluate((node) => (node as HTMLCanvasElement).width)).toBe(64);
    await after(page, "skip", '[data-cell="added"]', () => figure.locator("select").selectOption("16"));
    expect(await sum.evaluate((node) => (node as HTMLCanvasElement).width)).toBe(16);

    const mixer = await ready(page, "mixer");
    const words = mixer.locator(".compare-panel .readout");
    const difference = async () => Number(/mean difference ([\d.]+)/.exec(await words.innerText())?.[1] ?? 0);
    expect(await difference()).toBeGreaterThan(1);
    await mixer.getByRole("spinbutton", { name: "64 × 64 times, exact value" }).fill("1");
    await page.waitForFunction(
      () => /identical/.test(document.querySelector("#mixer .compare-panel .readout")!.textContent!),
      undefined,
      LONG,
    );
  });

  test("measures each resolution's share of the picture over several seeds", async () => {
    const figure = await ready(page, "contributions");
    expect(await cell(figure, "seeds")).toBe(4);
    expect(await cell(figure, "residual")).toBeLessThan(1e-4);
    await figure.locator("summary").press("Enter");
    const rows = figure.locator("tr[data-resolution]");
    expect(await rows.count()).toBe(9);
    const column = (name: string) =>
      rows
        .locator(`[data-cell="${name}"]`)
        .evaluateAll((cells) => cells.map((one) => Number((one as HTMLElement).dataset.value)));
    const total = (values: number[]) => values.reduce((a, b) => a + b, 0);
    expect(total(await column("ofStd"))).toBeCloseTo(1, 6);
    expect(total(await column("ofVariance"))).toBeCloseTo(1, 4);
    expect((await column("ofStd")).every((share) => share > 0)).toBe(true);
    await after(page, "contributions", '[data-cell="seeds"]', () =>
      figure.locator("input[value='1']").press("Space"),
    );
    expect(await cell(figure, "seeds")).toBe(1);
    await after(page, "contributions", '[data-cell="seeds"]', () =>
      figure.locator("button", { hasText: "Reset all" }).press("Enter"),
    );
    expect(await cell(figure, "seeds")).toBe(4);
  });

  test("takes one doubling apart, and each output pixel into its products", async () => {
    const figure = await ready(page, "upfirdn");
    const sum = () => cell(figure, "sum");
    const output = () => cell(figure, "output");
    expect(await figure.locator(".product").count()).toBe(16);
    expect(await figure.locator(".product.is-input").count()).toBe(4);
    expect(await sum()).toBeCloseTo(await output(), 5);
    const grid = figure.locator(".number-grid.is-live");
    await grid.focus();
    for (const key of ["ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft"]) await page.keyboard.press(key);
    expect(await figure.locator(".upsampling-products h4").innerText()).toBe(
      "output pixel in row 0, column 0",
    );
    expect(await figure.locator(".product.is-input").count()).toBe(1);
    expect(await figure.locator(".product.is-input").innerText()).toContain("9/16");
    expect(await sum()).toBeCloseTo(await output(), 5);

    await after(page, "upfirdn", '[data-cell="output"]', () =>
      figure.locator("input[value='1,1']").press("Space"),
    );
    expect(await figure.locator(".product").count()).toBe(4);
    expect(await sum()).toBeCloseTo(await output(), 5);
    await after(page, "upfirdn", '[data-cell="output"]', () =>
      figure.locator("select").selectOption("b8.conv1"),
    );
    await after(page, "upfirdn", '[data-cell="output"]', () =>
      figure.getByLabel("channel", { exact: true }).fill("5"),
    );
    expect(await figure.locator("h4").first().innerText()).toContain("8 × 8");
    const box = (await grid.boundingBox())!;
    await after(page, "upfirdn", '[data-cell="output"]', () =>
      page.mouse.move(box.x + 0.7 * box.width, box.y + 0.6 * box.height),
    );
    expect(await sum()).toBeCloseTo(await output(), 4);
  });

  test("lights equation, code, table and panels up together", async () => {
    await page.locator("#source-upsample").waitFor(LONG);
    await page.locator("#mixer .control").nth(8).waitFor(LONG); // there is one when the model is known
    await page
      .locator("#schedule .lod-fades rect")
      .nth(5)
      .waitFor({ ...LONG, state: "attached" });
    const lit = (selector: string) => page.locator(`${selector} .is-linked, ${selector}.is-linked`).count();
    await page.locator("#source-blend .chip", { hasText: "equation 4.1" }).focus();
    expect(await lit("#source-blend .line")).toBeGreaterThan(0);
    expect(await lit(".katex")).toBe(1);
    expect(await lit("#branches .lod-panel")).toBe(1);
    expect(await lit("#fresh .lod-panel")).toBe(1);
    await page.locator("#source-schedule .chip", { hasText: "the fading part" }).focus();
    expect(await lit("#source-schedule .line")).toBe(1);
    expect(await lit("#schedule .lod-fades rect")).toBeGreaterThan(5);
    await page.locator("#source-steps .chip", { hasText: "insert zeros" }).focus();
    expect(await lit("#upfirdn .upsampling-panel")).toBe(1);
    await page.locator("#source-skip .chip", { hasText: "toRGB" }).focus();
    expect(await lit("#mixer .control")).toBe(9);
  });
});

describe("the chapter on LOD blending", () => {
  test("fits 1280, 1920 and 360 pixels and passes axe with its figures run", async () => {
    const { page, faults, close } = await open();
    for (const id of ["generator", "fresh", "branches", "added", "schedule", "skip", "upfirdn"])
      await ready(page, id);
    await expectFitAndAccessible(page);
    expect(faults).toEqual([]);
    await close();
  });

  test("opens a figure as its address says", async () => {
    const own = "upfirdn~filter=1,1&fresh~block=256&skip~side=16&skip~what=1&schedule~run=progan:800,400,19,8&schedule~images=18000000"; // prettier-ignore
    const { page, faults, close } = await open(
      1280,
      `?branches.lod=5.25&schedule.lod=0&upfirdn.look=b8.img:2&${own}`,
    );
    // At a whole level of detail the new block may be one at weight 1 or the next one at 0.
    const fresh = await ready(page, "fresh");
    const setting = async () => [
      await fresh.locator("select").inputValue(),
      await fresh.getByRole("spinbutton", { name: /weight α/ }).inputValue(),
    ];
    expect(await setting()).toEqual(["256", "0"]);
    expect(await cell(fresh, "changed")).toBe(0);
    await fresh.locator("button", { hasText: "Reset all" }).press("Enter");
    expect(await setting()).toEqual(["128", "1"]);
    await page.waitForFunction(() => !location.search.includes("fresh"), undefined, LONG);
    const branches = await ready(page, "branches");
    expect(await branches.locator(".lod-panel").nth(1).locator("h4").innerText()).toContain("32 × 32");
    expect(await branches.locator(".lod-panel").nth(1).getAttribute("data-weight")).toBe("0.7500");
    const schedule = await ready(page, "schedule");
    expect(await cell(schedule, "images")).toBe(18_000_000);
    expect(await cell(schedule, "lod")).toBe(0);
    expect(await schedule.getByRole("slider", { name: /fade the next/ }).inputValue()).toBe("400");
    const skip = await ready(page, "skip");
    expect(await skip.locator("select").inputValue()).toBe("16");
    expect(await skip.locator(".figure-message").innerText()).toContain("what");
    const upfirdn = await ready(page, "upfirdn");
    expect(await upfirdn.locator("h4").first().innerText()).toContain("8 × 8");
    expect(await upfirdn.locator(".product").count()).toBe(4);
    expect(faults).toEqual([]);
    await close();
  });
});
