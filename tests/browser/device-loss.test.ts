import { expect, inject, test } from "vitest";
import type { Page, Worker } from "playwright-core";
import type { Engine } from "../../lib/engine/client-contract.js";
import type { Progress } from "../../lib/engine/protocol.js";
import { DEFAULT_EXPERIMENT } from "../../lib/experiment/experiment.js";
import { launch } from "./chromium.js";
import { visit } from "./visit.js";
import { seededManifest } from "../models.js";

/** A small StyleGAN2 with weights from a seed: what a graphics device in software does in seconds. */
const MODEL = seededManifest(
  "tiny-32",
  "stylegan2",
  {
    z_dim: 64,
    c_dim: 0,
    w_dim: 64,
    img_resolution: 32,
    img_channels: 3,
    mapping_kwargs: { num_layers: 2 },
    synthesis_kwargs: { channel_base: 512, channel_max: 16, num_fp16_res: 0 },
  },
  "tiny",
);

/** What the worker's devices do beside what they are for; it runs in front of the worker's own code. */
const WATCH = `
  globalThis.submissions = Infinity; // how many are left until the device is lost
  globalThis.largest = Infinity; // bytes that a buffer may have from now on
  if (globalThis.GPUAdapter) {
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (descriptor) {
      const device = await request.call(this, descriptor);
      const create = device.createBuffer;
      device.createBuffer = function (wanted) {
        return create.call(this, wanted.size > globalThis.largest ? { ...wanted, size: 2 ** 50 } : wanted);
      };
      const submit = device.queue.submit;
      device.queue.submit = function (buffers) {
        submit.call(this, buffers);
        if (--globalThis.submissions === 0) device.destroy();
      };
      return device;
    };
  }
`;

interface Outcome {
  readonly sentences: string[];
  readonly backend: string;
  readonly reasons: string[];
  readonly pixels: number[];
}

/** A pass with the page's own engine. */
function render(page: Page, x: number): Promise<Outcome> {
  return page.evaluate(
    async (experiment) => {
      const { engine } = globalThis as unknown as { engine: Engine };
      const sentences: string[] = [];
      const onProgress = (progress: Progress) => {
        if (progress.kind === "again") sentences.push(progress.sentence);
      };
      const { views } = await engine.render(experiment, [{ kind: "picture" }], { onProgress });
      const final = views.filter((view) => view.kind === "picture" && view.final);
      if (final.length !== 1) throw new Error(`${final.length} final pictures`);
      const { name, tried } = await engine.backend;
      return {
        sentences,
        backend: name,
        reasons: tried.map(({ reason }) => reason),
        pixels: [...(final[0] as { pixels: Uint8ClampedArray }).pixels],
      };
    },
    { ...DEFAULT_EXPERIMENT, model: MODEL.id, latent: { x, y: 0 } },
  );
}

test("a pass whose device is destroyed, or whose memory is exhausted, goes on, and says what happened", async () => {
  const browser = await launch({ webgpu: true });
  const { page, faults, close } = await visit(browser, `${inject("site")}bring-your-own-model`, {
    prepare: async (page) => {
      await page.route("**/weights/tiny-32/manifest.json", (route) => route.fulfill({ json: MODEL }));
      await page.route(/engine\/worker\.[0-9a-f]+\.js/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: WATCH + (await response.text()) });
      });
    },
  });
  await page.addScriptTag({ type: "module", content: await engineScript(page) });
  await page.waitForFunction(() => "engine" in globalThis);
  const untouched = await render(page, 1);
  expect(untouched).toMatchObject({ backend: "webgpu", sentences: [] });

  const worker = await engineWorker(page);
  const set = (name: "submissions" | "largest", value: number) =>
    worker.evaluate(([key, to]) => Object.assign(globalThis, { [key]: to }), [name, value] as const);
  await set("submissions", 3); // in the middle of the pass
  const again = await render(page, 2);
  expect(again.backend).toBe("webgpu");
  expect(again.sentences).toEqual([
    "The graphics device was lost; the computation began anew on a fresh one.",
  ]);
  expect((await render(page, 1)).pixels).toEqual(untouched.pixels);

  await set("largest", 4096);
  const lower = await render(page, 3);
  expect(lower.backend).toBe("wasm");
  expect(lower.reasons).toEqual(["It ran out of memory."]);
  expect(lower.sentences).toEqual([
    "WebGPU is left: it ran out of memory. The computation goes on with WebAssembly.",
  ]);
  const same = await render(page, 1);
  const difference = same.pixels.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - untouched.pixels[i]!)),
    0,
  );
  expect(difference).toBeLessThanOrEqual(2);
  expect(
    faults.filter(
      (fault) => !/too large|exceeds the max|Invalid (Buffer|BindGroup|CommandBuffer)/.test(fault),
    ),
  ).toEqual([]);
  await close();
  await browser.close();
});

async function engineScript(page: Page): Promise<string> {
  const address = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .find((name) => /_page\/engine\.\w+\.js/.test(name))!,
  );
  return `import { openEngine } from ${JSON.stringify(address)}; globalThis.engine = openEngine();`;
}

async function engineWorker(page: Page): Promise<Worker> {
  const worker = page.workers().find((one) => /engine\/worker/.test(one.url()));
  if (!worker) throw new Error("the page started no engine");
  return worker;
}
