import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { hashNormal } from "../../../lib/random/hashNormal.js";

export async function useWasm(): Promise<void> {
  await tf.setBackend("wasm");
  await tf.ready();
}

/** A random map whose channels have very different means and spreads. */
export function randomMap(seed: number, height: number, width: number, channels: number): Tensor4D {
  const values = hashNormal(`map ${seed}`, height * width * channels);
  for (let i = 0; i < values.length; i++) {
    const c = i % channels;
    values[i] = values[i]! * 2 ** (c % 5) + (c % 3) * 50;
  }
  return tf.tensor4d(values, [1, height, width, channels]);
}

/** Channel c of a map, row by row, in double precision. */
export function channelOf(map: Tensor4D, channel: number): Float64Array {
  const channels = map.shape[3];
  const values = map.dataSync<"float32">();
  return Float64Array.from({ length: values.length / channels }, (_, i) => values[i * channels + channel]!);
}

export function naiveMoments(values: Float64Array) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  const min = Math.min(...values);
  const max = Math.max(...values);
  return { mean, std, min, max, peak: std === 0 ? 0 : Math.max(max - mean, mean - min) / std };
}
