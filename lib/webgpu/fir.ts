import type { Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import { filterSize } from "../ops/filter2d.js";
import type { Sides } from "../ops/resampleGrid.js";
import type { Filter } from "../ops/setupFilter.js";
import { finishCode, type Finish } from "./finish.js";
import { componentsOf, reals, record, wholes } from "./run.js";
import { fours, range, reader, writer } from "./wgsl.js";

export interface FirOptions {
  /** Zeros around the image; negative numbers crop. */
  readonly padding: Sides;
  readonly flipFilter: boolean;
  readonly gain: number;
  readonly finish?: Finish;
  /** Writes into channels `first` to `first` + C - 1 of this tensor instead of a new one; `first` is a multiple of 4. */
  readonly into?: { readonly result: TensorInfo; readonly shape: readonly number[]; readonly first: number };
}

/** Filters of more taps than this, along one axis, are left to {@link upfirdn}: the taps are written out here. */
export const MOST_FIR_TAPS = 4;

/** Pixels that a thread computes, columns and rows. */
const [COLUMNS, ROWS] = [4, 2];

/**
 * A short low-pass filter and what follows it, in one dispatch: y = finish(fir(x)).
 *
 * 1. A thread reads the rows of its 4 x 2 pixels once and adds each to the sums that it belongs to.
 * 2. It finishes and writes the pixels.
 *
 * @param x features, [N, H, W, C]
 * @param filter [fh, fw], or [taps] for a separable one, up to 4 taps a side
 * @returns [N, H', W', C], which nobody sees yet (or `into`); null when there is no code for its finish or filter
 */
export function fir(x: Tensor4D | TensorInfo, filter: Filter, options: FirOptions): TensorInfo | null {
  const { padding, flipFilter, gain, finish = {}, into } = options;
  const [fw, fh] = filterSize(filter);
  if (Math.max(fw, fh) > MOST_FIR_TAPS) return null;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [x0, x1, y0, y1] = padding;
  const [outHeight, outWidth] = [height + y0 + y1 - fh + 1, width + x0 + x1 - fw + 1];
  const written = into ? into.shape[3]! : channels;
  const ending = finishCode(finish, [batch, outHeight, outWidth, written]);
  if (!ending) return null;
  const components = componentsOf(channels);
  const bands = Math.ceil(outHeight / ROWS);
  const [lanes, across] = [8, 8];
  const rows = range(ROWS + fh - 1);
  const columns = range(COLUMNS + fw - 1);
  const turn = (size: number, i: number) => (flipFilter ? i : size - 1 - i);
  const tap = (i: number, j: number) =>
    filter.rank === 1
      ? `taps[${turn(fh, i)}] * taps[${turn(fw, j)}]`
      : `taps[${turn(fh, i) * fw + turn(fw, j)}]`;
  const code = () => `
  ${reader("readX", "x", "uniforms.channels", components)}
  ${writer("write", "uniforms.written", components)}
  ${ending.functions}
  fn main() {
    let o = i32(globalId.x);
    let column = i32(globalId.y) * ${COLUMNS};
    let n = i32(globalId.z) / uniforms.bands;
    let row = (i32(globalId.z) - n * uniforms.bands) * ${ROWS};
    if (o >= ${fours("uniforms.channels")} || column >= uniforms.outWidth) { return; }
    ${range(fh).map((i) => range(fw).map((j) => `let f_${i}_${j} = ${tap(i, j)} * uniforms.gain;`).join(" ")).join("\n    ")}
    ${range(ROWS).map((i) => range(COLUMNS).map((j) => `var sum_${i}_${j} = vec4<f32>(0.0);`).join(" ")).join("\n    ")}
    ${columns.map((c) => `let x_${c} = column + ${c} - uniforms.x0; let in_x_${c} = (x_${c} >= 0) & (x_${c} < uniforms.width); let at_x_${c} = clamp(x_${c}, 0, uniforms.width - 1);`).join("\n    ")}
    ${rows.map((r) => `{
      let y = row + ${r} - uniforms.y0;
      let in_y = (y >= 0) & (y < uniforms.height);
      let line = (n * uniforms.height + clamp(y, 0, uniforms.height - 1)) * uniforms.width;
      ${columns.map((c) => `let v_${c} = select(vec4<f32>(0.0), readX(line + at_x_${c}, o), in_y & in_x_${c});`).join("\n      ")}
      ${range(ROWS).filter((i) => r - i >= 0 && r - i < fh).flatMap((i) => range(COLUMNS).flatMap((j) => range(fw).map((b) => `sum_${i}_${j} = fma(v_${j + b}, vec4<f32>(f_${r - i}_${b}), sum_${i}_${j});`))).join("\n      ")}
    }`).join("\n    ")}
    ${ending.prepare("uniforms.first + o")}
    ${range(ROWS).flatMap((i) => range(COLUMNS).map((j) => `if (row + ${i} < uniforms.outHeight && column + ${j} < uniforms.outWidth) {
      write((n * uniforms.outHeight + row + ${i}) * uniforms.outWidth + column + ${j}, uniforms.first + o, ${ending.apply(`sum_${i}_${j}`, "n", `(row + ${i})`, `(column + ${j})`)});
    }`)).join("\n    ")}
  }`; // prettier-ignore
  return record({
    name: "fir",
    variant: [filter.rank, fh, fw, flipFilter, ending.variant].join(),
    inputs: [
      { name: "x", tensor: x, components },
      { name: "taps", tensor: filter, components: 1 },
      ...ending.inputs,
    ],
    uniforms: [
      ...wholes({
        channels,
        written,
        first: (into?.first ?? 0) / 4,
        height,
        width,
        outHeight,
        outWidth,
        x0,
        y0,
        bands,
      }),
      ...reals({ gain }),
      ...ending.uniforms,
    ],
    outputShape: [batch, outHeight, outWidth, written],
    outputComponents: components,
    ...(into && { output: into.result }),
    workgroup: [lanes, across, 1],
    groups: [Math.ceil(channels / 4 / lanes), Math.ceil(outWidth / COLUMNS / across), bands * batch],
    code,
  });
}
