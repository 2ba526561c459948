import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { expectShape, paddingSides, type Padding } from "./check.js";
import { conv2d } from "./conv2d.js";
import { filterSize } from "./filter2d.js";
import type { Filter } from "./setupFilter.js";
import { upfirdn2d } from "./upfirdn2d.js";
import { upsampleConv2d } from "./upsampleConv2d.js";
import { turnKernel } from "./turnKernel.js";

export interface Conv2dResampleOptions {
  /** Low-pass filter, see `setupFilter`; null: none. */
  readonly filter?: Filter | null;
  /** Whole factor of upsampling before the convolution. */
  readonly up?: number;
  /** Whole factor of downsampling behind it. */
  readonly down?: number;
  /** Padding, counted in pixels of the upsampled image; negative numbers crop. */
  readonly padding?: Padding;
  /** Number of groups of channels that do not see each other. */
  readonly groups?: number;
  /** true: correlation, what networks call convolution; false: true convolution. */
  readonly flipWeight?: boolean;
  /** Correlate with the low-pass filter instead of convolving. */
  readonly flipFilter?: boolean;
}

/**
 * Convolution with upsampling before and downsampling behind it, each with a low-pass filter.
 *
 * 1. Upsamples: zeros between the pixels, then the filter with gain up squared.
 * 2. Convolves with the weight.
 * 3. Downsamples: the filter, then every `down`-th pixel.
 *
 * Filter and weight commute, so the cheaper order is taken: a 1x1 convolution runs at the lower resolution, an
 * upsampling one as a transposed convolution (see {@link upsampleConv2d}) before the filter, a downsampling one
 * strided behind it.
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I / groups, O]
 * @returns features, [N, H', W', O]
 * @throws Error when the channels do not fit the groups
 *
 * Source: the official code of Karras et al. 2020b, `torch_utils/ops/conv2d_resample.py`.
 */
export function conv2dResample(x: Tensor4D, weight: Tensor4D, options: Conv2dResampleOptions = {}): Tensor4D {
  const {
    filter = null,
    up = 1,
    down = 1,
    padding = 0,
    groups = 1,
    flipWeight = true,
    flipFilter = false,
  } = options;
  const [kh, kw, inputsPerGroup, outputs] = weight.shape;
  if (outputs % groups !== 0)
    throw new Error(`${outputs} output channels do not divide into ${groups} groups`);
  expectShape("x", x, [null, null, null, inputsPerGroup * groups]);
  if (groups > 1) return perGroup(x, weight, options, groups);

  const [fw, fh] = filterSize(filter);
  let [x0, x1, y0, y1] = paddingSides(padding);
  if (up > 1) {
    x0 += Math.floor((fw + up - 1) / 2);
    x1 += Math.floor((fw - up) / 2);
    y0 += Math.floor((fh + up - 1) / 2);
    y1 += Math.floor((fh - up) / 2);
  }
  if (down > 1) {
    x0 += Math.floor((fw - down + 1) / 2);
    x1 += Math.floor((fw - down) / 2);
    y0 += Math.floor((fh - down + 1) / 2);
    y1 += Math.floor((fh - down) / 2);
  }

  return tf.tidy(() => {
    const turned = () => turnKernel(weight);
    const kernel = () => (flipWeight ? weight : turned()); // for correlation; turning copies it
    if (kw === 1 && kh === 1 && down > 1 && up === 1) {
      return conv2d(upfirdn2d(x, filter, { down, padding: [x0, x1, y0, y1], flipFilter }), kernel());
    }
    if (kw === 1 && kh === 1 && up > 1 && down === 1) {
      return upfirdn2d(conv2d(x, kernel()), filter, {
        up,
        padding: [x0, x1, y0, y1],
        gain: up * up,
        flipFilter,
      });
    }
    if (up > 1) {
      const filtered = upsampleThenFilter(
        x,
        flipWeight ? turned() : weight,
        up,
        [x0, x1, y0, y1],
        filter,
        flipFilter,
      );
      return down > 1 ? upfirdn2d(filtered, filter, { down, flipFilter }) : filtered;
    }
    if (down > 1) {
      const filtered = filter === null ? x : upfirdn2d(x, filter, { padding: [x0, x1, y0, y1], flipFilter });
      return conv2d(filtered, kernel(), { stride: down, padding: filter === null ? [x0, x1, y0, y1] : 0 });
    }
    return conv2d(x, kernel(), { padding: [x0, x1, y0, y1] });
  });
}

/** Transposed convolution, then the low-pass filter; the padding counts in pixels of the upsampled image. */
function upsampleThenFilter(
  x: Tensor4D,
  weight: Tensor4D,
  up: number,
  [x0, x1, y0, y1]: readonly [number, number, number, number],
  filter: Filter | null,
  flipFilter: boolean,
): Tensor4D {
  const [kh, kw] = weight.shape;
  const [, h, w] = x.shape;
  // the transposed convolution already reaches kernel - 1 pixels beyond the image, and up - 1 zeros less behind it
  const rest = [x0 - (kw - 1), x1 - (kw - up), y0 - (kh - 1), y1 - (kh - up)] as const;
  const gain = up * up;
  if (filter === null) return upsampleConv2d(x, tf.mul(weight, gain), { up, padding: rest });
  // crops, and zeros up to whole steps of `up` pixels, cost nothing there; the other zeros are the filter's
  const [left, top] = [Math.min(rest[0], 0), Math.min(rest[2], 0)];
  const fill = (size: number, side: number) => Math.min((up - (size % up)) % up, side);
  const right = rest[1] > 0 ? fill((w - 1) * up + kw + left, rest[1]) : rest[1];
  const bottom = rest[3] > 0 ? fill((h - 1) * up + kh + top, rest[3]) : rest[3];
  const stamped = upsampleConv2d(x, weight, { up, padding: [left, right, top, bottom] });
  const padding = [rest[0] - left, rest[1] - right, rest[2] - top, rest[3] - bottom] as const;
  return upfirdn2d(stamped, filter, { padding, gain, flipFilter });
}

function perGroup(x: Tensor4D, weight: Tensor4D, options: Conv2dResampleOptions, groups: number): Tensor4D {
  return tf.tidy(() => {
    const images = tf.split(x, groups, 3) as Tensor4D[];
    const kernels = tf.split(weight, groups, 3) as Tensor4D[];
    return tf.concat(
      images.map((image, g) => conv2dResample(image, kernels[g]!, { ...options, groups: 1 })),
      3,
    );
  });
}
