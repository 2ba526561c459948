/** WebGPU in Chromium: the book's network against onnxruntime-web's WebGPU provider, in one page, in turn. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { serve } from "../../lib/cli/serve.js";
import type { StyleGAN2Config } from "../../lib/weights/config.js";
import { initialise } from "../../lib/weights/initialise.js";
import { launch } from "../browser/chromium.js";
import { visit } from "../browser/visit.js";
import { stylegan2Onnx } from "./onnx/generators.js";
import type { Passes } from "./page/webgpuPasses.js";
import { runs, runsInWords } from "./passRuns.js";
import { line, median, row, type Row } from "./rows.js";
import { stylegan2Config } from "./stylegan2Config.js";

/** As in the page. */
const SEED = "bench";

const root = new URL("../../", import.meta.url).pathname;

/** The page, onnxruntime's files and the models in one folder. */
async function folder(models: Readonly<Record<string, StyleGAN2Config>>): Promise<string> {
  const at = mkdtempSync(join(tmpdir(), "bench-"));
  symlinkSync(`${root}node_modules/onnxruntime-web/dist`, join(at, "ort"));
  for (const [name, config] of Object.entries(models)) {
    const bytes = stylegan2Onnx(config, initialise("stylegan2", config, SEED));
    writeFileSync(join(at, `${name}.onnx`), bytes);
  }
  await build({
    entryPoints: [`${root}tests/bench/page/webgpuPasses.ts`],
    outfile: join(at, "passes.js"),
    bundle: true,
    format: "esm",
    target: "esnext",
    logLevel: "error",
  });
  writeFileSync(
    join(at, "bench.html"),
    `<!doctype html><title>bench</title><link rel="icon" href="data:,"><script type="module">
      import * as ort from "./ort/ort.webgpu.bundle.min.mjs";
      import "./passes.js";
      ort.env.wasm.wasmPaths = new URL("./ort/", location.href).href;
      Object.assign(globalThis, { ort });
    </script>`,
  );
  return at;
}

interface Parameters {
  readonly full: { readonly url: string; readonly config: StyleGAN2Config };
  readonly narrow: { readonly url: string; readonly config: StyleGAN2Config };
  readonly runs: number;
}

export async function benchWebGPUInBrowser(): Promise<Row[]> {
  const [full, narrow] = [stylegan2Config(128), stylegan2Config(128, 64)];
  const at = await folder({ full, narrow });
  const { server, address } = await serve(at);
  const browser = await launch({ webgpu: true });
  try {
    const { page, close } = await visit(browser, `${address}bench`, {
      prepare: async (page) => page.on("console", (message) => console.log(message.text())),
    });
    await page.waitForFunction(() => "ort" in globalThis);
    const parameters: Parameters = {
      full: { url: "./full.onnx", config: full },
      narrow: { url: "./narrow.onnx", config: narrow },
      runs: runs(),
    };
    const passes = await page.evaluate(({ full, narrow, runs }) => {
      const { measure, ort } = globalThis as unknown as {
        measure: (...given: unknown[]) => Promise<Passes>;
        ort: unknown;
      };
      return measure(ort, full, narrow, runs);
    }, parameters);
    await close();
    console.log(`the pictures differ by ${passes.difference.toPrecision(2)} of the largest number`);
    const name = `StyleGAN2-F full width, 128x128, ${passes.device} in Chromium, against onnxruntime-web's WebGPU provider`;
    const found = row(
      `${name}${runsInWords(passes.ours.length)}`,
      median(passes.ours),
      median(passes.theirs),
      "s",
      0.5,
    );
    console.log(line(found));
    return [found];
  } finally {
    await browser.close();
    server.close();
    rmSync(at, { recursive: true, force: true });
  }
}
