/** What stands around the chapters' figures: their actions, paper, contrast, motion, the ways between pages. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { LONG, ready } from "./figures.js";
import { accessibilityFaults, emulate, visit, type Visit } from "./visit.js";

const dist = new URL("../../dist", import.meta.url).pathname;

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

const style = (part: Locator, property: string, pseudo?: string) =>
  part.evaluate((node, [name, of]) => getComputedStyle(node, of).getPropertyValue(name!), [
    property,
    pseudo,
  ] as const);

/** Presses a button that saves a file, and gives the file's name and bytes. */
async function saved(page: Page, button: Locator): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent("download"), button.press("Enter")]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

// One page for all: two layers of figure 1.2 and 1.6 are all that runs.
describe("a chapter", () => {
  let at: Visit;
  let page: Page;
  beforeAll(async () => {
    at = await visit(browser, `${inject("site")}chapters/adain`);
    page = at.page;
  });
  afterEach(() => expect(at.faults).toEqual([]));
  afterAll(() => at.close());

  test("saves a figure as a picture and as a drawing, and shows it on the whole screen", async () => {
    const figure = await ready(page, "statistics");
    const png = await saved(page, figure.getByRole("button", { name: /as PNG$/ }));
    expect(png.name).toBe("statistics.png");
    expect(png.bytes.subarray(0, 4).toString("latin1")).toBe("\x89PNG");
    expect(png.bytes.readUInt32BE(16)).toBeGreaterThan(1000); // pixels across: twice the figure's
    const svg = await saved(page, figure.getByRole("button", { name: /as SVG$/ }));
    expect(svg.name).toBe("statistics.svg");
    expect(svg.bytes.toString()).toMatch(/^<svg.*<circle.*<\/svg>$/s);
    await figure.getByRole("button", { name: /full screen$/ }).press("Enter");
    await page.waitForFunction(() => document.fullscreenElement?.id === "statistics", undefined, LONG);
    await page.evaluate(() => document.exitFullscreen());
    await page.waitForFunction(() => document.fullscreenElement === null, undefined, LONG);
  });

  test("keeps what is chosen, lit up and scaled in sight where the system chooses the colours", async () => {
    const figure = await ready(page, "steps");
    await emulate(page, { forcedColors: "active" });
    const [on, off] = [figure.locator("input:checked + span"), figure.locator("input:not(:checked) + span")];
    expect(await style(on, "background-color")).not.toBe(await style(off, "background-color"));
    expect(await style(on, "color")).not.toBe(await style(on, "background-color"));
    expect(await style(figure.locator(".legend-bar"), "background-image")).toContain("gradient");
    const chip = page.locator("#source-norm .chip").first();
    await chip.focus();
    expect(await style(page.locator("#source-norm .line.is-linked").first(), "border-left-width")).toBe(
      "4px",
    );
    expect(await style(chip, "outline-style")).toBe("solid");
    await emulate(page, { forcedColors: "none" });
  });

  test.each(["light", "dark"] as const)("gives more contrast to who asks for it, %s", async (colorScheme) => {
    await emulate(page, { contrast: "more", colorScheme });
    const ends = ["rgb(0, 0, 0)", "rgb(255, 255, 255)"];
    const [ink, paper] = colorScheme === "light" ? ends : ends.reverse();
    for (const words of ["main h1", "main > p", "#steps figcaption", "#steps .figure-description"])
      expect(await style(page.locator(words).first(), "color"), words).toBe(ink);
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe(paper);
    expect(await accessibilityFaults(page)).toEqual([]);
    await emulate(page, { contrast: "no-preference", colorScheme: "light" });
  });

  test("stands still for who asks for less motion, and only then", async () => {
    const longest = () =>
      page.evaluate(() =>
        Math.max(
          ...[...document.querySelectorAll("*")].flatMap((node) => {
            const { transitionDuration, animationDuration } = getComputedStyle(node);
            return [...transitionDuration.split(","), ...animationDuration.split(",")].map(parseFloat);
          }),
        ),
      );
    expect(await longest()).toBeLessThanOrEqual(1e-5); // seconds
    await emulate(page, { reducedMotion: "no-preference" });
    expect(await longest()).toBeGreaterThan(0.05);
    await emulate(page, { reducedMotion: "reduce" });
  });

  test("prints text, answers and the figures that have run, without their controls", async () => {
    await ready(page, "steps");
    await emulate(page, { media: "print" });
    const shown = (selector: string) => page.locator(selector).first().isVisible();
    for (const part of [
      ".question summary ~ p",
      ".question .katex",
      "#steps canvas",
      "#source-norm .line:not([hidden])",
    ])
      expect(await shown(part), part).toBe(true);
    for (const part of ["#steps button", "#steps input", "#steps .figure-status", "#edit canvas"])
      expect(await shown(part), part).toBe(false);
    expect(await style(page.locator("#edit .figure-body"), "content", "::before")).toContain("had not run");
    expect(await style(page.locator("#steps .figure-body"), "content", "::before")).toBe("none");
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)!.length).toBeGreaterThan(5);
    await emulate(page, { media: "screen" });
  });
});

describe("the book", () => {
  test("says that a link's layer is not there, and goes on with one that is", async () => {
    const { page, faults, close } = await visit(
      browser,
      `${inject("site")}chapters/adain?generator.look=layer99&generator.v=2`,
    );
    const message = (id: string) => page.locator(`#${id} .figure-message`);
    await message("generator").waitFor(LONG);
    expect(await message("generator").innerText()).toContain('"v" is no part of an experiment');
    await page.locator("#maps").scrollIntoViewIfNeeded();
    await page.locator("#maps[data-state=failed]").waitFor(LONG);
    expect(await message("maps").innerText()).toMatch(/no layer named "layer99"; choose one such as/);
    await message("maps").getByRole("button", { name: "Retry" }).waitFor(LONG);
    await page.locator("#maps").getByRole("combobox", { name: "layer" }).selectOption("layer8");
    await ready(page, "maps");
    expect(faults).toEqual([]);
    await close();
  });

  test("opens with a picture on the first screen, of little code, and tells how long each chapter takes and what it needs", async () => {
    const scripts = new Set<string>();
    const { page, faults, close } = await visit(browser, inject("site"), {
      prepare: async (fresh) =>
        void fresh.on("request", (request) => {
          const { pathname } = new URL(request.url());
          if (pathname.endsWith(".js")) scripts.add(pathname);
        }),
    });
    const picture = page.locator("#portrait canvas").first();
    await ready(page, "portrait");
    const code = [...scripts].map((path) => gzipSync(readFileSync(dist + path)).length);
    expect(code.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(100_000);
    expect(code.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(900_000);
    const box = (await picture.boundingBox())!;
    expect(box.y).toBeLessThan(500); // of 900
    const chapters = await page.locator(".contents li").allInnerTexts();
    expect(chapters).toHaveLength(5);
    for (const words of chapters)
      expect(words).toMatch(/\d+ figures · about \d+ minutes · (after: .+|nothing to read first)/);
    expect(faults).toEqual([]);
    await close();
  });

  test("leads from chapter to chapter, and from a term to its entry in the glossary", async () => {
    const { page, faults, close } = await visit(browser, `${inject("site")}chapters/droplet-artifacts`);
    const ways = page.locator("#observablehq-footer nav a");
    expect(await ways.allInnerTexts()).toEqual([
      expect.stringContaining("AdaIN"),
      expect.stringContaining("Weight demodulation"),
    ]);
    const term = page.locator("main a.term").first();
    expect(await style(term, "display", "::after")).toBe("none");
    await term.focus();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Tab"); // by the keyboard, so that the focus is shown
    expect(await style(term, "display", "::after")).toBe("block");
    const definition = (await term.getAttribute("data-definition"))!;
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/glossary#/);
    const entry = page.locator("dt:target + dd");
    expect(await entry.innerText()).toContain(definition.slice(0, 40));
    expect(faults).toEqual([]);
    await close();
  });
});
