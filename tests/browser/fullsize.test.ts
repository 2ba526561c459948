import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import type { Engine } from "../../lib/engine/client-contract.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../lib/experiment/experiment.js";
import { ISOLATION_HEADERS } from "../../lib/cli/serve.js";
import { launch } from "./chromium.js";
import { visit, type Visit } from "./visit.js";
import { seededManifest } from "../models.js";

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
  readonly longestTask: number;
  readonly milliseconds: number;
  readonly backend: string;
  readonly threads: number;
}

const engineModule = readdirSync(new URL("../../dist/_import/components", import.meta.url)).find((name) =>
  /^engine\.[0-9a-f]+\.js$/.test(name),
)!;

/** A page of the site with its engine and nothing else: no figure stands in the engine's queue. */
async function enginePage(browser: Browser): Promise<Visit> {
  const site = inject("site");
  const body = `<!doctype html><title>engine</title><script type="module">
    import { openEngine } from "./_import/components/${engineModule}";
    globalThis.engine = openEngine();
  </script>`;
  return visit(browser, `${site}engine?threads=2`, {
    prepare: (page) =>
      page.route(`${site}engine?threads=2`, (route) =>
        route.fulfill({ contentType: "text/html", headers: ISOLATION_HEADERS, body }),
      ),
  });
}

/** Runs a pass with the site's own engine and brings its picture here. */
async function render(page: Page, experiment: Experiment): Promise<Picture> {
  const { base64, ...rest } = await page.evaluate(async (experiment) => {
    const { engine } = globalThis as unknown as { engine: Engine };
    let longestTask = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
    });
    observer.observe({ entryTypes: ["longtask"] });
    const { views, milliseconds } = await engine.render(experiment, [{ kind: "picture" }]);
    observer.disconnect();
    const view = views.find((candidate) => candidate.kind === "picture" && candidate.final);
    if (view?.kind !== "picture") throw new Error("the engine gave no final picture");
    let text = "";
    for (let i = 0; i < view.pixels.length; i += 32768)
      text += String.fromCharCode(...view.pixels.subarray(i, i + 32768));
    const { name: backend, threads } = await engine.backend;
    const { width, height } = view;
    return { width, height, base64: btoa(text), longestTask, milliseconds, backend, threads };
  }, experiment);
  return { ...rest, rgba: new Uint8Array(Buffer.from(base64, "base64")) };
}

/**
 * SHA-256 of the colours rounded to multiples of 4: WebAssembly's arithmetic is the same on every machine. The number of
 * threads decides which layers go by Winograd's products, so here it is always two.
 */
function checksum({ rgba }: Picture): string {
  return createHash("sha256")
    .update(rgba.map((value, i) => (i % 4 === 3 ? 255 : Math.round(value / 4))))
    .digest("hex");
}

const stored = JSON.parse(
  readFileSync(new URL("fullsize-checksums.json", import.meta.url), "utf8"),
) as Record<string, string>;

describe("the full-size generators in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch({ webgpu: false });
  });
  afterAll(() => browser.close());

  test.each(["full-sg2", "full-sg1"])(
    "%s gives its stored 1024 x 1024 picture on WebAssembly",
    async (model) => {
      const { page, faults, close } = await enginePage(browser);
      const picture = await render(page, { ...DEFAULT_EXPERIMENT, model });
      console.log(
        `${model}: ${(picture.milliseconds / 1000).toFixed(1)} s, ${picture.threads} threads, longest task ${picture.longestTask.toFixed(0)} ms`,
      );
      expect([picture.width, picture.height]).toEqual([1024, 1024]);
      expect(checksum(picture)).toBe(stored[model]);
      expect(faults).toEqual([]);
      await close();
    },
  );
});

/** A StyleGAN2 at 256 x 256, narrow enough for a graphics device in software; its weights come from a seed. */
const NARROW = seededManifest(
  "narrow-256",
  "stylegan2",
  {
    z_dim: 512,
    c_dim: 0,
    w_dim: 512,
    img_resolution: 256,
    img_channels: 3,
    mapping_kwargs: { num_layers: 8 },
    synthesis_kwargs: { channel_base: 2048, channel_max: 32, num_fp16_res: 0 },
  },
  "narrow",
);

test("a 256 x 256 pass on WebGPU gives the picture that WebAssembly gives", async () => {
  const pictures: Picture[] = [];
  for (const webgpu of [false, true]) {
    const browser = await launch({ webgpu });
    const { page, faults, close } = await enginePage(browser);
    await page.route("**/weights/narrow-256/manifest.json", (route) => route.fulfill({ json: NARROW }));
    const picture = await render(page, { ...DEFAULT_EXPERIMENT, model: NARROW.id });
    console.log(`narrow-256: ${(picture.milliseconds / 1000).toFixed(1)} s on ${picture.backend}`);
    expect(picture.backend).toBe(webgpu ? "webgpu" : "wasm");
    expect(faults).toEqual([]);
    pictures.push(picture);
    await close();
    await browser.close();
  }
  const [wasm, webgpu] = pictures as [Picture, Picture];
  expect([webgpu.width, webgpu.height]).toEqual([256, 256]);
  const difference = wasm.rgba.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - webgpu.rgba[i]!)),
    0,
  );
  expect(difference).toBeLessThanOrEqual(2);
});
