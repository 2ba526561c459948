/** What a test does with a figure of the book: waits for it, reads its numbers and pictures, turns its controls. */
import { expect } from "vitest";
import type { Locator, Page } from "playwright-core";
import { accessibilityFaults } from "./visit.js";

/** The longest that a figure may take on a busy machine, without a graphics card. */
export const LONG = { timeout: 500_000 };

/** Scrolls to a figure and waits until it has shown all it has to. */
export async function ready(page: Page, id: string): Promise<Locator> {
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

/** A number that a figure shows, unrounded; `row` narrows down where. */
export async function cell(figure: Locator, name: string, row = ""): Promise<number> {
  const value = await figure.locator(`${row} [data-cell="${name}"]`).first().getAttribute("data-value");
  expect(value, `${row} ${name} is shown`).toMatch(/\d/);
  return Number(value);
}

/**
 * Does something, waits until the `data-value` of the first place that matches has become another number and the
 * figure is ready again, and gives the number.
 */
export async function after(
  page: Page,
  id: string,
  selector: string,
  act: () => Promise<unknown>,
): Promise<number> {
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

/** A choice of a row of choices, by the keyboard; `row` is the row's name, where several have such a choice. */
export async function choose(figure: Locator, value: string, row?: string): Promise<void> {
  const choices = row === undefined ? figure : figure.getByRole("group", { name: row, exact: true });
  await choices.locator(`input[type="radio"][value="${value}"]`).press("Space");
}

/** Types a number into the field of that name: a seed, or a slider's exact value. */
export async function type(figure: Locator, label: string | RegExp, value: number): Promise<void> {
  const exact = typeof label === "string" ? { exact: true } : {};
  await figure.getByRole("spinbutton", { name: label, ...exact }).fill(String(value));
}

/** Standard deviation of a canvas's grey values: 0 for a blank one. */
export function contrast(canvas: Locator): Promise<number> {
  return canvas.evaluate((node) => {
    const { width, height } = node as HTMLCanvasElement;
    const { data } = (node as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < data.length; i += 4) {
      const grey = (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
      sum += grey;
      squares += grey * grey;
    }
    const n = data.length / 4;
    return Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2));
  });
}

/** Everything that a canvas shows, to compare it with what it shows later. */
export function pixelsOf(canvas: Locator): Promise<string> {
  return canvas.evaluate((node) => (node as HTMLCanvasElement).toDataURL());
}

/** The page, with its figures run, is no wider than its window on a desk, a wall or a phone, and passes axe. */
export async function expectFitAndAccessible(page: Page): Promise<void> {
  for (const width of [1280, 1920, 360]) {
    await page.setViewportSize({ width, height: 900 });
    // the charts are drawn anew, one by one
    const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await expect.poll(beyond, { ...LONG, message: `${width} pixels` }).toBeLessThanOrEqual(0);
  }
  expect(await accessibilityFaults(page)).toEqual([]);
}
