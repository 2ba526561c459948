/** Runs in a page: passes of the book's network on WebGPU, and of onnxruntime-web's on its WebGPU provider, in turn. */
import * as tf from "@tensorflow/tfjs-core";
import type * as Ort from "onnxruntime-web";
import { webgpuTier } from "../../../lib/engine/webgpuTier.js";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { inTurn } from "../passRuns.js";

/** Names the weights, which are the same on both sides. */
const SEED = "bench";

/** What onnxruntime's picture may differ by, relative to the largest number. */
const TOLERANCE = 1e-3;

export interface Passes {
  readonly device: string;
  /** Seconds. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** Largest difference of the two pictures, relative to the largest number. */
  readonly difference: number;
}

type Model = Readonly<{ url: string; config: StyleGAN2Config }>;

/** A network on both sides. */
async function open(ort: typeof Ort, { url, config }: Model) {
  const session = await ort.InferenceSession.create(url, { executionProviders: ["webgpu"] });
  const model = new StyleGAN2(config, initialise("stylegan2", config, SEED));
  const shape: [number, number, number] = [1, model.numWs, model.wDim];
  const values = Float32Array.from({ length: shape[1] * shape[2] }, (_, i) => Math.sin(i * 12.9898) * 1.4);
  const ws = tf.tensor3d(values, shape);
  const side = model.resolution;
  return {
    async ours(): Promise<Float32Array> {
      const picture = drive(model.synthesis(ws, { unseen: () => true }))!;
      const data = (await picture.data()) as Float32Array;
      picture.dispose();
      return data;
    },
    /** Channels first. */
    async theirs(): Promise<Float32Array> {
      const { picture } = await session.run({ ws: new ort.Tensor("float32", values, shape) });
      return picture!.data as Float32Array;
    },
    difference(ours: Float32Array, theirs: Float32Array): number {
      let [worst, largest] = [0, 0];
      for (let pixel = 0; pixel < side * side; pixel++)
        for (let c = 0; c < 3; c++) {
          const value = ours[3 * pixel + c]!;
          worst = Math.max(worst, Math.abs(value - theirs[c * side * side + pixel]!));
          largest = Math.max(largest, Math.abs(value));
        }
      return worst / largest;
    },
    async close(): Promise<void> {
      ws.dispose();
      model.dispose();
      await session.release();
    },
  };
}

async function seconds(pass: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await pass();
  return (performance.now() - start) / 1000;
}

/**
 * Times both in turn, `runs` times, after a pass of each on few channels, which compiles the programs.
 * @throws Error when the two make different pictures
 */
async function measure(ort: typeof Ort, full: Model, narrow: Model, runs: number): Promise<Passes> {
  const { device } = await webgpuTier.start();
  const small = await open(ort, narrow);
  const difference = small.difference(await small.ours(), await small.theirs());
  if (!(difference < TOLERANCE))
    throw new Error(`onnxruntime makes another picture: it differs by ${difference}`);
  await small.close();
  const large = await open(ort, full);
  const times = await inTurn(
    "StyleGAN2-F 128x128 in a page, the peer on onnxruntime-web's WebGPU",
    runs,
    () => seconds(large.ours),
    () => seconds(large.theirs),
  );
  await large.close();
  return { device, difference, ...times };
}

Object.assign(globalThis, { measure });
