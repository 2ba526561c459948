import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Browser, Locator } from "playwright-core";
import { launch } from "./chromium.js";
import { accessibilityFaults, visit } from "./visit.js";

const LONG = { timeout: 300_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

/** The panel's rows by state, and per column the rows' sum beside the total it shows. */
function read(panel: Locator) {
  return panel.evaluate((node) => {
    const names = (state: string) =>
      [...node.querySelectorAll(`tr.is-${state} th`)].map(({ textContent }) => textContent);
    const values = (row: Element) =>
      [...row.querySelectorAll<HTMLElement>("td[data-value]")].map(({ dataset }) => Number(dataset.value));
    const ran = [...node.querySelectorAll("tbody tr.is-ran")].map(values);
    return {
      ran: names("ran"),
      kept: names("kept"),
      unused: names("unused"),
      sums: [0, 1, 2].map((column) => ran.reduce((sum, row) => sum + row[column]!, 0)),
      least: Math.min(...ran.map(([milliseconds]) => milliseconds!)),
      totals: values(node.querySelector("tfoot tr")!),
      shown: [...node.querySelectorAll("tfoot td")].map(({ textContent }) => textContent),
      bars: [...node.querySelectorAll(".profile-row text:last-child")].map(({ textContent }) => textContent),
      words: node.querySelector(".profiler-words")!.textContent,
    };
  });
}

const layers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `layer${from + i}`);
const outputs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `output${from + i}`);

test("the profiler shows what each layer of the latest pass cost, and which layers were reused", async () => {
  const { page, faults, close } = await visit(
    browser,
    `${inject("site")}chapters/lod-blending?generator.lod=4`,
  );
  const figure = page.locator("#generator");
  const ready = page.locator("#generator[data-state=ready]");
  await figure.scrollIntoViewIfNeeded(LONG);
  await ready.waitFor(LONG);
  const button = figure.getByRole("button", { name: /^Profile/ });
  const panel = figure.locator(".profiler");
  expect(await panel.innerHTML()).toBe(""); // nothing is built before it is asked for

  await button.focus();
  await page.keyboard.press("Enter");
  await panel.locator(".profile-row").first().waitFor(LONG);
  expect(await button.getAttribute("aria-expanded")).toBe("true");
  const first = await read(panel);
  expect(first.ran.toSorted()).toEqual([...layers(0, 10), ...outputs(0, 5), "enlarging"].toSorted());
  expect(first.kept).toEqual([]);
  expect(first.unused.toSorted()).toEqual([...layers(10, 18), ...outputs(5, 9)].toSorted());
  expect(first.least).toBeGreaterThan(0);
  first.sums.forEach((sum, column) => expect(sum / first.totals[column]!).toBeCloseTo(1, 9));
  expect(Number(first.shown[0]!.replaceAll(",", ""))).toBeCloseTo(first.sums[0]!, 1);
  expect(first.shown[3]).toBe("–"); // WebAssembly has no dispatches,
  expect(first.words).toContain("nothing is dispatched"); // and the panel says so
  expect(first.bars).toHaveLength(first.ran.length + first.unused.length);

  // one level further, only the new resolution runs
  await figure.getByRole("button", { name: /^128 × 128/ }).click();
  await page.waitForFunction(
    () => document.querySelector("#generator .profiler tr.is-kept") !== null,
    null,
    LONG,
  );
  const second = await read(panel);
  expect(second.kept).toEqual(expect.arrayContaining(layers(0, 10)));
  expect(second.ran).toEqual(expect.arrayContaining(["layer10", "layer11", "output5"]));
  expect(second.ran).not.toContain("layer9");
  expect(second.bars).toContain("reused");
  expect(second.sums[1]! / second.totals[1]!).toBeCloseTo(1, 9);

  await panel.getByRole("button", { name: "Measure all layers again" }).click();
  await page.waitForFunction(
    () => document.querySelector("#generator .profiler tr.is-kept") === null,
    null,
    LONG,
  );
  expect((await read(panel)).ran).toEqual(expect.arrayContaining(layers(0, 12)));

  expect((await accessibilityFaults(page)).filter((fault) => /profil/.test(fault))).toEqual([]);
  await panel.getByRole("radio", { name: "bytes" }).focus();
  await page.keyboard.press("Escape");
  expect(await panel.isVisible()).toBe(false);
  expect(await button.evaluate((node) => node === document.activeElement)).toBe(true);
  expect(faults).toEqual([]);
  await close();
}, 400_000);
