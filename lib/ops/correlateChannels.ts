import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { cropFirst, padOrCrop, type Sides } from "./resampleGrid.js";

/**
 * Correlates every channel with one and the same kernel, at every `stride`-th position of the padded image.
 *
 * On wasm, whose depthwise convolution is vectorised for 1, 3, 4, 9 and 25 taps and thirty times slower for others:
 * 1. Cuts the kernel into rows, and these into bands of at most nine taps, with zeros up to the next fast size.
 * 2. Correlates with each band, shifted to its place, and adds up.
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
  if (tf.getBackend() !== "wasm" || isFast(kh, kw)) return correlate(x, kernel, stride, padding);
  const [x0, x1, y0, y1] = padding;
  return tf.tidy(() => {
    // what is cropped is rounded down to whole steps of the stride, whose results can be dropped instead
    const crops = new Map<string, Tensor4D>();
    const cropped = (left: number, top: number): Tensor4D => {
      const key = `${left} ${top}`;
      const known = left + top === 0 ? x : (crops.get(key) ?? padOrCrop(x, [-left, 0, -top, 0]));
      crops.set(key, known);
      return known;
    };
    let sum: Tensor4D | null = null;
    const columns = kw === 1 ? eachAlone(1) : bandsOf(kw, stride[0]);
    for (const { from: top, taps: h, size: high } of kw === 1 ? bandsOf(kh, stride[1]) : eachAlone(kh)) {
      for (const { from: left, taps: w, size: wide } of columns) {
        const band: Tensor4D = tf.slice(kernel, [top, left, 0, 0], [h, w, 1, 1]);
        const [restX, restY] = [
          Math.min(partOfStep(x0 - left, stride[0]), x.shape[2] - 1),
          Math.min(partOfStep(y0 - top, stride[1]), x.shape[1] - 1),
        ];
        const sides: Sides = [
          x0 - left + restX,
          x1 - (kw - left - wide),
          y0 - top + restY,
          y1 - (kh - top - high),
        ];
        const part = correlate(cropped(restX, restY), padKernel(band, high - h, wide - w), stride, sides);
        sum = sum === null ? part : tf.add<Tensor4D>(sum, part);
      }
    }
    return sum!;
  });
}

/** What a crop has beyond whole steps of the stride. */
function partOfStep(side: number, stride: number): number {
  return side < 0 ? -side % stride : 0;
}

const FAST = [1, 3, 4, 9];

function isFast(kh: number, kw: number): boolean {
  return FAST.includes(kh * kw) || (kh === 5 && kw === 5);
}

interface Band {
  readonly from: number;
  readonly taps: number;
  /** Taps with the zeros behind them. */
  readonly size: number;
}

function bandsOf(taps: number, stride: number): Band[] {
  const bands: Band[] = [];
  const most = stride < 9 ? 9 - (9 % stride) : 9; // a band begins at a whole step of the stride
  for (let from = 0; from < taps; from += most) {
    const count = Math.min(most, taps - from);
    bands.push({ from, taps: count, size: FAST.find((size) => size >= count)! });
  }
  return bands;
}

function eachAlone(taps: number): Band[] {
  return Array.from({ length: taps }, (_, from) => ({ from, taps: 1, size: 1 }));
}

function padKernel(kernel: Tensor4D, below: number, right: number): Tensor4D {
  return below + right === 0 ? kernel : tf.pad(kernel, [[0, below], [0, right], [0, 0], [0, 0]]); // prettier-ignore
}

/**
 * One depthwise convolution. Where whole steps are cropped, it is cheaper to drop their results: there are fewer of
 * them than pixels.
 */
function correlate(
  x: Tensor4D,
  kernel: Tensor4D,
  [strideX, strideY]: readonly [number, number],
  padding: Sides,
): Tensor4D {
  const whole = partOfStep(padding[0], strideX) === 0 && partOfStep(padding[2], strideY) === 0;
  return tf.tidy(() => {
    const [image, [left, right, top, bottom]] = whole ? [x, padding] : cropFirst(x, padding);
    const [n, h, w, c] = image.shape;
    const [kh, kw] = kernel.shape;
    const [width, height] = [
      Math.floor((w + left + right - kw) / strideX) + 1,
      Math.floor((h + top + bottom - kh) / strideY) + 1,
    ];
    const [zerosLeft, zerosRight, zerosTop, zerosBottom] = [left, right, top, bottom].map((side) =>
      Math.max(side, 0),
    ) as [number, number, number, number];
    const fold = kw === 1 && strideX === 1 && zerosLeft + zerosRight === 0 ? foldOf(w, c) : 1;
    const folded: Tensor4D = fold === 1 ? image : tf.reshape(image, [n, h, w / fold, fold * c]);
    const perChannel: Tensor4D = tf.mul(kernel, tf.ones([1, 1, fold * c, 1])); // [kh, kw, C, 1]
    const explicit = [[0, 0], [zerosTop, zerosBottom], [zerosLeft, zerosRight], [0, 0]]; // prettier-ignore
    // the kernels take explicit padding; only the declared type of depthwiseConv2d lacks it
    let y = tf.depthwiseConv2d(folded, perChannel, [strideY, strideX], explicit as unknown as "valid");
    if (fold > 1) y = tf.reshape(y, [n, y.shape[1], w, c]);
    const [dropX, dropY] = [Math.max(-left, 0) / strideX, Math.max(-top, 0) / strideY];
    return padOrCrop(y, [-dropX, width + dropX - y.shape[2], -dropY, height + dropY - y.shape[1]]);
  });
}

/** A filter along columns sees neighbouring pixels of a row as further channels; some hundred make the best use of wasm. */
function foldOf(width: number, channels: number): number {
  let fold = 1;
  for (let divisor = 2; divisor <= width && divisor * channels <= 256; divisor++)
    if (width % divisor === 0) fold = divisor;
  return fold;
}
