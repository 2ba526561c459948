/** The process of `webgpu.ts`: measures, and writes its rows to the file that its argument names. */
import * as tf from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { writeFileSync } from "node:fs";
import type { Network } from "../../lib/networks/network.js";
import { drive } from "../../lib/networks/run.js";
import { StyleGAN2 } from "../../lib/networks/stylegan2.js";
import { registerKernels } from "../../lib/ops/kernels.js";
import { seedToZ } from "../../lib/random/seedToZ.js";
import { boundPool, FREE_BYTES } from "../../lib/webgpu/bufferPool.js";
import { useHalves } from "../../lib/webgpu/halves.js";
import { webgpuKernels } from "../../lib/webgpu/kernels.js";
import { submit } from "../../lib/webgpu/run.js";
import { isSoftware } from "../../lib/webgpu/tiling.js";
import { initialise } from "../../lib/weights/initialise.js";
import { startWebGPU } from "../conformance/webgpu.js";
import { emptyWeights, recordOnly } from "../recording.js";
import { inTurn, runs, runsInWords } from "./passRuns.js";
import { peakMultiplyAdds } from "./peak.js";
import { line, median, row, type Row } from "./rows.js";
import { stylegan2Config } from "./stylegan2Config.js";

/** With weights from a seed: its time does not depend on their values. */
function stylegan2(resolution: number, channelMax?: number): Network {
  const config = stylegan2Config(resolution, channelMax);
  return new StyleGAN2(config, initialise("stylegan2", config, "bench"));
}

function latent(model: Network): tf.Tensor3D {
  return tf.tidy(() => model.map(tf.tensor2d(seedToZ(0, model.zDim), [1, model.zDim])));
}

async function seconds(model: Network, ws: tf.Tensor3D, kernels: boolean): Promise<number> {
  registerKernels("webgpu", kernels ? webgpuKernels : null);
  const start = performance.now();
  const picture = drive(model.synthesis(ws, { unseen: () => true }))!;
  await picture.data();
  picture.dispose();
  registerKernels("webgpu", webgpuKernels);
  return (performance.now() - start) / 1000;
}

/** A full-width pass of 128x128: kernels against stock operations, in turn. */
async function againstStock(): Promise<Row> {
  // the programs of both, compiled on few channels
  const narrow = stylegan2(128, 64);
  const narrowWs = latent(narrow);
  for (const kernels of [true, false]) await seconds(narrow, narrowWs, kernels);
  narrowWs.dispose();
  narrow.dispose();
  const model = stylegan2(128);
  const ws = latent(model);
  await ws.data();
  const { ours, theirs } = await inTurn(
    "StyleGAN2-F 128x128, the peer on stock tfjs operations",
    runs(),
    () => seconds(model, ws, true),
    () => seconds(model, ws, false),
  );
  tf.dispose(ws);
  model.dispose();
  const name = `StyleGAN2-F full width, 128x128, WebGPU on ${device}, against stock tfjs operations`;
  return row(`${name}${runsInWords(ours.length)}`, median(ours), median(theirs), "s", 0.15);
}

/**
 * Dispatches and bytes of one pass of 1024x1024, mapping network included, counted without computing. The last part:
 * from here on weights are kept in half precision, as on a graphics card.
 */
function counted(): Row[] {
  const backend = tf.backend() as WebGPUBackend;
  useHalves(backend);
  const recording = recordOnly(backend);
  const config = stylegan2Config(1024);
  const model = new StyleGAN2(config, emptyWeights(config));
  recording.dispatches = 0;
  counts.peak = counts.numBytesAllocated;
  const ws = latent(model);
  // hands over between layers, as the engine does
  const picture = drive(model.synthesis(ws, { unseen: () => true }), { onStep: () => submit() })!;
  tf.dispose([ws, picture]);
  model.dispose();
  submit();
  recording.stop();
  return [
    row("dispatches in one StyleGAN2-F 1024x1024 pass, WebGPU", recording.dispatches, null, "dispatches", 80),
    row("GPU memory peak, StyleGAN2-F 1024x1024", counts.peak / 1e6, null, "MB", 500),
  ];
}

/**
 * The speed of the 3x3 layers at 64x64 and above, and the device's peak, in turn. A device in software runs the layers
 * up to 128x128 only.
 */
async function layerSpeed(): Promise<Row> {
  const backend = tf.backend() as WebGPUBackend;
  const side = isSoftware(backend) ? 128 : 1024;
  const model = stylegan2(side);
  const ws = latent(model);
  await ws.data();
  const [speeds, peaks]: [number[], number[]] = [[], []];
  for (let run = -1; run < runs(); run++) {
    const { work, spent } = await timeLayers(model, ws);
    const peak = await peakMultiplyAdds(backend.device);
    console.log(`3x3 layers: ${(work / spent / 1e9).toFixed(2)} of ${(peak / 1e9).toFixed(2)} G a second`);
    if (run < 0) continue; // compiles
    speeds.push(work / spent / 1e9);
    peaks.push(peak / 1e9);
  }
  tf.dispose(ws);
  model.dispose();
  const name = `3x3 layers of 64x64 to ${side}x${side}, StyleGAN2-F on ${device}, against the device's peak`;
  return row(
    `${name}${runsInWords(speeds.length)}`,
    median(speeds),
    median(peaks),
    "G multiply-adds/s",
    null,
    true,
  );
}

async function timeLayers(model: Network, ws: tf.Tensor3D): Promise<{ work: number; spent: number }> {
  const { device } = tf.backend() as WebGPUBackend;
  const places = new Map(model.layers.map((layer) => [layer.name, layer]));
  const pass = model.synthesis(ws, { unseen: () => true });
  let [spent, work] = [0, 0];
  let start = performance.now();
  for (let step = pass.next(); ; step = pass.next()) {
    if (step.done) {
      step.value.dispose();
      return { work, spent };
    }
    submit();
    await device.queue.onSubmittedWorkDone();
    const milliseconds = performance.now() - start;
    start = performance.now();
    if (step.value.kind !== "tap") continue;
    const { resolution, multiplyAdds, name } = places.get(step.value.name)!;
    const speed = multiplyAdds / milliseconds / 1e6;
    console.log(
      `  ${name}: ${(milliseconds / 1000).toFixed(2)} s, ${speed.toFixed(2)} G multiply-adds a second`,
    );
    if (resolution < 64 || !/\.conv[01]$/.test(name)) continue;
    spent += milliseconds / 1000;
    work += multiplyAdds;
  }
}

const device = await startWebGPU();
const counts = boundPool(tf.backend() as WebGPUBackend, FREE_BYTES);
if (!isSoftware(tf.backend() as WebGPUBackend)) useHalves(tf.backend() as WebGPUBackend); // as the engine does
const rows: Row[] = [await layerSpeed(), await againstStock(), ...counted()];
for (const found of rows) console.log(line(found));
writeFileSync(process.argv[2]!, JSON.stringify(rows));
process.exit(0);
