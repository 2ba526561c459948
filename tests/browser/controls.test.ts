import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { LONG, ready } from "./figures.js";
import { visit } from "./visit.js";

const CHAPTERS = ["adain", "droplet-artifacts", "weight-demodulation", "lod-blending", "path-length"];

/** What a reader can turn in a figure, its actions above it apart. */
const CONTROLS =
  ".figure-body :is(input:not([type=file]), select, button, summary, [tabindex='0']), .figure-actions button[aria-expanded]";

/** How long a change may run before the next one takes its place, as with a reader in a hurry. */
const MOMENT = 250;

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
});
afterAll(() => browser.close());

/** The keys that use a control. */
async function keysOf(control: Locator): Promise<readonly string[]> {
  return control.evaluate((node) => {
    if (node instanceof HTMLSelectElement) return ["ArrowDown"];
    if (node instanceof HTMLInputElement) {
      if (node.type === "radio" || node.type === "checkbox") return ["Space"];
      return [node.type === "number" ? "ArrowUp" : "ArrowRight"];
    }
    if (node instanceof HTMLButtonElement || node.tagName === "SUMMARY") return ["Enter"];
    return ["ArrowRight", "ArrowDown", "Enter"];
  });
}

const stateOf = (page: Page, id: string) => page.locator(`#${id}`).getAttribute("data-state");

/** Uses every control of a figure by keyboard, then puts all back. Returns how many there were. */
async function useAll(page: Page, id: string): Promise<number> {
  const figure = page.locator(`#${id}`);
  await figure.scrollIntoViewIfNeeded();
  const runs = (await figure.getAttribute("data-state")) !== null;
  if (runs) await ready(page, id);
  const controls = figure.locator(CONTROLS);
  let used = 0;
  for (let i = 0; i < (await controls.count()) && i < 200; i++) {
    const control = controls.nth(i);
    if (!(await control.isVisible()) || !(await control.isEnabled())) continue;
    const name = await control.evaluate(
      (node) => node.getAttribute("aria-label") ?? node.closest("label")?.textContent ?? node.textContent,
    );
    for (const key of await keysOf(control)) if ((await controls.count()) > i) await control.press(key);
    used += 1;
    await page.waitForTimeout(runs ? MOMENT : 50);
    if (runs) expect(await stateOf(page, id), `${id} after "${name}"`).not.toBe("failed");
  }
  const reset = figure.getByRole("button", { name: /^Reset all/ });
  if ((await reset.count()) > 0 && (await reset.isEnabled())) await reset.press("Enter");
  if (runs) await ready(page, id);
  return used;
}

describe("every control of every figure can be used with the keyboard", () => {
  test.each(CHAPTERS)("in the chapter %s, and nothing fails", async (chapter) => {
    const { page, faults, close } = await visit(browser, `${inject("site")}chapters/${chapter}`);
    await page.locator("#generator[data-state=ready]").waitFor(LONG);
    const ids = await page.locator("main figure.book-figure").evaluateAll((all) => all.map(({ id }) => id));
    const counts: Record<string, number> = {};
    for (const id of ids) counts[id] = await useAll(page, id);
    console.log(`${chapter}: ${JSON.stringify(counts)}`);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(40);
    expect(faults).toEqual([]);
    await close();
  });
});
