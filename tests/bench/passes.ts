/** Time of 1024 x 1024 passes on WebAssembly in Node, one thread: medians, and what a layer costs of it. */
import * as tf from "@tensorflow/tfjs-core";
import type { Network } from "../../lib/networks/network.js";
import { drive } from "../../lib/networks/run.js";
import { StyleGAN1 } from "../../lib/networks/stylegan1.js";
import { StyleGAN2 } from "../../lib/networks/stylegan2.js";
import { seedToZ } from "../../lib/random/seedToZ.js";
import type { StyleGAN1Config, StyleGAN2Config } from "../../lib/weights/config.js";
import { initialise } from "../../lib/weights/initialise.js";
import { parseManifest } from "../../lib/weights/manifest.js";
import { startBackend } from "../conformance/backend.js";
import { runs } from "./passRuns.js";
import { median, type Row } from "./rows.js";
import { readFileSync } from "node:fs";

/** A model of the book with weights from a seed: its time does not depend on their values. */
function network(id: string): Network {
  const path = new URL(`../../data/weights/${id}/manifest.json`, import.meta.url);
  const { family, config } = parseManifest(JSON.parse(readFileSync(path, "utf8")));
  const built =
    family === "stylegan1"
      ? new StyleGAN1(config as StyleGAN1Config)
      : new StyleGAN2(config as StyleGAN2Config);
  built.add(initialise(family, config as never, "bench"));
  return built;
}

async function seconds(model: Network, ws: tf.Tensor3D): Promise<number> {
  const start = performance.now();
  const picture = drive(model.synthesis(ws))!;
  await picture.data();
  picture.dispose();
  return (performance.now() - start) / 1000;
}

/** Prints a line for each model: median seconds of its passes, and multiply-adds a second. No row: it has no peer. */
export async function benchPasses(): Promise<Row[]> {
  await startBackend("wasm");
  for (const id of ["full-sg1", "full-sg2", "portraits-lite-sg1", "portraits-lite-sg2"]) {
    const model = network(id);
    const z = tf.tensor2d(seedToZ(0, 512), [1, 512]);
    const ws = model.map(z);
    await seconds(model, ws); // the first pass also derives kernels
    const times: number[] = [];
    for (let run = 0; run < runs(); ++run) times.push(await seconds(model, ws));
    const work = model.layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
    const time = median(times);
    console.log(
      `${id}: ${time.toFixed(2)} s, ${(work / 1e9).toFixed(1)} G multiply-adds, ${(work / 1e9 / time).toFixed(1)} G a second`,
    );
    tf.dispose([z, ws]);
    model.dispose();
  }
  return [];
}
