import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape, factorPair, paddingSides, type Padding } from "./check.js";
import { conv2d } from "./conv2d.js";
import { derive } from "./derived.js";
import { interleave } from "./interleave.js";
import { kernels } from "./kernels.js";
import { padOrCrop } from "./resampleGrid.js";
import { turnKernel } from "./turnKernel.js";

export interface UpsampleConv2dOptions {
  /** Whole factor of upsampling. */
  readonly up?: number;
  /** Pixels added to the result's sides, [x0, x1, y0, y1]; negative numbers crop. */
  readonly padding?: Padding;
}

/** Up to this many output channels, interleaving columns costs more than some multiplications by zero. */
const FEW_CHANNELS = 16;

/**
 * Transposed convolution, the upsampling layer of the family: every pixel of x stamps the kernel, `up` pixels
 * apart, into the result: y[p] = sum over i of x[i] * w[p - up * i].
 *
 * 1. Splits the kernel by the remainder of its taps: those that reach the output pixels p = up * i + phase.
 * 2. Runs one small convolution per phase on the small image, together as many multiplications as the transposed
 *    convolution needs. Where that saves time, the phases of one row run as one convolution with their channels
 *    side by side.
 * 3. Interleaves the phases, columns and then rows.
 *
 * The back ends' own transposed convolution visits every output pixel without this split and is many times slower.
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O], not turned
 * @returns features, [N, (H - 1) * up + kh, (W - 1) * up + kw, O] for padding 0
 * @throws Error when the channels differ, or the padding leaves nothing
 *
 * Source: the official code of Karras et al. 2018 and 2019, `upscale2d_conv2d` (`fused_scale`); Dumoulin and Visin 2016,
 * section 4.
 */
export function upsampleConv2d(x: Tensor4D, weight: Tensor4D, options: UpsampleConv2dOptions = {}): Tensor4D {
  const { up = 2 } = options;
  factorPair("up", up);
  const [kh, kw, inputs, outputs] = weight.shape;
  expectShape("x", x, [null, null, null, inputs]);
  const [x0, x1, y0, y1] = paddingSides(options.padding ?? 0);
  const [, h, w] = x.shape;
  const width = (w - 1) * up + kw + x0 + x1;
  const height = (h - 1) * up + kh + y0 + y1;
  if (width < 1 || height < 1)
    throw new Error(`padding [${x0}, ${x1}, ${y0}, ${y1}] leaves nothing of the result`);
  const twin = kernels().upsampleConv2d?.(x, weight, up, [x0, x1, y0, y1]);
  if (twin) return twin;
  const [columns, rows] = [Math.ceil(width / up), Math.ceil(height / up)];
  const remainders = Array.from({ length: up }, (_, remainder) => remainder);
  const horizontal = remainders.map((remainder) => phaseOf(remainder - x0, up, kw, w, columns));
  const vertical = remainders.map((remainder) => phaseOf(remainder - y0, up, kh, h, rows));
  const together = outputs <= FEW_CHANNELS;
  return tf.tidy(() => {
    const all = together
      ? below(vertical.map((phaseY) => convolve(x, weight, up, horizontal, phaseY)))
      : interleave(
          vertical.map((phaseY) => horizontal.map((phaseX) => convolve(x, weight, up, [phaseX], phaseY))),
        );
    return padOrCrop(all, [0, width - columns * up, 0, height - rows * up]);
  });
}

/** Rows whose phases are already side by side, [N, rows, columns, up * O]: their channels are neighbouring pixels. */
function below(lines: readonly Tensor4D[]): Tensor4D {
  const up = lines.length;
  const [n, rows, columns, c] = lines[0]!.shape;
  const flat = lines.map((line) => tf.reshape(line, [n * rows, columns * c]));
  return tf.reshape(tf.concat(flat, 1), [n, rows * up, columns * up, c / up]);
}

/** Along one axis, the output pixels up * i + offset: output i is the sum over j of x[i + shift - j] * w[first + up * j]. */
interface Phase {
  /** The first tap; the next are `up` apart. */
  readonly first: number;
  readonly taps: number;
  readonly shift: number;
  /** Number of input and of output pixels. */
  readonly from: number;
  readonly to: number;
}

function phaseOf(offset: number, up: number, kernelSize: number, from: number, to: number): Phase {
  const shift = Math.floor(offset / up);
  const first = offset - shift * up;
  return { first, taps: Math.max(Math.ceil((kernelSize - first) / up), 0), shift, from, to };
}

/** The phases of one row, [N, rows, columns, phases * O]. */
function convolve(
  x: Tensor4D,
  weight: Tensor4D,
  up: number,
  phases: readonly Phase[],
  vertical: Phase,
): Tensor4D {
  // one kernel for all phases: from the farthest pixel that one of them reads to the nearest
  const last = Math.max(...phases.map(({ shift }) => shift));
  const width = last - Math.min(...phases.map(({ shift, taps }) => shift - taps));
  const reach: Phase = { ...phases[0]!, shift: last, taps: width };
  if (width <= 0 || vertical.taps === 0) {
    return tf.zeros([x.shape[0], vertical.to, reach.to, phases.length * weight.shape[3]]); // no tap reaches these pixels
  }
  const which = [...phases, vertical].map(({ first, taps, shift }) => [first, taps, shift].join(" "));
  const kernel = derive(weight, `phases of ${up}: ${which.join(", ")}`, () => {
    const [, , inputs, outputs] = weight.shape;
    const kernels = phases.map((phase): Tensor4D => {
      if (phase.taps === 0) return tf.zeros([vertical.taps, width, inputs, outputs]);
      const taps = turnKernel(everyTap(weight, up, phase, vertical)); // [tapsY, taps, I, O]
      const near = last - phase.shift;
      return widened(taps, width - near - phase.taps, near);
    });
    return kernels.length === 1 ? kernels[0]! : tf.concat(kernels, 3);
  });
  return conv2d(x, kernel, {
    padding: [...sidesOf(reach), ...sidesOf(vertical)] as [number, number, number, number],
  });
}

/** Adds columns of zeros to a kernel, [kh, kw, I, O]. */
function widened(kernel: Tensor4D, left: number, right: number): Tensor4D {
  return left === 0 && right === 0 ? kernel : tf.pad(kernel, [[0, 0], [left, right], [0, 0], [0, 0]]); // prettier-ignore
}

/** Padding of the small image for a turned kernel of `taps` taps that ends `shift` pixels behind the output pixel. */
function sidesOf({ taps, shift, from, to }: Phase): [number, number] {
  const before = taps - 1 - shift;
  return [before, to + taps - 1 - from - before];
}

/** The taps of one phase as a kernel of its own, [tapsY, tapsX, I, O]. */
function everyTap(weight: Tensor4D, up: number, horizontal: Phase, vertical: Phase): Tensor4D {
  const [kh, kw, inputs, outputs] = weight.shape;
  const [cellsY, cellsX] = [Math.ceil(kh / up), Math.ceil(kw / up)];
  const size = inputs * outputs;
  const padded = padOrCrop(tf.reshape(weight, [1, kh, kw, size]), [0, cellsX * up - kw, 0, cellsY * up - kh]);
  const cells = tf.reshape(padded, [cellsY, up, cellsX, up * size]);
  const from = [0, vertical.first, 0, horizontal.first * size];
  const taps = tf.slice(cells, from, [vertical.taps, 1, horizontal.taps, size]);
  return tf.reshape(taps, [vertical.taps, horizontal.taps, inputs, outputs]);
}
