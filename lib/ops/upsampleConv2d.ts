import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";
import { conv2d } from "./conv2d.js";
import { padOrCrop } from "./resampleGrid.js";

/** Up to this many output channels, interleaving columns costs more than a few multiplications by zero. */
const FEW_CHANNELS = 64;

/**
 * Transposed convolution, the upsampling layer of the family: every pixel of x stamps the kernel, `up` pixels
 * apart, into the result: y[p] = sum over i of x[i] * w[p - up * i].
 *
 * 1. Splits the kernel by the parity of its taps: those of output pixels p = up * i + phase, along each axis.
 * 2. Runs one small convolution per phase on the small image, up * up of them, together as many multiplications
 *    as the transposed convolution needs.
 * 3. Interleaves the phases, columns and then rows.
 *
 * The back ends' own transposed convolution visits every output pixel without this split and is many times slower.
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O], not turned
 * @param up whole factor, default 2
 * @returns features, [N, (H - 1) * up + kh, (W - 1) * up + kw, O]
 * @throws Error when the channels differ
 *
 * Source: Karras et al. 2018, table 2 (the fused form: StyleGAN1's `fused_scale`); Dumoulin and Visin 2016, section 4.
 */
export function upsampleConv2d(x: Tensor4D, weight: Tensor4D, up = 2): Tensor4D {
  const [, h, w] = x.shape;
  const [kh, kw] = weight.shape;
  return tf.tidy(() => {
    const grid = upsampleConv2dGrid(x, weight, up);
    const [, gridH, gridW] = grid.shape;
    return padOrCrop(grid, [0, (w - 1) * up + kw - gridW, 0, (h - 1) * up + kh - gridH]);
  });
}

/**
 * The same before the crop: sides are rounded up to a multiple of `up`, and what is beyond the result is zero.
 * Whoever pads the result anyway saves a copy by taking it.
 */
export function upsampleConv2dGrid(x: Tensor4D, weight: Tensor4D, up = 2): Tensor4D {
  const [kh, kw, inputs, outputs] = weight.shape;
  expectShape("x", x, [null, null, null, inputs]);
  const [n, h, w] = x.shape;
  const rows = h + Math.ceil(kh / up) - 1; // positions i of which some phase is part of the result
  const columns = w + Math.ceil(kw / up) - 1;
  const together = kw % up === 0 || outputs <= FEW_CHANNELS;
  return tf.tidy(() => {
    const phases = Array.from({ length: up }, (_, phase) => phase);
    const interleavedRows = phases.map((phaseY) => {
      // channels of neighbouring phases side by side are neighbouring pixels: [N, rows, columns * up, O]
      const row = together
        ? convolvePhases(x, weight, up, phases, phaseY, columns, rows)
        : tf.concat(
            phases.map((phaseX) => convolvePhases(x, weight, up, [phaseX], phaseY, columns, rows)),
            3,
          );
      return tf.reshape(row, [n * rows, 1, columns * up * outputs]);
    });
    return tf.reshape(tf.concat(interleavedRows, 1), [n, rows * up, columns * up, outputs]);
  });
}

/**
 * The output pixels whose coordinates leave the remainders phaseX and phaseY, [N, rows, columns, O]; several
 * phaseX at once give their channels side by side, [N, rows, columns, phases * O].
 */
function convolvePhases(
  x: Tensor4D,
  weight: Tensor4D,
  up: number,
  phasesX: readonly number[],
  phaseY: number,
  columns: number,
  rows: number,
): Tensor4D {
  const [n, h, w] = x.shape;
  const [kh, kw, , outputs] = weight.shape;
  const tapsX = Math.max(...phasesX.map((phaseX) => Math.ceil((kw - phaseX) / up)));
  const tapsY = Math.ceil((kh - phaseY) / up);
  if (tapsX <= 0 || tapsY <= 0) return tf.zeros([n, rows, columns, phasesX.length * outputs]);
  const kernels = phasesX.map((phaseX) => everyTap(weight, up, phaseX, phaseY, tapsX, tapsY));
  const kernel = kernels.length === 1 ? kernels[0]! : tf.concat(kernels, 3);
  // output i reads x[i], x[i - 1], ...: the correlation of the turned kernel with x shifted by taps - 1
  return conv2d(x, tf.reverse(kernel, [0, 1]), { padding: [tapsX - 1, columns - w, tapsY - 1, rows - h] });
}

/** w[phaseY + up * j, phaseX + up * i] as a kernel of its own, [tapsY, tapsX, I, O]; taps beyond w are zero. */
function everyTap(
  weight: Tensor4D,
  up: number,
  phaseX: number,
  phaseY: number,
  tapsX: number,
  tapsY: number,
): Tensor4D {
  const [kh, kw, inputs, outputs] = weight.shape;
  const padded = tf.pad(weight, [
    [0, Math.ceil(kh / up) * up - kh],
    [0, Math.ceil(kw / up) * up - kw],
    [0, 0],
    [0, 0],
  ]);
  const size = inputs * outputs;
  const cells = tf.reshape(padded, [Math.ceil(kh / up), up, Math.ceil(kw / up), up * size]);
  const taps = tf.slice(cells, [0, phaseY, 0, phaseX * size], [tapsY, 1, tapsX, size]);
  return tf.reshape(taps, [tapsY, tapsX, inputs, outputs]);
}
