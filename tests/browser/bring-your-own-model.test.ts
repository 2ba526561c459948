import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import JSZip from "jszip";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openModel } from "../../lib/weights/model.js";
import { caseNames, GOLDEN, loadCase, type GoldenRun, type LoadedCase } from "../golden.js";
import { launch } from "./chromium.js";
import { expectFitAndAccessible } from "./figures.js";
import { accessibilityFaults, emulate, visit, type Visit } from "./visit.js";

const LONG = { timeout: 300_000 };

let browser: Browser;
let scratch: string;
beforeAll(async () => {
  browser = await launch({ webgpu: false });
  scratch = mkdtempSync(join(tmpdir(), "bring-"));
});
afterAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  await browser.close();
});

interface Opening {
  readonly query?: string;
  /** Latents that stand in for those of seeds 0, 1, ... */
  readonly latents?: readonly (readonly number[])[];
}

async function open({ query = "", latents }: Opening = {}): Promise<Visit> {
  const at = await visit(browser, `${inject("site")}bring-your-own-model${query && `?${query}`}`, {
    async prepare(page) {
      if (!latents) return;
      // The worker is one file; its own function goes on under another name.
      const mine = `const givenLatents = ${JSON.stringify(latents)}; function seedToZ(seed) { return Float32Array.from(givenLatents[seed]); } function drawnFromSeed(`;
      await page.route(/engine\/worker\.[0-9a-f]+\.js/, async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        const body = text.replace(/function seedToZ\(/, () => mine);
        expect(body).not.toBe(text);
        await route.fulfill({ response, body });
      });
    },
  });
  await at.page.locator(".file-drop input").waitFor(LONG);
  return at;
}

/** Chooses a file, waits until it has been looked into, and gives what the page says of it. */
async function choose(page: Page, file: string): Promise<{ text: string; refused: boolean }> {
  await page.locator(".file-drop input").setInputFiles(file);
  return afterWork(page);
}

async function afterWork(page: Page): Promise<{ text: string; refused: boolean }> {
  await page.locator(".own-busy").waitFor({ state: "hidden", ...LONG });
  const message = page.locator(".own-message");
  const refused = await message.evaluate((node) => node.classList.contains("is-failure"));
  return { text: await message.innerText(), refused };
}

/** Waits until a figure has shown all it has to. */
async function ready(page: Page, id: string): Promise<Locator> {
  const figure = page.locator(`#${id}`);
  await figure.waitFor(LONG);
  await figure.scrollIntoViewIfNeeded();
  const shown = await page.waitForFunction(
    (name) => {
      const node = document.getElementById(name);
      const state = node?.dataset.state;
      if (state !== "ready" && state !== "failed") return null;
      return [state, node!.querySelector<HTMLElement>(".figure-message:not([hidden])")?.innerText ?? ""];
    },
    id,
    LONG,
  );
  expect(await shown.jsonValue()).toEqual(["ready", ""]);
  return figure;
}

async function run(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Run it" }).click();
  return ready(page, "own");
}

const pixels = (figure: Locator) =>
  figure
    .locator("canvas.picture-canvas")
    .first()
    .evaluate((node) => {
      const { width, height } = node as HTMLCanvasElement;
      return [...(node as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height).data];
    });

/** Most grey levels by which two pictures differ. */
function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** Row `row` of a batch of golden pictures, [N, 3, H, W] in -1 .. 1, as a canvas shows it. */
function expectedPixels({ tensors }: LoadedCase, { outputs }: GoldenRun, row: number): Uint8ClampedArray {
  const { shape, data } = tensors.get(outputs["img"]!)!;
  const image = data.subarray((row * data.length) / shape[0]!, ((row + 1) * data.length) / shape[0]!);
  const area = image.length / 3;
  const out = new Uint8ClampedArray(4 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) out[4 * i + c] = Math.floor(image[c * area + i]! * 127.5 + 128);
    out[4 * i + 3] = 255;
  }
  return out;
}

function rows({ tensors }: LoadedCase, name: string): number[][] {
  const { shape, data } = tensors.get(name)!;
  const [count = 1, size = 1] = shape;
  return Array.from({ length: count }, (_, i) => [...data.subarray(i * size, (i + 1) * size)]);
}

const SG1 = join(GOLDEN, "ckpt-tf-sg1-pkl/network-snapshot-011111.pkl");
const SG2 = join(GOLDEN, "ckpt-tf-sg2-pkl/network-final.pkl");
const SG3 = join(GOLDEN, "ckpt-sg3-r-pkl/network-snapshot-000456.pkl");
const CONDITIONAL = join(GOLDEN, "ckpt-sg2ada-pkl-cond/network-snapshot-025000.pkl");

describe("a checkpoint", () => {
  for (const name of caseNames(/^ckpt-/)) {
    test(`${name} is described, then shown as the official code shows it`, async () => {
      const golden = await loadCase(name);
      // The first run without noise of its own; rosinality's StyleGAN1 stores none.
      const plain = golden.case.runs.find(({ outputs, args }) => outputs["img"] && !("step" in args));
      for (const { file } of golden.case.files) {
        const latents = plain && rows(golden, plain.inputs["z"]!);
        const { page, faults, close } = await open({ query: "own.psi=1", ...(latents && { latents }) });
        const { text, refused } = await choose(page, join(golden.dir, file));
        if (golden.case.runs.length === 0 || /statedict/.test(file)) {
          expect(refused).toBe(true);
          expect(text).toMatch(/: .*generator.*\.$/);
          expect(await page.locator(".own-card").isVisible()).toBe(false);
        } else {
          expect([text, refused]).toEqual(["", false]);
          expect(await page.locator("figure").count()).toBe(0); // it does not run by itself
          const facts = await page.locator(".model-facts").innerText();
          expect(facts).toMatch(/StyleGAN[123]?/);
          expect(facts).toMatch(/non-commercial/);
          const figure = await run(page);
          if (!plain) expect(new Set(await pixels(figure)).size).toBeGreaterThan(20);
          const classes = plain?.inputs["c"]
            ? rows(golden, plain.inputs["c"]).map((one) => one.indexOf(1))
            : [];
          for (const row of plain ? [0, 1] : []) {
            if (classes.length > 0) await figure.getByLabel(/^class/).fill(String(classes[row]));
            await figure.getByLabel("seed", { exact: true }).fill(String(row));
            await expect
              .poll(
                async () =>
                  worst(await pixels(await ready(page, "own")), expectedPixels(golden, plain!, row)),
                LONG,
              )
              .toBeLessThanOrEqual(1);
          }
        }
        expect(faults).toEqual([]);
        await close();
      }
    });
  }

  test("is taken when it is dropped, and its layers can be looked into", async () => {
    const { page, faults, close } = await open();
    const transfer = await page.evaluateHandle(
      (bytes) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(bytes)], "dropped.pkl"));
        return data;
      },
      [...readFileSync(SG3)],
    );
    await page.dispatchEvent("main h2", "drop", { dataTransfer: transfer });
    await page.locator(".own-card").waitFor(LONG);
    expect((await afterWork(page)).refused).toBe(false);
    expect(await page.locator(".own-card h2").innerText()).toBe("dropped");
    await run(page);
    const atlas = await ready(page, "own-maps");
    await atlas.getByLabel("layer", { exact: true }).selectOption({ index: 1 });
    await ready(page, "own-maps");
    expect(await atlas.locator(".diagram .readout").innerText()).toMatch(/^L0_/);
    expect(faults).toEqual([]);
    await close();
  });

  test("stops being read when the reader cancels", async () => {
    const file = join(scratch, "long.pkl");
    writeFileSync(file, Buffer.concat([Buffer.from([0x80, 4]), Buffer.alloc(3e8, "N0")]));
    const { page, faults, close } = await open();
    await page.locator(".file-drop input").setInputFiles(file);
    await expect.poll(() => page.locator(".own-words").innerText(), LONG).toMatch(/\d MB of 300\.0 MB/);
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await afterWork(page)).toEqual({ text: "Stopped reading long.pkl.", refused: false });
    expect((await choose(page, SG2)).refused).toBe(false);
    expect(faults).toEqual([]);
    await close();
  });
});

test("the grid mixes the styles of its rows and columns", async () => {
  const { page, faults, close } = await open({ query: "grid-rows=1,2&grid-columns=3" });
  await choose(page, SG2);
  await run(page);
  const grid = await ready(page, "grid");
  /** Pictures from left to right and top to bottom: column, row, mixed, row, mixed. */
  const all = async () => {
    await ready(page, "grid");
    const canvases = await grid.locator("canvas").all();
    expect(canvases.length).toBe(5);
    return Promise.all(
      canvases.map((canvas) =>
        canvas.evaluate((node) => {
          const { width, height } = node as HTMLCanvasElement;
          return [
            ...(node as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height).data,
          ].join();
        }),
      ),
    );
  };
  expect(new Set(await all()).size).toBe(5);
  // With all layers from the column a picture is the column's.
  await grid.getByLabel("w layers from the column, last").selectOption({ index: 7 });
  await expect
    .poll(async () => {
      const [column, , mixed, , below] = await all();
      return [mixed === column, below === column];
    }, LONG)
    .toEqual([true, true]);
  // What is no list of seeds is not taken.
  await grid.getByLabel("row seeds", { exact: true }).fill("1, two");
  await page.keyboard.press("Tab");
  expect(await grid.locator("canvas").count()).toBe(5);
  await grid.getByLabel("row seeds", { exact: true }).fill("5");
  await page.keyboard.press("Tab");
  await expect.poll(() => grid.locator("canvas").count(), LONG).toBe(3);
  expect(page.url()).toContain("grid-rows=5");
  await ready(page, "grid");
  // Reset all brings back the first seeds too.
  await grid.getByRole("button", { name: /^Reset all settings/ }).click();
  await expect.poll(() => grid.locator("canvas").count(), LONG).toBe(15);
  expect(page.url()).not.toContain("grid-");
  expect(faults).toEqual([]);
  await close();
});

/** Everything this site has put into the browser's storage. */
const stored = (page: Page) =>
  page.evaluate(async () => {
    const names = await caches.keys();
    const keys = await Promise.all(
      names.map(async (name) => (await (await caches.open(name)).keys()).length),
    );
    return { entries: keys.reduce((a, b) => a + b, 0), local: localStorage.length };
  });

describe("a bad file", () => {
  for (const name of caseNames(/^bad-/)) {
    test(`of ${name} ends as it should, and the page goes on`, async () => {
      const golden = await loadCase(name);
      const { page, faults, close } = await open();
      const before = await stored(page);
      for (const { file, expect: end, yields = "" } of golden.case.files) {
        const start = performance.now();
        const { text, refused } = await choose(page, join(golden.dir, file));
        const label = `${file}: ${text}`;
        expect(performance.now() - start, label).toBeLessThan(20_000);
        // Some good files hold no generator, only tensors.
        if (end === "refuse" || /statedict/.test(yields)) expect(refused, label).toBe(true);
        if (end === "load" && /images/.test(yields)) expect(refused, label).toBe(false);
        if (refused) {
          const [, sentence = ""] = text.split(`${file}: `);
          expect(sentence, label).toMatch(/^\S.{10,}[.!?]$/);
          expect(sentence.split(/[.!?] [A-Z]/).length, label).toBe(1); // one sentence
          expect(await page.locator(".own-card").isVisible(), label).toBe(false);
        } else await page.getByRole("button", { name: "Close it" }).click();
      }
      expect(await stored(page)).toEqual(before);
      expect(await page.evaluate(() => Object.keys(Object.prototype))).toEqual([]);
      expect((await choose(page, SG2)).refused).toBe(false);
      await run(page);
      expect(faults).toEqual([]);
      await close();
    });
  }

  test("names what a forged pickle asks for, and the byte", async () => {
    const { page, close } = await open();
    const { text } = await choose(page, join(GOLDEN, "bad-pickle-code/reduce-protocol0.pkl"));
    expect(text).toMatch(/^reduce-protocol0\.pkl: .*(os|posix).*system.*at byte \d+/);
    await close();
  });
});

describe("a kept model", () => {
  test("is offered in a chapter after a reload, with the same picture, until it is deleted", async () => {
    const { page, faults, close } = await open();
    await choose(page, SG1);
    const picture = await pixels(await run(page));
    await page.getByLabel("name", { exact: true }).fill("My faces");
    await page.getByLabel("weights in").selectOption("f32");
    await page.getByRole("button", { name: "Keep it for the other chapters" }).click();
    expect((await afterWork(page)).text).toMatch(/^My faces is kept/);
    expect(await page.locator(".kept-models li").innerText()).toMatch(
      /My faces.*StyleGAN1, 32 × 32, \d+ kB/s,
    );

    await page.reload();
    await page.locator(".kept-models li").waitFor(LONG);
    await page.goto(`${inject("site")}chapters/adain`);
    await page.getByLabel("model on this page").selectOption({ label: "My faces" });
    await expect.poll(async () => worst(await pixels(await ready(page, "generator")), picture), LONG).toBe(0);
    expect(await page.locator("#generator .badges").innerText()).toMatch(/your own model/);
    expect(page.url()).toContain("model=reader");

    // A chapter on another network says so, and where the model runs.
    await page.goto(`${inject("site")}chapters/weight-demodulation?model=reader:network-snapshot-011111`);
    await expect
      .poll(() => page.locator(".model-select").innerText(), LONG)
      .toMatch(/"My faces" is a StyleGAN1; here a StyleGAN2 is needed/);
    await page.getByRole("link", { name: "My faces (StyleGAN1)" }).click();
    await expect.poll(async () => worst(await pixels(await ready(page, "own")), picture), LONG).toBe(0);

    page.on("dialog", (dialog) => void dialog.accept());
    await page.getByRole("button", { name: "Delete My faces" }).click();
    await page.getByText("This browser keeps no model of yours yet.").waitFor(LONG);
    expect(await page.locator(".own-message").innerText()).toBe("My faces is deleted from this browser.");
    await expect.poll(() => page.locator("figure").count()).toBe(0);
    await page.goto(`${inject("site")}chapters/adain?model=reader:network-snapshot-011111`);
    await expect
      .poll(() => page.locator(".model-note").first().innerText(), LONG)
      .toMatch(/"network-snapshot-011111", which this browser does not keep; bring its file again/);
    expect(faults).toEqual([]);
    await close();
  });

  test("of a StyleGAN3 keeps its picture in half precision, to two grey levels", async () => {
    const { page, faults, close } = await open();
    await choose(page, SG3);
    expect(await page.locator(".model-facts").innerText()).toMatch(
      /AdaIN: a StyleGAN1 is needed; it modulates the weights .* Here you can look into every layer of yours/s,
    );
    const picture = await pixels(await run(page));
    await page.getByRole("button", { name: "Keep it for the other chapters" }).click();
    expect((await afterWork(page)).text).toMatch(/is kept\. The book has no chapter about its network yet/);
    await page.getByRole("button", { name: "Close it" }).click();
    await page.getByRole("button", { name: "Open here network-snapshot-000456" }).click();
    expect(worst(await pixels(await ready(page, "own")), picture)).toBeLessThanOrEqual(2);
    await page.reload(); // the address remembers it
    expect(worst(await pixels(await ready(page, "own")), picture)).toBeLessThanOrEqual(2);
    // Chapters on other networks say what they need, and lead back to where it runs.
    for (const chapter of ["adain", "weight-demodulation", "lod-blending"]) {
      await page.goto(`${inject("site")}chapters/${chapter}?model=reader:network-snapshot-000456`, {
        waitUntil: "domcontentloaded", // nothing has to run there
        ...LONG,
      });
      const select = page.locator(".model-select", { hasText: "network-snapshot-000456" }).first();
      await expect
        .poll(() => select.innerText(), LONG)
        .toMatch(/is a StyleGAN3; here a StyleGAN[12] is needed/);
      expect(await select.getByRole("link", { name: /\(StyleGAN3\)/ }).getAttribute("href")).toMatch(
        /bring-your-own-model\?model=reader/,
      );
    }
    expect(faults).toEqual([]);
    await close();
  });

  test("is told apart from another one of the same file name", async () => {
    const { page, close } = await open();
    for (const file of [SG1, SG1]) {
      await choose(page, file);
      await page.getByRole("button", { name: "Keep it for the other chapters" }).click();
      await afterWork(page);
    }
    expect(await page.locator(".kept-models li").count()).toBe(2);
    await close();
  });
});

test("the download is one zip with a manifest and shards that open as a model", async () => {
  const { page, faults, close } = await open();
  await choose(page, CONDITIONAL);
  await page.getByLabel("weights in").selectOption("q8");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download the book's shards" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("network-snapshot-025000.zip");
  const path = join(scratch, "model.zip");
  await download.saveAs(path);
  const zip = await JSZip.loadAsync(readFileSync(path));
  const read = async (file: string) =>
    (await zip.file(`network-snapshot-025000/${file}`)!.async("uint8array")) as Uint8Array<ArrayBuffer>;
  const model = await openModel("http://book.test/manifest.json", {
    cache: null,
    fetch: async (url) => new Response(await read(new URL(url).pathname.slice(1))),
  });
  expect(model.manifest).toMatchObject({ family: "stylegan2", dtype: "q8", licence: /non-commercial/ });
  for (const { file, sha256 } of model.manifest.shards)
    expect(
      createHash("sha256")
        .update(await read(file))
        .digest("hex"),
    ).toBe(sha256);
  expect((await model.parametersFor(model.resolution)).size).toBeGreaterThan(20);
  expect(faults).toEqual([]);
  await close();
});

describe("the page", () => {
  test("says that nothing is uploaded", async () => {
    const { page, close } = await open();
    expect(await page.locator("main").innerText()).toMatch(/Nothing is uploaded/);
    await close();
  });

  test("can be used with the keyboard alone", async () => {
    const { page, faults, close } = await open();
    await choose(page, SG2); // the browser's own dialog is no part of the page
    expect(await page.locator(".own-card h2").evaluate((node) => node === document.activeElement)).toBe(true);
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    for (let stop = 0; stop < 12 && (await focused()) !== "Run it"; stop += 1)
      await page.keyboard.press("Tab");
    expect(await focused()).toBe("Run it");
    await page.keyboard.press("Enter");
    await ready(page, "own");
    await page.getByRole("button", { name: "Keep it for the other chapters" }).focus();
    await page.keyboard.press("Enter");
    expect((await afterWork(page)).text).toMatch(/is kept/);
    await page.getByRole("button", { name: "Close it" }).focus();
    await page.keyboard.press("Enter");
    expect(await page.locator(".own-card").isVisible()).toBe(false);
    expect(faults).toEqual([]);
    await close();
  });

  test("is accessible and no wider than the window with a model in it, light and dark", async () => {
    const { page, faults, close } = await open();
    await choose(page, join(GOLDEN, "bad-magic/page.pkl"));
    expect(await accessibilityFaults(page)).toEqual([]);
    await choose(page, CONDITIONAL);
    await page.getByRole("button", { name: "Keep it for the other chapters" }).click();
    await afterWork(page);
    await run(page);
    await ready(page, "own-maps");
    await ready(page, "grid");
    await emulate(page, { colorScheme: "dark" });
    expect(await accessibilityFaults(page)).toEqual([]);
    await emulate(page, { colorScheme: "light" });
    await expectFitAndAccessible(page);
    expect(faults).toEqual([]);
    await close();
  });
});
