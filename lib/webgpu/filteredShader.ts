import { pitch, type FilteredPlan, type FilteredTile } from "./filteredTile.js";
import { range, reader, writer } from "./wgsl.js";

export interface FilteredCode {
  readonly plan: FilteredPlan;
  readonly tile: FilteredTile;
  /** Zeros inserted between the tile's first place in the fine map and the first pixel of the image behind it. */
  readonly shift: readonly [number, number];
  readonly threads: number;
  readonly components: 1 | 4;
  readonly flipFilter: boolean;
  /** What is given; without a filter its one tap is 1. */
  readonly has: Readonly<Record<"bias" | "upFilter" | "downFilter" | "clamp", boolean>>;
}

/** Results that a thread makes at a time from pixels that it reads once. */
const RUN = 4;

/**
 * WGSL of a filtered leaky ReLU. A workgroup makes a tile of the result for four channels. Between any two steps all of
 * its threads wait for one another, and each step writes over what the step before the last one left:
 *
 * 1. Reads the pixels of the image that reach the tile and adds the bias; beyond the image they are 0.
 * 2. Upsamples along columns.
 * 3. Upsamples along rows; leaky ReLU, gain, clamp.
 * 4. Downsamples along columns, then along rows; or in one step where the filter is radially symmetric.
 *
 * Inputs: x, bias, fore (the filter before the leaky ReLU), aft (the one behind it). Uniforms: channels, height,
 * width (of x), outHeight, outWidth, x0, y0 (padding in front), bands (tiles one below the other), upGain, slope,
 * gain, limit.
 */
export function filteredShader(code: FilteredCode): string {
  const { plan, tile, shift, threads, components, has } = code;
  const { size, image, fine, lengths } = tile;
  const each = (count: number, wide: number, names: readonly [string, string], body: string) => `
    for (var i = thread; i < ${count}; i += ${threads}) {
      let ${names[0]} = i % ${wide};
      let ${names[1]} = i / ${wide};
      ${body}
    }`;
  const bend = (value: string) => `
        var v = ${value} * uniforms.upGain;
        v = select(v * uniforms.slope, v, v > vec4<f32>(0.0)) * uniforms.gain;
        ${has.clamp ? "v = clamp(v, vec4<f32>(-uniforms.limit), vec4<f32>(uniforms.limit));" : ""}`;
  const store = (value: string, row: string, column: string) => `
        if (top + ${row} < uniforms.outHeight && left + ${column} < uniforms.outWidth) {
          write((n * uniforms.outHeight + top + ${row}) * uniforms.outWidth + left + ${column}, k, ${value});
        }`;
  // neighbouring threads take pixels one below the other where a run is a row's, one beside the other where a column's
  const upColumns = () => {
    const run = upRun(code);
    return each(Math.ceil(fine[0] / run) * image[1], image[1], ["row", "part"], `
      ${upsampled(code, 0, (pixel) => `even[row * ${pitch(image[0])} + part * ${run / plan.up} + ${pixel}]`)}
      ${eachOf(run, fine[0], `part * ${run}`, (j) => `odd[row * ${pitch(fine[0])} + part * ${run} + ${j}] = sum_${j};`)}`);
  };
  const upRows = () => {
    const run = upRun(code);
    return each(Math.ceil(fine[1] / run) * fine[0], fine[0], ["column", "part"], `
      ${upsampled(code, 1, (pixel) => `odd[(part * ${run / plan.up} + ${pixel}) * ${pitch(fine[0])} + column]`)}
      ${eachOf(run, fine[1], `part * ${run}`, (j) => `${bend(`sum_${j}`)}
        even[(part * ${run} + ${j}) * ${pitch(fine[0])} + column] = v;`)}`);
  };
  const downColumns = () => {
    const run = Math.min(RUN, size[0]);
    return each(Math.ceil(size[0] / run) * fine[1], fine[1], ["row", "part"], `
      ${downsampled(code, run, (pixel) => `even[row * ${pitch(fine[0])} + part * ${run * plan.down} + ${pixel}]`, (a) => aft(code, a))}
      ${eachOf(run, size[0], `part * ${run}`, (j) => `odd[row * ${pitch(size[0])} + part * ${run} + ${j}] = sum_${j};`)}`);
  };
  const downRows = () => {
    const run = Math.min(RUN, size[1]);
    return each(Math.ceil(size[1] / run) * size[0], size[0], ["column", "part"], `
      ${downsampled(code, run, (pixel) => `odd[(part * ${run * plan.down} + ${pixel}) * ${pitch(size[0])} + column]`, (b) => aft(code, b))}
      ${eachOf(run, size[1], `part * ${run}`, (j) => store(`sum_${j}`, `(part * ${run} + ${j})`, "column"))}`);
  };
  const downBoth = () => {
    const run = Math.min(RUN, size[0]);
    return each(Math.ceil(size[0] / run) * size[1], size[1], ["row", "part"], `
      ${range(run).map((j) => `var sum_${j} = vec4<f32>(0.0);`).join(" ")}
      for (var b = 0; b < ${plan.downTaps}; b++) {
        ${products(code, run, (pixel) => `even[(row * ${plan.down} + b) * ${pitch(fine[0])} + part * ${run * plan.down} + ${pixel}]`, (a) => aft(code, a, "b"))}
      }
      ${eachOf(run, size[0], `part * ${run}`, (j) => store(`sum_${j}`, "row", `part * ${run} + ${j}`))}`);
  };
  return `
  ${reader("readX", "x", "uniforms.channels", components)}
  ${has.bias ? reader("readBias", "bias", "uniforms.channels", components) : ""}
  ${writer("write", "uniforms.channels", components)}
  var<workgroup> even : array<vec4<f32>, ${lengths[0]}>;
  var<workgroup> odd : array<vec4<f32>, ${lengths[1]}>;
  fn main() {
    let thread = i32(localIndex);
    let k = i32(workgroupId.x);
    let n = i32(workgroupId.z) / uniforms.bands;
    let left = i32(workgroupId.y) * ${size[0]};
    let top = (i32(workgroupId.z) - n * uniforms.bands) * ${size[1]};
    // the tile's first pixel of the image; the divisions leave no remainder
    let imageX = (left * ${plan.down} - uniforms.x0 + ${shift[0]}) / ${plan.up};
    let imageY = (top * ${plan.down} - uniforms.y0 + ${shift[1]}) / ${plan.up};
    ${has.bias ? "let b = readBias(0, k);" : ""}
    ${each(image[0] * image[1], image[0], ["column", "row"], `
      let y = imageY + row;
      let x = imageX + column;
      var value = vec4<f32>(0.0);
      if (y >= 0 && y < uniforms.height && x >= 0 && x < uniforms.width) {
        value = readX((n * uniforms.height + y) * uniforms.width + x, k)${has.bias ? " + b" : ""};
      }
      even[row * ${pitch(image[0])} + column] = value;`)}
    workgroupBarrier();
    ${upColumns()}
    workgroupBarrier();
    ${upRows()}
    workgroupBarrier();
    ${plan.separable ? `${downColumns()}\n    workgroupBarrier();\n    ${downRows()}` : downBoth()}
  }`;
} // prettier-ignore

/** A run that holds every phase of the upsampling equally often. */
function upRun({ plan: { up } }: FilteredCode): number {
  return up * Math.ceil(RUN / up);
}

/** A statement for each result of a run; those beyond the last are left out. */
function eachOf(run: number, count: number, first: string, statement: (j: number) => string): string {
  const guard = (j: number) => (count % run === 0 ? "" : `if (${first} + ${j} < ${count}) `);
  return range(run).map((j) => `${guard(j)}{ ${statement(j)} }`).join("\n      "); // prettier-ignore
}

/**
 * Declares `sum_0` and so on, a run of the upsampled line. Its result j lies `shift` - j places before the run's first
 * pixel; the taps that meet pixels instead of inserted zeros are `up` apart.
 */
function upsampled(code: FilteredCode, axis: 0 | 1, read: (pixel: number) => string): string {
  const { plan, shift, has, flipFilter } = code;
  const { up, upTaps } = plan;
  const tap = (a: number) => (has.upFilter ? `fore[${flipFilter ? a : upTaps - 1 - a}]` : "1.0");
  const terms = range(upRun(code)).map((j) => {
    const first = Math.ceil((j - shift[axis]) / up);
    const found: { pixel: number; tap: number }[] = [];
    for (let pixel = first; shift[axis] + pixel * up - j < upTaps; pixel++)
      found.push({ pixel, tap: shift[axis] + pixel * up - j });
    return found;
  });
  const pixels = [...new Set(terms.flat().map(({ pixel }) => pixel))].sort((a, b) => a - b);
  const sum = (found: (typeof terms)[number]) =>
    found.reduce(
      (rest, term) => `fma(p_${term.pixel}, vec4<f32>(${tap(term.tap)}), ${rest})`,
      "vec4<f32>(0.0)",
    );
  return `${pixels.map((pixel) => `let p_${pixel} = ${read(pixel)};`).join(" ")}
      ${terms.map((found, j) => `let sum_${j} = ${sum(found)};`).join("\n      ")}`; // prettier-ignore
}

/** Declares `sum_0` and so on, a run of the downsampled line. */
function downsampled(
  code: FilteredCode,
  run: number,
  read: (pixel: number) => string,
  tap: (a: number) => string,
): string {
  return `${range(run).map((j) => `var sum_${j} = vec4<f32>(0.0);`).join(" ")}
      ${products(code, run, read, tap)}`; // prettier-ignore
}

/** Adds each pixel that a run needs to the sums that it belongs to. */
function products(
  { plan: { down, downTaps } }: FilteredCode,
  run: number,
  read: (pixel: number) => string,
  tap: (a: number) => string,
): string {
  const taps = range(downTaps).map((a) => `let f_${a} = vec4<f32>(${tap(a)});`);
  const lines = range((run - 1) * down + downTaps).map((pixel) => {
    const reached = range(run).filter((j) => pixel >= j * down && pixel < j * down + downTaps);
    if (reached.length === 0) return "";
    const sums = reached.map((j) => `sum_${j} = fma(p, f_${pixel - j * down}, sum_${j});`);
    return `{ let p = ${read(pixel)}; ${sums.join(" ")} }`;
  });
  return `${taps.join(" ")}\n      ${lines.join("\n      ")}`;
}

/** A tap of the filter behind the leaky ReLU; `row` is a WGSL expression where it has rows. */
function aft({ plan: { downTaps }, has, flipFilter }: FilteredCode, a: number, row?: string): string {
  if (!has.downFilter) return "1.0";
  const column = flipFilter ? a : downTaps - 1 - a;
  if (row === undefined) return `aft[${column}]`;
  return `aft[(${flipFilter ? row : `${downTaps - 1} - ${row}`}) * ${downTaps} + ${column}]`;
}
