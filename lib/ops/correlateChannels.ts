import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { cropFirst, type Sides } from "./resampleGrid.js";

/** wasm has vectorised depthwise kernels for up to 4, for 9 and for 25 taps; others are ten times slower. */
const FAST_TAPS = 4;
const isFast = (taps: number) => taps <= FAST_TAPS || taps === 9 || taps === 25;

/**
 * Correlates every channel with one and the same kernel, at every `stride`-th position of the padded image.
 *
 * 1. On wasm, cuts a kernel of many taps into bands and correlates with each, shifted to its place.
 * 2. Adds up.
 *
 * @param x images, [N, H, W, C]
 * @param kernel [kh, kw, 1, 1]
 * @param stride [x, y]
 * @param padding [left, right, top, bottom]; negative numbers crop
 */
export function correlateChannels(
  x: Tensor4D,
  kernel: Tensor4D,
  stride: readonly [number, number],
  padding: Sides,
): Tensor4D {
  const [kh, kw] = kernel.shape;
  if (tf.getBackend() !== "wasm" || isFast(kh * kw)) return correlate(x, kernel, stride, padding);
  const [bandW, bandH] = kw <= FAST_TAPS ? [kw, Math.floor(FAST_TAPS / kw)] : [FAST_TAPS, 1];
  const [x0, x1, y0, y1] = padding;
  return tf.tidy(() => {
    let sum: Tensor4D | null = null;
    for (let top = 0; top < kh; top += bandH) {
      for (let left = 0; left < kw; left += bandW) {
        const [h, w] = [Math.min(bandH, kh - top), Math.min(bandW, kw - left)];
        const band: Tensor4D = tf.slice(kernel, [top, left, 0, 0], [h, w, 1, 1]);
        const shifted: Sides = [x0 - left, x1 - (kw - left - w), y0 - top, y1 - (kh - top - h)];
        const part = correlate(x, band, stride, shifted);
        sum = sum === null ? part : tf.add<Tensor4D>(sum, part);
      }
    }
    return sum!;
  });
}

function correlate(
  x: Tensor4D,
  kernel: Tensor4D,
  [strideX, strideY]: readonly [number, number],
  padding: Sides,
): Tensor4D {
  return tf.tidy(() => {
    const perChannel: Tensor4D = tf.tile(kernel, [1, 1, x.shape[3], 1]); // [kh, kw, C, 1]
    const [cropped, [left, right, top, bottom]] = cropFirst(x, padding);
    const explicit = [[0, 0], [top, bottom], [left, right], [0, 0]]; // prettier-ignore
    // the kernels take explicit padding; only the declared type of depthwiseConv2d lacks it
    return tf.depthwiseConv2d(cropped, perChannel, [strideY, strideX], explicit as unknown as "valid");
  });
}
