import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { expectFitAndAccessible } from "./figures.js";
import { visit, type Visit } from "./visit.js";

/** Interventions at 64 x 64: the same network and code, a hundredth of the time. */
const SMALL = "swap.lod=4&edit.lod=4";
const FIGURES =
  "generator steps source-norm source-style source-layer statistics maps swap edit off off-std styles".split(
    " ",
  );
const LONG = { timeout: 500_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

async function open(query = "", touch = false): Promise<Visit> {
  const at = await visit(browser, `${inject("site")}chapters/adain${query && `?${query}`}`, { touch });
  await at.page.locator("#generator").waitFor(LONG);
  return at;
}

/** Scrolls to a figure and waits until it has shown all it has to. */
async function ready(page: Page, id: string): Promise<Locator> {
  const figure = page.locator(`#${id}`);
  await figure.scrollIntoViewIfNeeded();
  // One look at all of it: between two looks a figure may have begun another pass.
  const shown = await page.waitForFunction(
    (name) => {
      const node = document.getElementById(name)!;
      const { state } = node.dataset;
      if (state !== "ready" && state !== "failed") return null;
      return [state, node.querySelector<HTMLElement>(".figure-message:not([hidden])")?.innerText ?? ""];
    },
    id,
    LONG,
  );
  expect(await shown.jsonValue()).toEqual(["ready", ""]);
  return figure;
}

/** Does something to a figure and waits until a text of it has changed and it is ready again. */
async function after(page: Page, id: string, text: string, act: () => Promise<unknown>): Promise<string> {
  const place = page.locator(`#${id} ${text}`);
  const before = await place.innerText();
  await act();
  await page.waitForFunction(
    ([selector, old]) => {
      const figure = document.querySelector<HTMLElement>(`#${selector!.split(" ")[0]!.slice(1)}`)!;
      return (
        document.querySelector<HTMLElement>(selector!)!.innerText !== old && figure.dataset.state === "ready"
      );
    },
    [`#${id} ${text}`, before] as const,
    LONG,
  );
  return place.innerText();
}

/** The numbers of a text, in the figures' own writing. */
function numbers(text: string): number[] {
  const found = text.replaceAll("−", "-").match(/(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?/g) ?? [];
  return found.map((number) => Number(number.replaceAll(",", "")));
}

/** Standard deviation of the grey values of a canvas; 0 when it is blank. */
function contrast(canvas: Locator): Promise<number> {
  return canvas.evaluate((node) => {
    const { width, height } = node as HTMLCanvasElement;
    const { data } = (node as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < data.length; i += 4) {
      const grey = (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
      sum += grey;
      squares += grey ** 2;
    }
    const count = data.length / 4;
    return Math.sqrt(squares / count - (sum / count) ** 2);
  });
}

/** Mean and standard deviation that figure 1.2 shows behind a step. */
async function momentsAfter(page: Page, step: string): Promise<{ mean: number; std: number }> {
  const panel = page.locator(`#steps [data-step="${step}"]`);
  const [mean] = numbers(await panel.locator(".step-mean").innerText());
  const [std] = numbers(await panel.locator(".step-std").innerText());
  return { mean: mean!, std: std! };
}

async function chooseLayer(page: Page, layer: string): Promise<void> {
  await ready(page, "steps");
  await page.locator("#steps select").selectOption(layer);
  await page.locator(`#steps canvas[aria-label^="${layer}.style"]`).waitFor(LONG);
  await ready(page, "steps");
}

/** What a readout of figure 1.11 says at a layer: the two standard deviations. */
async function deviationsAt(page: Page, layer: string): Promise<[number, number]> {
  const chart = page.locator("#off-std .layer-chart");
  await chart.focus();
  for (let i = 0; i < 40; i++) await page.keyboard.press("ArrowLeft");
  for (let i = 0; i < 40; i++) {
    const spans = await chart.locator(".readout span").allTextContents();
    if (spans[0] === layer)
      return spans.slice(1).map((span) => numbers(span.split(":")[1]!)[0]!) as [number, number];
    await page.keyboard.press("ArrowRight");
  }
  throw new Error(`the chart has no layer "${layer}"`);
}

describe("the AdaIN chapter without WebGPU", () => {
  test("shows a picture, and another one for another seed", async () => {
    const { page, faults, close } = await open();
    const figure = await ready(page, "generator");
    const canvas = figure.locator("canvas").first();
    expect(await contrast(canvas)).toBeGreaterThan(5);
    expect(await canvas.getAttribute("aria-label")).toContain("1024 × 1024");
    const first = await canvas.evaluate((node) => (node as HTMLCanvasElement).toDataURL());
    await figure.getByLabel("seed", { exact: true }).fill("3");
    await page.locator('#generator canvas[aria-label*="seed 3,"]').waitFor(LONG);
    await ready(page, "generator");
    expect(await canvas.evaluate((node) => (node as HTMLCanvasElement).toDataURL())).not.toBe(first);
    expect(faults).toEqual([]);
    await close();
  });

  test("normalises every channel to mean 0 and standard deviation 1, and the style moves it from there", async () => {
    const { page, faults, close } = await open();
    for (const layer of ["layer0", "layer3", "layer8", "layer12"]) {
      await chooseLayer(page, layer);
      const normalised = await momentsAfter(page, "normalize");
      expect(normalised.mean).toBeCloseTo(0, 4);
      expect(normalised.std).toBeCloseTo(1, 2);
      const styled = await momentsAfter(page, "style");
      expect(Math.hypot(styled.mean, styled.std - 1)).toBeGreaterThan(0.01);

      const statistics = await ready(page, "statistics");
      await statistics.locator("h4", { hasText: "normalised" }).waitFor(LONG);
      const label = (await statistics.locator(".panel").nth(1).locator("svg").getAttribute("aria-label"))!;
      const [count, lowMean, highMean, lowStd, highStd] = numbers(label.replace("normalised:", ""));
      expect(count).toBeGreaterThan(8);
      expect(Math.max(Math.abs(lowMean!), Math.abs(highMean!))).toBeLessThan(1e-3);
      expect(lowStd).toBeCloseTo(1, 2);
      expect(highStd).toBeCloseTo(1, 2);
      await page.locator("#steps").scrollIntoViewIfNeeded();
    }
    expect(faults).toEqual([]);
    await close();
  });

  test("gives a channel the mean and standard deviation that A says", async () => {
    const { page, faults, close } = await open(SMALL);
    await chooseLayer(page, "layer8");
    const styled = await momentsAfter(page, "style");
    const edit = await ready(page, "edit");
    const words = edit.locator('.readout[role="status"]', { hasText: "A gives" });
    await words.waitFor(LONG);
    const [scale, shift] = numbers((await words.innerText()).split("A gives")[1]!);
    expect(styled.mean).toBeCloseTo(shift!, 2);
    expect(styled.std).toBeCloseTo(Math.abs(scale!), 2);
    expect(faults).toEqual([]);
    await close();
  });

  test("mixes the styles of two seeds; a seed mixed with itself stays as it is", async () => {
    const { page, faults, close } = await open(SMALL);
    const figure = await ready(page, "swap");
    const difference = ".compare-panel .readout";
    expect(numbers(await figure.locator(difference).innerText())[0]).toBeGreaterThan(1);
    const own = await figure.getByLabel("seed", { exact: true }).inputValue();
    const same = await after(page, "swap", difference, () =>
      figure.getByLabel("second seed", { exact: true }).fill(own),
    );
    expect(same).toContain("identical");
    const other = await after(page, "swap", difference, () =>
      figure.getByLabel("second seed", { exact: true }).fill("21"),
    );
    expect(numbers(other)[0]).toBeGreaterThan(1);
    const last = await after(page, "swap", difference, () =>
      figure.getByLabel("layers styled by the second seed, last").selectOption({ index: 8 }),
    );
    expect(last).not.toBe(other);
    expect(faults).toEqual([]);
    await close();
  });

  test("edits one channel's scale and shift, with the keyboard, and puts back what A gives", async () => {
    const { page, faults, close } = await open(SMALL);
    const figure = await ready(page, "edit");
    const difference = ".compare-panel .readout";
    const edited = numbers(await figure.locator(difference).innerText())[0]!;
    expect(edited).toBeGreaterThan(0.5);
    await figure.locator(".readout", { hasText: "A gives" }).waitFor(LONG);
    const restored = await after(page, "edit", difference, async () => {
      await figure.getByRole("button", { name: "Set both to what A gives" }).focus();
      await page.keyboard.press("Enter");
    });
    // The readout's three decimals are what is put back.
    expect(numbers(restored)[0]!).toBeLessThan(edited / 10);
    const scale = figure.getByLabel("scale", { exact: true });
    const pushed = await after(page, "edit", difference, async () => {
      await scale.focus();
      await page.keyboard.press("End");
    });
    expect(numbers(pushed)[0]).toBeGreaterThan(edited);
    await figure.getByRole("button", { name: "Reset all settings" }).click();
    await expect.poll(() => scale.inputValue()).toBe("10");
    expect(faults).toEqual([]);
    await close();
  });

  test("lets standard deviations drift without normalisation, up to the first layer that has it", async () => {
    const { page, faults, close } = await open();
    await ready(page, "off");
    await ready(page, "off-std");
    const [normalised, off] = await deviationsAt(page, "layer7");
    expect(normalised).toBeGreaterThan(0.3);
    expect(normalised).toBeLessThan(5);
    expect(Math.abs(Math.log(off / normalised))).toBeGreaterThan(Math.log(1.5));
    const [before, after8] = await deviationsAt(page, "layer8");
    expect(after8 / before).toBeCloseTo(1, 2);
    expect(numbers(await page.locator("#off .compare-panel .readout").innerText())[0]).toBeGreaterThan(1);
    await page.getByLabel("layers without normalisation, last").selectOption("3");
    await expect
      .poll(async () => {
        const [a, b] = await deviationsAt(page, "layer4");
        return Math.abs(a / b - 1);
      }, LONG)
      .toBeLessThan(0.005);
    const [a, b] = await deviationsAt(page, "layer3");
    expect(Math.abs(a / b - 1)).toBeGreaterThan(0.05);
    expect(faults).toEqual([]);
    await close();
  });

  test("scatters the styles of 200 seeds and shows the pictures of picked ones", async () => {
    const { page, faults, close } = await open();
    const figure = await ready(page, "styles");
    const summary = figure.locator(".styles-figure > .readout");
    await expect.poll(() => summary.innerText(), LONG).toContain("200 seeds");
    const seedChart = figure.locator(".style-chart").nth(1);
    expect(await seedChart.locator(".dots circle").count()).toBe(200);
    await figure.getByText("largest scale").click();
    await page.locator('#styles .style-gallery .picture[data-final="true"]').nth(3).waitFor(LONG);
    const pictures = figure.locator(".style-gallery canvas");
    expect(await pictures.count()).toBe(4);
    for (const picture of await pictures.all()) expect(await contrast(picture)).toBeGreaterThan(5);
    const [mean] = numbers((await summary.innerText()).split("scale")[1]!);
    await seedChart.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
    expect(await seedChart.locator(".readout").innerText()).toMatch(/^seed 2: scale/);
    const other = await after(page, "styles", ".styles-figure > .readout", async () => {
      await figure.locator(".style-chart").first().focus();
      await page.keyboard.press("ArrowRight");
    });
    expect(other).toContain("channel 1");
    expect(numbers(other.split("scale")[1]!)[0]).not.toBe(mean);
    expect(faults).toEqual([]);
    await close();
  });

  test("links a term, its line of code and its step by focus, and by a finger", async () => {
    const { page, faults, close } = await open("", true);
    const lit = async () =>
      new Set(
        await page
          .locator(".is-linked")
          .evaluateAll((parts) =>
            parts.map((part) => part.closest("pre, .katex, #steps, .chip")?.tagName.toLowerCase()),
          ),
      );
    const everywhere = new Set(["pre", "span", "figure", "button"]);
    await page.locator("#source-norm").scrollIntoViewIfNeeded();
    await page.locator("#source-norm .chip", { hasText: "μ" }).focus();
    expect(await lit()).toEqual(everywhere);
    // what a finger tapped stays lit when it is lifted, and goes out when it taps elsewhere
    await page.locator('.katex-html [data-link="adain-mean"]').tap();
    expect(await lit()).toEqual(everywhere);
    await page.locator("#the-equations").tap();
    expect(await lit()).toEqual(new Set());
    expect(faults).toEqual([]);
    await close();
  });

  test("answers an unknown model, a bad layer and a bad number in the address with a sentence", async () => {
    const { page, faults, close } = await open("model=nobody&swap.do=swapStyle:1-99,4&generator.psi=lots");
    expect(await page.locator(".model-note").innerText()).toContain('"nobody"');
    await page.locator("#generator .figure-message").waitFor(LONG);
    expect(await page.locator("#generator .figure-message").innerText()).toMatch(/psi "lots"/i);
    await page.locator("#swap").scrollIntoViewIfNeeded();
    await page.locator("#swap .figure-message p").waitFor(LONG);
    expect((await page.locator("#swap .figure-message p").innerText()).length).toBeGreaterThan(20);
    expect(faults).toEqual([]);
    await close();
  });

  test("is complete, accessible and no wider than the window at 1280, 1920 and 360 pixels", async () => {
    const { page, faults, close } = await open(SMALL);
    for (const id of ["generator", "steps", "statistics", "maps"]) await ready(page, id);
    const ids = await page.locator("main figure.book-figure").evaluateAll((all) => all.map(({ id }) => id));
    expect(ids).toEqual(FIGURES);
    for (const summary of await page.locator(".question summary").all()) await summary.click();
    expect(await page.locator(".question[open]").count()).toBe(5);
    await expectFitAndAccessible(page);
    expect(faults).toEqual([]);
    await close();
  });
});
