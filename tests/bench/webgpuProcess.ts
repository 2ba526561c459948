/** The process of `webgpu.ts`: measures, and writes its rows to the file that its argument names. */
import * as tf from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { readFileSync, writeFileSync } from "node:fs";
import type { Network } from "../../lib/networks/network.js";
import { drive } from "../../lib/networks/run.js";
import { StyleGAN2 } from "../../lib/networks/stylegan2.js";
import { registerKernels } from "../../lib/ops/kernels.js";
import { seedToZ } from "../../lib/random/seedToZ.js";
import { boundPool, FREE_BYTES } from "../../lib/webgpu/bufferPool.js";
import { webgpuKernels } from "../../lib/webgpu/kernels.js";
import { submit } from "../../lib/webgpu/run.js";
import type { StyleGAN2Config } from "../../lib/weights/config.js";
import { initialise } from "../../lib/weights/initialise.js";
import { parseManifest } from "../../lib/weights/manifest.js";
import { startWebGPU } from "../conformance/webgpu.js";
import { peakMultiplyAdds } from "./peak.js";
import { line, median, row, type Row } from "./rows.js";

const RUNS = 5;

/** StyleGAN2-F with weights from a seed, up to a resolution. */
function stylegan2(resolution: number): Network {
  const path = new URL("../../data/weights/full-sg2/manifest.json", import.meta.url);
  const { config } = parseManifest(JSON.parse(readFileSync(path, "utf8")));
  const smaller = { ...(config as StyleGAN2Config), img_resolution: resolution };
  return new StyleGAN2(smaller, initialise("stylegan2", smaller as never, "bench"));
}

async function seconds(model: Network, ws: tf.Tensor3D): Promise<number> {
  const start = performance.now();
  const picture = drive(model.synthesis(ws, { unseen: () => true }))!;
  await picture.data();
  picture.dispose();
  return (performance.now() - start) / 1000;
}

function latent(model: Network): tf.Tensor3D {
  return tf.tidy(() => model.map(tf.tensor2d(seedToZ(0, model.zDim), [1, model.zDim])));
}

/** A full-width pass of 128x128: kernels against stock operations, in turn. */
async function againstStock(rows: Row[], device: string): Promise<void> {
  const model = stylegan2(128);
  const ws = latent(model);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let run = -1; run < RUNS; run++) {
    registerKernels("webgpu", webgpuKernels);
    const own = await seconds(model, ws);
    registerKernels("webgpu", null);
    const stock = await seconds(model, ws);
    console.log(`128x128: ${own.toFixed(1)} s with kernels, ${stock.toFixed(1)} s with stock operations`);
    if (run < 0) continue; // compiles
    ours.push(own);
    theirs.push(stock);
  }
  registerKernels("webgpu", webgpuKernels);
  const name = `StyleGAN2-F full width, 128x128, WebGPU on ${device}, against stock tfjs operations`;
  rows.push(row(name, median(ours), median(theirs), "s", 0.15));
  tf.dispose(ws);
  model.dispose();
}

/** One pass of 1024x1024: dispatches, bytes, and the speed of its large 3x3 layers against the device's peak. */
async function fullSize(rows: Row[], device: string): Promise<void> {
  const backend = tf.backend() as WebGPUBackend;
  const counts = boundPool(backend, FREE_BYTES);
  const model = stylegan2(1024);
  let dispatches = 0;
  const run = backend.runWebGPUProgram.bind(backend);
  backend.runWebGPUProgram = (...given: Parameters<typeof run>) => {
    dispatches += 1;
    return run(...given);
  };
  counts.peak = counts.numBytesAllocated;
  const ws = latent(model);
  await ws.data();
  let [spent, work] = [0, 0];
  const places = new Map(model.layers.map((layer) => [layer.name, layer]));
  const pass = model.synthesis(ws, { unseen: () => true });
  let start = performance.now();
  for (let step = pass.next(); ; step = pass.next()) {
    if (step.done) {
      await step.value.data();
      step.value.dispose();
      break;
    }
    // as the engine does between layers
    submit();
    await backend.device.queue.onSubmittedWorkDone();
    const milliseconds = performance.now() - start;
    start = performance.now();
    if (step.value.kind !== "tap") continue;
    const { resolution, multiplyAdds, name } = places.get(step.value.name)!;
    console.log(`${name}: ${(milliseconds / 1000).toFixed(2)} s, ${dispatches} dispatches so far`);
    if (resolution < 64 || !/\.conv[01]$/.test(name)) continue;
    spent += milliseconds / 1000;
    work += multiplyAdds;
  }
  const megabytes = 1e6;
  rows.push(
    row("dispatches in one StyleGAN2-F 1024x1024 pass, WebGPU", dispatches, 1, "dispatches", 80),
    row("GPU memory peak, StyleGAN2-F 1024x1024", counts.peak / megabytes, 1, "MB", 500),
  );
  backend.runWebGPUProgram = run;
  tf.dispose(ws);
  model.dispose();
  const peak = await peakMultiplyAdds(backend.device);
  const speed = work / spent / 1e9;
  rows.push(
    row(
      `3x3 layers at 64x64 and above, StyleGAN2-F on ${device}, against the device's peak`,
      speed,
      peak / 1e9,
      "G multiply-adds/s",
      null,
      true,
    ),
  );
}

const device = await startWebGPU();
const rows: Row[] = [];
await fullSize(rows, device);
await againstStock(rows, device);
for (const found of rows) console.log(line(found));
writeFileSync(process.argv[2]!, JSON.stringify(rows));
process.exit(0);
