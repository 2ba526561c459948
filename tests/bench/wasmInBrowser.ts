/**
 * WebAssembly with two threads in Chromium: the book's engine against onnxruntime-web on the same networks, in one page,
 * in turn; and what of a pass the engine saves when little has changed.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Ort from "onnxruntime-web";
import { build } from "../../lib/cli/build.js";
import { serve } from "../../lib/cli/serve.js";
import type { Engine } from "../../lib/engine/client-contract.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../lib/experiment/experiment.js";
import type { StyleGAN1Config, StyleGAN2Config } from "../../lib/weights/config.js";
import { initialise } from "../../lib/weights/initialise.js";
import { parseManifest } from "../../lib/weights/manifest.js";
import { launch } from "../browser/chromium.js";
import { visit } from "../browser/visit.js";
import { stylegan1Onnx, stylegan2Onnx } from "./onnx/generators.js";
import { runs } from "./passRuns.js";
import { line, median, row, type Row } from "./rows.js";

const THREADS = 2;
const root = new URL("../../", import.meta.url).pathname;

/** A model of the book in the form of onnxruntime, with the weights that the engine makes for it. */
function onnx(id: string): Uint8Array {
  const path = `${root}data/weights/${id}/manifest.json`;
  const { family, config, source } = parseManifest(JSON.parse(readFileSync(path, "utf8")));
  if (source.kind !== "initialise")
    throw new Error(`${id} has stored weights; the benchmark takes seeded ones`);
  return family === "stylegan1"
    ? stylegan1Onnx(config as StyleGAN1Config, initialise(family, config as never, source.seed))
    : stylegan2Onnx(config as StyleGAN2Config, initialise(family, config as never, source.seed));
}

/** The built site, onnxruntime's files and the models in one folder. */
function folder(ids: readonly string[]): string {
  const at = mkdtempSync(join(tmpdir(), "bench-"));
  for (const name of readdirSync(`${root}dist`)) symlinkSync(`${root}dist/${name}`, join(at, name));
  symlinkSync(`${root}node_modules/onnxruntime-web/dist`, join(at, "ort"));
  for (const id of ids) writeFileSync(join(at, `${id}.onnx`), onnx(id));
  const engine = readdirSync(`${root}dist/_import/components`).find((name) =>
    /^engine\.[0-9a-f]+\.js$/.test(name),
  );
  writeFileSync(
    join(at, "bench.html"),
    `<!doctype html><title>bench</title><script type="module">
      import { openEngine } from "./_import/components/${engine}";
      import * as ort from "./ort/ort.wasm.bundle.min.mjs";
      ort.env.wasm.numThreads = ${THREADS};
      ort.env.wasm.wasmPaths = new URL("./ort/", location.href).href;
      Object.assign(globalThis, { engine: openEngine(), ort });
    </script>`,
  );
  return at;
}

interface Page {
  readonly engine: Engine;
  readonly ort: typeof Ort;
}

interface Times {
  readonly threads: number;
  readonly ours: number[];
  readonly theirs: number[];
  readonly changed: number[];
  readonly first: number[];
}

/** Runs in the page: passes of the engine and of onnxruntime in turn, milliseconds. */
async function measure(parameters: {
  id: string;
  shape: readonly [number, number, number];
  experiment: Experiment;
  tap: string | null;
  runs: number;
}): Promise<Times> {
  const { id, shape, experiment, tap, runs } = parameters;
  const { engine, ort } = globalThis as unknown as Page;
  const session = await ort.InferenceSession.create(`./${id}.onnx`, { executionProviders: ["wasm"] });
  const length = shape[1] * shape[2];
  const ws = new ort.Tensor(
    "float32",
    Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898) * 1.4),
    shape,
  );
  const picture = [{ kind: "picture", progressive: true }] as const;
  const times: Times = {
    threads: (await engine.backend).threads,
    ours: [],
    theirs: [],
    changed: [],
    first: [],
  };
  for (let run = -1; run < runs; run++) {
    const own = { ...experiment, latent: { x: run + 20, y: 0 } };
    let first = 0;
    let start = performance.now();
    await engine.render(own, picture, {
      onView: (view) => {
        if (view.kind === "picture" && view.resolution >= 64 && first === 0)
          first = performance.now() - start;
      },
    });
    const ours = performance.now() - start;
    let changed = 0;
    if (tap) {
      const interventions = [{ kind: "zeroChannel", tap, channel: 0 }] as const;
      start = performance.now();
      await engine.render({ ...own, interventions }, [{ kind: "picture" }]);
      changed = performance.now() - start;
    }
    start = performance.now();
    const { picture: theirs } = await session.run({ ws });
    const spent = performance.now() - start;
    if (!Number.isFinite((theirs!.data as Float32Array)[12345]))
      throw new Error("onnxruntime gave no number");
    theirs!.dispose();
    if (run < 0) continue; // the first passes load weights and derive kernels
    times.ours.push(ours);
    times.theirs.push(spent);
    times.changed.push(changed);
    times.first.push(first);
  }
  await session.release();
  return times;
}

export async function benchWasmInBrowser(): Promise<Row[]> {
  if (!process.env.SITE_IS_BUILT) await build();
  const models = [
    { id: "full-sg2", title: "StyleGAN2-F", shape: [1, 18, 512], tap: "b1024.conv0" },
    { id: "full-sg1", title: "StyleGAN1", shape: [1, 18, 512], tap: null },
  ] as const;
  const at = folder(models.map(({ id }) => id));
  const { server, address } = await serve(at);
  const browser = await launch({ webgpu: false });
  const rows: Row[] = [];
  try {
    for (const { id, title, shape, tap } of models) {
      const { page, close } = await visit(browser, `${address}bench`, {
        // esbuild wraps functions in a helper that the page does not have
        prepare: (page) => page.addInitScript("globalThis.__name = (wrapped) => wrapped"),
      });
      await page.waitForFunction(() => "engine" in globalThis);
      const experiment = { ...DEFAULT_EXPERIMENT, model: id, psi: 1 };
      const times = await page.evaluate(measure, { id, shape, experiment, tap, runs: runs() });
      const [ours, theirs] = [median(times.ours) / 1000, median(times.theirs) / 1000];
      const name = `${title} 1024x1024, wasm, ${times.threads} threads`;
      rows.push(row(`${name}, against onnxruntime-web`, ours, theirs, "s", 1));
      if (tap) {
        rows.push(
          row(
            `${name}: re-render after a change at ${tap}, against a full pass`,
            median(times.changed) / 1000,
            ours,
            "s",
            0.3,
          ),
          row(
            `${name}: first RGB of 64x64 on screen, against a full pass`,
            median(times.first) / 1000,
            ours,
            "s",
            0.2,
          ),
        );
      }
      for (const found of rows.slice(tap ? -3 : -1)) console.log(line(found));
      await close();
    }
  } finally {
    await browser.close();
    server.close();
    rmSync(at, { recursive: true, force: true });
  }
  return rows;
}
