import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { kernels } from "./kernels.js";
import { expectShape, factorPair, paddingSides, type Padding } from "./check.js";
import { cropFirst, insertZeros, padOrCrop, type Sides } from "./resampleGrid.js";
import { turnKernel } from "./turnKernel.js";

export interface Conv2dOptions {
  /** Step between output pixels, one number or [x, y]. */
  readonly stride?: number | readonly [number, number];
  /** Zeros around the image; negative numbers crop. */
  readonly padding?: Padding;
}

/**
 * Two-dimensional convolution in the sense of neural networks, that is, correlation:
 * y[n, i, j, o] = sum over a, b, c of w[a, b, c, o] * x[n, i * s + a - p, j * s + b - p, c].
 *
 * 1. Pads the image with zeros, or crops it.
 * 2. Correlates with the kernel at every `stride`-th position.
 *
 * The gradients are written as convolutions and matrix products again, so that derivatives of any order exist
 * on every back end (path-length regularisation and R1 need the second).
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O]
 * @returns features, [N, H', W', O] with W' = floor((W + x0 + x1 - kw) / stride) + 1
 * @throws Error when the channels differ or the kernel is larger than the padded image
 */
export function conv2d(x: Tensor4D, weight: Tensor4D, options: Conv2dOptions = {}): Tensor4D {
  const [kh, kw, inputs] = weight.shape;
  expectShape("x", x, [null, null, null, inputs]);
  const [strideX, strideY] = factorPair("stride", options.stride ?? 1);
  const padding = paddingSides(options.padding ?? 0);
  const [x0, x1, y0, y1] = padding;
  const [, h, w] = x.shape;
  if (w + x0 + x1 < kw || h + y0 + y1 < kh) {
    throw new Error(
      `a ${kw}x${kh} kernel does not fit the padded image of ${w + x0 + x1}x${h + y0 + y1} pixels`,
    );
  }

  const correlate = tf.customGrad((image, kernel, save) => {
    (save as (tensors: tf.Tensor[]) => void)([image as Tensor4D, kernel as Tensor4D]);
    const twin = kernels().conv2d?.(image as Tensor4D, kernel as Tensor4D, [strideX, strideY], padding);
    const value =
      twin ??
      tf.tidy(() => {
        const [cropped, [left, right, top, bottom]] = cropFirst(image as Tensor4D, padding);
        return tf.conv2d(
          cropped,
          kernel as Tensor4D,
          [strideY, strideX],
          explicitPadding(left, right, top, bottom),
        );
      });
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => [
      inputGradient(dy as Tensor4D, saved[0] as Tensor4D, saved[1] as Tensor4D, [strideX, strideY], padding),
      weightGradient(dy as Tensor4D, saved[0] as Tensor4D, saved[1] as Tensor4D, [strideX, strideY], padding),
    ];
    return { value, gradFunc };
  });
  return correlate(x, weight) as Tensor4D;
}

function explicitPadding(left: number, right: number, top: number, bottom: number) {
  if (left === 0 && right === 0 && top === 0 && bottom === 0) return "valid" as const;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as tf.backend_util.ExplicitPadding;
}

/** dL/dx: the output's gradient, zeros inserted between its pixels, convolved with the kernel turned by 180 degrees. */
export function inputGradient(
  dy: Tensor4D,
  x: Pick<Tensor4D, "shape">,
  weight: Tensor4D,
  stride: readonly [number, number],
  [x0, , y0]: Sides,
): Tensor4D {
  const [, h, w] = x.shape;
  const [kh, kw] = weight.shape;
  return tf.tidy(() => {
    const spread = insertZeros(dy, ...stride); // [N, H' * s, W' * s, O]
    const turned = tf.transpose(turnKernel(weight), [0, 1, 3, 2]); // [kh, kw, O, I]
    const [, spreadH, spreadW] = spread.shape;
    const [left, top] = [kw - 1 - x0, kh - 1 - y0];
    const [right, bottom] = [w + kw - 1 - spreadW - left, h + kh - 1 - spreadH - top];
    return conv2d(spread, turned, { padding: [left, right, top, bottom] });
  });
}

/** dL/dw: for each kernel tap, the product of the shifted input and the output's gradient over all pixels. */
export function weightGradient(
  dy: Tensor4D,
  x: Tensor4D,
  weight: Pick<Tensor4D, "shape">,
  stride: readonly [number, number],
  padding: Sides,
): Tensor4D {
  const [kh, kw, inputs, outputs] = weight.shape;
  const [x0, , y0] = padding;
  return tf.tidy(() => {
    const spread = insertZeros(dy, ...stride);
    const [n, spreadH, spreadW] = spread.shape;
    const pixels = n * spreadH * spreadW;
    const [, h, w] = x.shape;
    const padded = padOrCrop(x, [x0, spreadW + kw - 1 - w - x0, y0, spreadH + kh - 1 - h - y0]);
    const [, paddedH, paddedW] = padded.shape;
    // rows as one run of numbers each: wasm copies a slice run by run, and a run of I numbers is a short one
    const rows = tf.reshape(padded, [n, paddedH, paddedW * inputs]);
    const gradient = tf.reshape(spread, [pixels, outputs]); // [N * H' * W', O]
    const taps: tf.Tensor2D[] = [];
    for (let a = 0; a < kh; ++a) {
      for (let b = 0; b < kw; ++b) {
        const shifted = tf.slice(rows, [0, a, b * inputs], [n, spreadH, spreadW * inputs]);
        const columns = tf.transpose(tf.reshape(shifted, [pixels, inputs])); // [I, N * H' * W']
        taps.push(tf.matMul(columns, gradient) as tf.Tensor2D); // [I, O]
      }
    }
    return tf.reshape(tf.stack(taps), [kh, kw, inputs, outputs]);
  });
}
