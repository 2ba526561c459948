import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape, factorPair, paddingSides, type Padding } from "./check.js";
import { correlateChannels } from "./correlateChannels.js";
import { kernels } from "./kernels.js";
import { phasePadding, phasesOf } from "./polyphase.js";
import { insertZeros, keepEvery, padOrCrop } from "./resampleGrid.js";
import type { Filter } from "./setupFilter.js";

export interface Upfirdn2dOptions {
  /** Factor of upsampling, one number or [x, y]. */
  readonly up?: number | readonly [number, number];
  /** Factor of downsampling, one number or [x, y]. */
  readonly down?: number | readonly [number, number];
  /** Padding of the upsampled image: p, [x, y] or [x0, x1, y0, y1]; negative numbers crop. */
  readonly padding?: Padding;
  /** Correlate instead of convolving. */
  readonly flipFilter?: boolean;
  /** Gain of the whole operation. */
  readonly gain?: number;
}

/**
 * Pads, upsamples, filters and downsamples images.
 *
 * 1. Upsamples by inserting `up - 1` zeros behind every pixel.
 * 2. Pads with zeros, or crops where the padding is negative.
 * 3. Convolves every channel with the filter times the gain; a 1-D filter first along the columns, then along
 *    the rows, with sqrt(gain) each.
 * 4. Keeps every `down`-th pixel.
 *
 * It is computed in polyphase form, which has the same value (`upfirdn2dReference` follows the steps): the output
 * pixels are grouped by the taps that meet pixels instead of inserted zeros, each group is one short correlation of the
 * small image at the kept positions only, and the groups are interleaved.
 *
 * The gradient with respect to x is the same operation with `up` and `down` exchanged and the filter turned, so
 * that derivatives of any order exist; the filter is taken as a constant.
 *
 * @param x images, [N, H, W, C]
 * @param filter FIR filter, [fh, fw] or [taps]; null changes nothing
 * @returns images, [N, H', W', C] with W' = floor((W * upX + x0 + x1 - fw) / downX) + 1
 * @throws Error when the padded image is smaller than the filter
 *
 * Source: the official code of Karras et al. 2020a; Karras et al. 2021 ("Alias-free"), appendix C.3.
 */
export function upfirdn2d(x: Tensor4D, filter: Filter | null, options: Upfirdn2dOptions = {}): Tensor4D {
  expectShape("x", x, [null, null, null, null]);
  if (filter !== null && (filter.rank < 1 || filter.rank > 2)) {
    throw new Error(`a filter has one or two axes, not ${(filter as tf.Tensor).rank}`);
  }
  const [upX, upY] = factorPair("up", options.up ?? 1);
  const [downX, downY] = factorPair("down", options.down ?? 1);
  const padding = paddingSides(options.padding ?? 0);
  const { flipFilter = false, gain = 1 } = options;
  const [fh, fw] =
    filter === null
      ? [1, 1]
      : filter.rank === 1
        ? [filter.size, filter.size]
        : (filter.shape as [number, number]);
  const [x0, x1, y0, y1] = padding;
  const [, h, w] = x.shape;
  if (w * upX + x0 + x1 < fw || h * upY + y0 + y1 < fh) {
    throw new Error(
      `a ${fw}x${fh} filter does not fit the padded image of ${w * upX + x0 + x1}x${h * upY + y0 + y1} pixels`,
    );
  }

  const run = tf.customGrad((image, save) => {
    // kept for the gradient: the caller may dispose the filter before
    (save as (tensors: tf.Tensor[]) => void)(filter === null ? [] : [filter]);
    const value = forward(image as Tensor4D, filter, [upX, upY], [downX, downY], padding, flipFilter, gain);
    const [, outH, outW] = value.shape;
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) =>
      upfirdn2d(dy as Tensor4D, (saved[0] as Filter | undefined) ?? null, {
        up: [downX, downY],
        down: [upX, upY],
        padding: [
          fw - x0 - 1,
          w * upX - outW * downX + x0 - upX + 1,
          fh - y0 - 1,
          h * upY - outH * downY + y0 - upY + 1,
        ],
        flipFilter: !flipFilter,
        gain,
      });
    return { value, gradFunc };
  });
  return run(x) as Tensor4D;
}

function forward(
  x: Tensor4D,
  filter: Filter | null,
  [upX, upY]: [number, number],
  [downX, downY]: [number, number],
  padding: [number, number, number, number],
  flipFilter: boolean,
  gain: number,
): Tensor4D {
  const twin =
    filter && kernels().upfirdn2d?.(x, filter, [upX, upY], [downX, downY], padding, flipFilter, gain);
  if (twin) return twin;
  return tf.tidy(() => {
    if (filter === null) {
      const y = keepEvery(padOrCrop(insertZeros(x, upX, upY), padding), downX, downY);
      return gain === 1 ? y : tf.mul(y, gain);
    }
    const kernel = flipFilter ? filter : tf.reverse(filter); // a convolution is a correlation with the turned kernel
    const [x0, x1, y0, y1] = padding;
    if (kernel.rank === 2) {
      const scaled = tf.mul<Tensor2D>(kernel, gain);
      return resample(
        x,
        scaled,
        { up: upX, down: downX, sides: [x0, x1] },
        { up: upY, down: downY, sides: [y0, y1] },
      );
    }
    const line = tf.mul(kernel, Math.sqrt(gain));
    const rows = resample(
      x,
      tf.expandDims<Tensor2D>(line, 0),
      { up: upX, down: downX, sides: [x0, x1] },
      UNCHANGED,
    );
    return resample(rows, tf.expandDims<Tensor2D>(line, 1), UNCHANGED, {
      up: upY,
      down: downY,
      sides: [y0, y1],
    });
  });
}

/** What happens along one axis. */
interface Resampling {
  readonly up: number;
  readonly down: number;
  readonly sides: readonly [number, number];
}

const UNCHANGED: Resampling = { up: 1, down: 1, sides: [0, 0] };

/** Correlates with a kernel, [kh, kw], phase by phase, and interleaves the phases: columns, then rows. */
function resample(x: Tensor4D, kernel: Tensor2D, horizontal: Resampling, vertical: Resampling): Tensor4D {
  const [n, h, w, c] = x.shape;
  const [kh, kw] = kernel.shape;
  const [width, height] = [outputSize(w, kw, horizontal), outputSize(h, kh, vertical)];
  const phasesX = phasesOf(horizontal.up, horizontal.down, kw, horizontal.sides[0]);
  const phasesY = phasesOf(vertical.up, vertical.down, kh, vertical.sides[0]);
  const [columns, rows] = [Math.ceil(width / phasesX.length), Math.ceil(height / phasesY.length)];
  const cells = inCells(kernel, horizontal.up, vertical.up);
  const bands = phasesY.map((phaseY) => {
    const band = phasesX.map((phaseX) => {
      if (phaseX.taps === 0 || phaseY.taps === 0) return tf.zeros<tf.Rank.R4>([n, rows, columns, c]); // no tap meets a pixel
      const taps = tf.slice(cells, [0, phaseY.first, 0, phaseX.first], [phaseY.taps, 1, phaseX.taps, 1]);
      const sides = [...phasePadding(phaseX, w, columns), ...phasePadding(phaseY, h, rows)] as const;
      const small: Tensor4D = tf.reshape(taps, [phaseY.taps, phaseX.taps, 1, 1]);
      return correlateChannels(x, small, [phaseX.stride, phaseY.stride], sides);
    });
    // the channels of neighbouring phases side by side are neighbouring pixels
    return band.length === 1 ? band[0]! : tf.concat(band, 3); // [N, rows, columns, phases * C]
  });
  const lines = bands.map((band) => tf.reshape(band, [n * rows, columns * phasesX.length * c]));
  const y = lines.length === 1 ? lines[0]! : tf.concat(lines, 1); // [N * rows, phases * W' * C]
  const shape = [n, rows * phasesY.length, columns * phasesX.length, c] as const;
  return padOrCrop(tf.reshape(y, [...shape]), [0, width - shape[2], 0, height - shape[1]]);
}

function outputSize(size: number, taps: number, { up, down, sides }: Resampling): number {
  return Math.floor((size * up + sides[0] + sides[1] - taps) / down) + 1;
}

/** A kernel in cells as large as the upsampling, [cells, upY, cells, upX]: each place in a cell holds a phase's taps. */
function inCells(kernel: Tensor2D, upX: number, upY: number): Tensor4D {
  const [kh, kw] = kernel.shape;
  const [cellsY, cellsX] = [Math.ceil(kh / upY), Math.ceil(kw / upX)];
  const padded = tf.pad(kernel, [[0, cellsY * upY - kh], [0, cellsX * upX - kw]]); // prettier-ignore
  return tf.reshape(padded, [cellsY, upY, cellsX, upX]);
}
