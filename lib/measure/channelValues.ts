import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { assertMap } from "./readback.js";

/**
 * One channel of a feature map at full resolution, row by row.
 *
 * @param x [1, H, W, C]; stays the caller's
 * @returns H W values
 * @throws {RangeError} for a channel that the map does not have
 */
export async function channelValues(x: Tensor4D, channel: number): Promise<Float32Array> {
  const [height, width, channels] = assertMap(x);
  if (!(Number.isInteger(channel) && channel >= 0 && channel < channels))
    throw new RangeError(`channel ${channel} is not among the map's ${channels}; choose one below that`);
  const slice = tf.slice(x, [0, 0, 0, channel], [1, height, width, 1]);
  try {
    return (await slice.data<"float32">()) as Float32Array;
  } finally {
    slice.dispose();
  }
}
