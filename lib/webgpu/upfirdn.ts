import type { Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import { filterSize } from "../ops/filter2d.js";
import type { Sides } from "../ops/resampleGrid.js";
import type { Filter } from "../ops/setupFilter.js";
import { componentsOf, free, reals, record, wholes } from "./run.js";
import { fours, reader, writer } from "./wgsl.js";

export interface UpfirdnOptions {
  readonly up: readonly [number, number];
  readonly down: readonly [number, number];
  readonly padding: Sides;
  readonly flipFilter: boolean;
  readonly gain: number;
}

/** Up to so many products a pixel, both directions of a separable filter are done at once. */
const MOST_PRODUCTS = 16;

/**
 * Pads, upsamples, filters and downsamples without ever storing an inserted zero or a dropped pixel.
 *
 * 1. Each thread sums four channels of one output pixel over the input pixels that reach it.
 * 2. A long separable filter runs along columns, then along rows.
 *
 * @param x images, [N, H, W, C]
 * @param filter [fh, fw], or [taps]
 * @returns [N, H', W', C], which nobody sees yet
 */
export function upfirdn(x: Tensor4D, filter: Filter, options: UpfirdnOptions): TensorInfo {
  const { up, down, padding, gain } = options;
  const [fw, fh] = filterSize(filter);
  if (filter.rank === 2) return pass(x, filter, options, "whole");
  const products = Math.ceil(fw / up[0]) * Math.ceil(fh / up[1]);
  if (products <= MOST_PRODUCTS) return pass(x, filter, options, "whole");
  const [x0, x1, y0, y1] = padding;
  const root = Math.sqrt(gain);
  const across = pass(
    x,
    filter,
    { ...options, up: [up[0], 1], down: [down[0], 1], padding: [x0, x1, 0, 0], gain: root },
    "columns",
  );
  const result = pass(
    across,
    filter,
    { ...options, up: [1, up[1]], down: [1, down[1]], padding: [0, 0, y0, y1], gain: root },
    "rows",
  );
  free(across);
  return result;
}

function pass(
  x: TensorInfo,
  filter: Filter,
  { up, down, padding, flipFilter, gain }: UpfirdnOptions,
  direction: "whole" | "columns" | "rows",
): TensorInfo {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [fullWidth, fullHeight] = filterSize(filter);
  const fw = direction === "rows" ? 1 : fullWidth;
  const fh = direction === "columns" ? 1 : fullHeight;
  const [x0, x1, y0, y1] = padding;
  const outWidth = Math.floor((width * up[0] + x0 + x1 - fw) / down[0]) + 1;
  const outHeight = Math.floor((height * up[1] + y0 + y1 - fh) / down[1]) + 1;
  const components = componentsOf(channels);
  const fourChannels = Math.ceil(channels / 4);
  const turned = (at: string, size: string) => (flipFilter ? at : `${size} - 1 - (${at})`);
  const taps =
    filter.rank === 2
      ? "taps[b * uniforms.fw + a]"
      : { whole: "taps[a] * taps[b]", columns: "taps[a]", rows: "taps[b]" }[direction];
  const code = () => `
  ${reader("readX", "x", "uniforms.channels", components)}
  ${writer("write", "uniforms.channels", components)}
  fn main() {
    let fours = ${fours("uniforms.channels")};
    let column = i32(globalId.x) / fours;
    let k = i32(globalId.x) - column * fours;
    let n = i32(globalId.y) / uniforms.outHeight;
    let row = i32(globalId.y) - n * uniforms.outHeight;
    if (column >= uniforms.outWidth) { return; }
    // in the upsampled image the filter covers [left, left + fw) x [top, top + fh)
    let left = column * uniforms.downX - uniforms.x0;
    let top = row * uniforms.downY - uniforms.y0;
    let firstX = (max(left, 0) + uniforms.upX - 1) / uniforms.upX;
    let firstY = (max(top, 0) + uniforms.upY - 1) / uniforms.upY;
    let lastX = min((left + uniforms.fw - 1 + uniforms.upX) / uniforms.upX, uniforms.width);
    let lastY = min((top + uniforms.fh - 1 + uniforms.upY) / uniforms.upY, uniforms.height);
    var sum = vec4<f32>(0.0);
    for (var y = firstY; y < lastY; y++) {
      let b = ${turned("y * uniforms.upY - top", "uniforms.fh")};
      for (var x = firstX; x < lastX; x++) {
        let a = ${turned("x * uniforms.upX - left", "uniforms.fw")};
        sum += readX((n * uniforms.height + y) * uniforms.width + x, k) * (${taps});
      }
    }
    write((n * uniforms.outHeight + row) * uniforms.outWidth + column, k, sum * uniforms.gain);
  }`;
  return record({
    name: "upfirdn",
    variant: [filter.rank, direction, flipFilter].join(),
    inputs: [
      { name: "x", tensor: x, components },
      { name: "taps", tensor: filter, components: 1 },
    ],
    uniforms: [
      ...wholes({
        channels,
        height,
        width,
        outHeight,
        outWidth,
        fw,
        fh,
        upX: up[0],
        upY: up[1],
        downX: down[0],
        downY: down[1],
        x0,
        y0,
      }),
      ...reals({ gain }),
    ],
    outputShape: [batch, outHeight, outWidth, channels],
    outputComponents: components,
    workgroup: [64, 1, 1],
    groups: [Math.ceil((outWidth * fourChannels) / 64), outHeight * batch, 1],
    code,
  });
}
