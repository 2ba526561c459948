/** Opens a page of the site and records what a reader's browser would complain about. */
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export interface Visit {
  readonly page: Page;
  /** Console errors, uncaught exceptions, failed requests and requests that left the site. */
  readonly faults: string[];
  close(): Promise<void>;
}

export async function visit(
  browser: Browser,
  url: string,
  {
    width = 1280,
    height = 900,
    dark = false,
    touch = false,
    prepare,
  }: {
    width?: number;
    height?: number;
    dark?: boolean;
    touch?: boolean;
    prepare?: (page: Page) => Promise<unknown>;
  } = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    hasTouch: touch,
  });
  const page = await context.newPage();
  const faults: string[] = [];
  const origin = new URL(url).origin;
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => {
    if (request.failure()?.errorText !== "net::ERR_ABORTED") faults.push(`failed: ${request.url()}`);
  });
  page.on("request", (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (protocol.startsWith("http") && to !== origin) faults.push(`left the site: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  await prepare?.(page);
  await page.goto(url, { waitUntil: "load", timeout: 180_000 }); // a busy machine may take its time
  return { page, faults, close: () => context.close() };
}

/** Asks for other media, such as dark or more contrast, and waits until the page is painted so. */
export async function emulate(page: Page, media: Parameters<Page["emulateMedia"]>[0]): Promise<void> {
  await page.emulateMedia(media);
  await page.evaluate(async () => {
    const painted = () => new Promise((done) => requestAnimationFrame(done));
    for (let i = 0; i < 3; i++) await painted();
    // colours that were on their way when the media changed
    await Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => undefined)));
  });
}

/** Accessibility faults by axe-core's rules (WCAG 2.2 A and AA, best practices), one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  return await page.evaluate(async () => {
    const { violations } = await (
      window as unknown as {
        axe: { run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> };
      }
    ).axe.run();
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
    );
  });
}
