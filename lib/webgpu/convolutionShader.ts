import type { Tap, Window } from "./taps.js";
import { fours, range } from "./wgsl.js";

/** How the work is divided; the numbers do not depend on it but for rounding. */
export interface Tiling {
  /**
   * Where a thread finds what its neighbours read too: in workgroup memory, filled together (graphics cards), or
   * wherever the caches put it (software, which pays for every barrier).
   */
  readonly memory: "workgroup" | "registers";
  /** Cells that one thread computes, columns and rows. */
  readonly cells: readonly [number, number];
  /** Threads of a workgroup along the output channels, four channels each. */
  readonly lanes: number;
  /** Threads of a workgroup along columns and rows. */
  readonly spread: readonly [number, number];
  /** Input channels of one turn of the loop without workgroup memory, which divide the number of channels; with it: 1. */
  readonly together: number;
}

/** What differs between the programs of a convolution, besides sizes. */
export interface ConvolutionCode {
  readonly window: Window;
  readonly up: 1 | 2;
  /** Input pixels from one cell to the next. */
  readonly stride: 1 | 2;
  readonly tiling: Tiling;
  readonly styled: boolean;
  readonly demodulated: boolean;
  /** Functions readX (for workgroup memory), readWeight, readStyle, readEnergy and write, and those of the finish. */
  readonly functions: string;
  readonly prepare: (o: string) => string;
  readonly apply: (value: string, n: string, y: string, x: string) => string;
}

const INPUTS = fours("uniforms.inputs");

/** Threads of one workgroup. */
export function threads({ lanes, spread: [across, down] }: Tiling): number {
  return lanes * across * down;
}

/** Bytes of workgroup memory that a program takes. */
export function workgroupBytes(code: Pick<ConvolutionCode, "window" | "stride" | "tiling">): number {
  const { window, tiling } = code;
  if (tiling.memory === "registers") return 0;
  return 16 * (tileSize(code).size + 4 * window.taps.length * tiling.lanes);
}

/**
 * WGSL of a convolution. A thread computes `cells` cells of four output channels, all of their pixels:
 *
 * 1. For four input channels at a time it reads its window of the input, times the style, and multiplies it with the
 *    kernel. All sums stay in registers.
 * 2. It scales by the demodulation coefficients, which it computes from the styles and the kernel's energies.
 * 3. It finishes and writes the pixels.
 *
 * Uniforms: inputs, outputs (channels in all), height, width (of x), outHeight, outWidth, cellRows, cellColumns,
 * bands (bands of cells per sample), first (four-channel group at which the result begins), written (channels of the
 * result).
 */
export function convolutionShader(code: ConvolutionCode): string {
  return code.tiling.memory === "workgroup" ? tiled(code) : direct(code);
}

function tileSize({ window, stride, tiling }: Pick<ConvolutionCode, "window" | "stride" | "tiling">) {
  const { cells, spread } = tiling;
  const wide = (spread[0] * cells[0] - 1) * stride + window.columns;
  const high = (spread[1] * cells[1] - 1) * stride + window.rows;
  return { wide, high, size: wide * high };
}

/** Names of the sums: cell row, cell column, pixel of the cell. */
const sum = (i: number, j: number, part: number) => `sum_${i}_${j}_${part}`;

function eachSum(
  { up, tiling: { cells } }: ConvolutionCode,
  text: (name: string, i: number, j: number, part: number) => string,
): string {
  return range(cells[1]).flatMap((i) =>
    range(cells[0]).flatMap((j) => range(up * up).map((part) => text(sum(i, j, part), i, j, part))),
  ).join("\n    "); // prettier-ignore
}

/** Products of the four weights `w` of a tap with one input channel of every cell. */
function products(
  { stride, tiling: { cells } }: ConvolutionCode,
  { row, column, part }: Window["taps"][number],
  x: (i: number, j: number) => string,
): string {
  return range(cells[1]).flatMap((i) =>
    range(cells[0]).map((j) => {
      const name = sum(i, j, part);
      return `${name} = fma(w, vec4<f32>(${x(i * stride + row, j * stride + column)}), ${name});`;
    }),
  ).join(" "); // prettier-ignore
}

/** Demodulation coefficients of the four channels `o`, as modulated weights' norms; then the finished pixels. */
function end(code: ConvolutionCode): string {
  const { up, demodulated, prepare, apply } = code;
  const demodulate = `
    var energy = vec4<f32>(1e-8);
    for (var k = 0; k < ${INPUTS}; k++) {
      let s = readStyle(n, k);
      ${range(4)
        .map((c) => `energy += s[${c}] * s[${c}] * readEnergy(4 * k + ${c}, uniforms.first + o);`)
        .join("\n      ")}
    }
    let demodulation = inverseSqrt(energy);`;
  return `${demodulated ? demodulate : ""}
    ${prepare("uniforms.first + o")}
    ${eachSum(code, (name, i, j, part) => {
      const y = `(row + ${i}) * ${up} + ${Math.floor(part / up)}`;
      const x = `(column + ${j}) * ${up} + ${part % up}`;
      const value = demodulated ? `${name} * demodulation` : name;
      return `if (${y} < uniforms.outHeight && ${x} < uniforms.outWidth) {
      write((n * uniforms.outHeight + ${y}) * uniforms.outWidth + ${x}, o, ${apply(value, "n", y, x)});
    }`;
    })}`;
}

/**
 * Each thread reads from the tensors itself, few input channels at a time. Written for SwiftShader, where
 *
 * 1. every read costs as much as some twenty products, so a thread has many cells;
 * 2. so does every assignment to a variable, so a sum takes all products of these channels in one expression;
 * 3. conditions inside the loop take minutes to compile, so which pixels lie beyond the edge is decided before it.
 */
function direct(code: ConvolutionCode): string {
  const { window, stride, tiling, styled, functions } = code;
  const { cells, lanes, spread, together } = tiling;
  const rows = range((cells[1] - 1) * stride + window.rows);
  const columns = range((cells[0] - 1) * stride + window.columns);
  const channels = range(together);
  const pixel = (r: number, c: number) => `x_${r}_${c}`;
  const pixels = rows.flatMap((r) => columns.map((c) => ({ name: pixel(r, c), r, c })));
  return `${functions}
  fn main() {
    let o = i32(workgroupId.x) * ${lanes} + i32(localId.x);
    let column = (i32(workgroupId.y) * ${spread[0]} + i32(localId.y)) * ${cells[0]};
    let n = i32(workgroupId.z) / uniforms.bands;
    let row = ((i32(workgroupId.z) - n * uniforms.bands) * ${spread[1]} + i32(localId.z)) * ${cells[1]};
    if (4 * o >= uniforms.written || column >= uniforms.cellColumns || row >= uniforms.cellRows) { return; }
    ${rows.map((r) => `let y_${r} = row * ${stride} + ${r + window.top}; let in_y_${r} = (y_${r} >= 0) & (y_${r} < uniforms.height);`).join("\n    ")}
    ${columns.map((c) => `let x_${c} = column * ${stride} + ${c + window.left}; let in_x_${c} = (x_${c} >= 0) & (x_${c} < uniforms.width);`).join("\n    ")}
    ${pixels.map(({ name, r, c }) => `let at_${name} = ((n * uniforms.height + clamp(y_${r}, 0, uniforms.height - 1)) * uniforms.width + clamp(x_${c}, 0, uniforms.width - 1)) * uniforms.inputs; let in_${name} = in_y_${r} & in_x_${c};`).join("\n    ")}
    ${eachSum(code, (name) => `var ${name} = vec4<f32>(0.0);`)}
    for (var k = 0; k < uniforms.inputs; k += ${together}) {
      ${channels.map((c) => (styled ? `let style_${c} = styles[n * uniforms.inputs + k + ${c}];` : "")).join(" ")}
      ${channels.flatMap((c) => pixels.map(({ name }) => `let ${name}_${c} = select(0.0, x[at_${name} + k + ${c}], in_${name})${styled ? ` * style_${c}` : ""};`)).join("\n      ")}
      ${channels.flatMap((c) => window.taps.map(({ index }) => `let w_${index}_${c} = readWeight(${index} * uniforms.inputs + k + ${c}, uniforms.first + o);`)).join("\n      ")}
      ${eachSum(code, (name, i, j, part) => {
        const taps = window.taps.filter((tap) => tap.part === part);
        const product = ({ index, row, column }: Tap, c: number) =>
          ` + w_${index}_${c} * ${pixel(i * stride + row, j * stride + column)}_${c}`;
        return `${name} = ${name}${channels.flatMap((c) => taps.map((tap) => product(tap, c))).join("")};`;
      })}
    }
    ${end(code)}
  }`; // prettier-ignore
}

/** The threads of a workgroup read a tile of the input and the kernel's part for their channels together. */
function tiled(code: ConvolutionCode): string {
  const { window, stride, tiling, styled, functions } = code;
  const { cells, lanes, spread } = tiling;
  const { wide, size } = tileSize(code);
  const weights = window.taps.length * 4 * lanes;
  const count = threads(tiling);
  const rows = range((cells[1] - 1) * stride + window.rows);
  const columns = range((cells[0] - 1) * stride + window.columns);
  return `${functions}
  var<workgroup> tile : array<vec4<f32>, ${size}>;
  var<workgroup> part : array<vec4<f32>, ${weights}>;
  const indexOf = array<i32, ${window.taps.length}>(${window.taps.map(({ index }) => index).join(", ")});
  fn main() {
    let lane = i32(localId.x);
    let across = i32(localId.y);
    let down = i32(localId.z);
    let thread = i32(localIndex);
    let o = i32(workgroupId.x) * ${lanes} + lane;
    let n = i32(workgroupId.z) / uniforms.bands;
    let left = i32(workgroupId.y) * ${spread[0] * cells[0]};
    let top = (i32(workgroupId.z) - n * uniforms.bands) * ${spread[1] * cells[1]};
    let column = left + across * ${cells[0]};
    let row = top + down * ${cells[1]};
    let corner = down * ${cells[1] * stride * wide} + across * ${cells[0] * stride};
    ${eachSum(code, (name) => `var ${name} = vec4<f32>(0.0);`)}
    for (var k = 0; k < ${INPUTS}; k++) {
      ${styled ? "let style = readStyle(n, k);" : ""}
      for (var i = thread; i < ${size}; i += ${count}) {
        let y = top * ${stride} + ${window.top} + i / ${wide};
        let x = left * ${stride} + ${window.left} + i % ${wide};
        let inside = y >= 0 && y < uniforms.height && x >= 0 && x < uniforms.width;
        var value = vec4<f32>(0.0);
        if (inside) { value = readX((n * uniforms.height + y) * uniforms.width + x, k)${styled ? " * style" : ""}; }
        tile[i] = value;
      }
      for (var i = thread; i < ${weights}; i += ${count}) {
        let at = i / ${lanes};
        part[i] = readWeight(indexOf[at / 4] * uniforms.inputs + 4 * k + at % 4, uniforms.first + o - lane + i % ${lanes});
      }
      workgroupBarrier();
      ${range(4).map((channel) => `{
        ${rows.flatMap((r) => columns.map((c) => `let x_${r}_${c} = tile[corner + ${r * wide + c}][${channel}];`)).join(" ")}
        ${window.taps.map((tap, t) => `{
          let w = part[${(t * 4 + channel) * lanes} + lane];
          ${products(code, tap, (i, j) => `x_${i}_${j}`)}
        }`).join("\n        ")}
      }`).join("\n      ")}
      workgroupBarrier();
    }
    if (4 * o >= uniforms.written) { return; }
    ${end(code)}
  }`; // prettier-ignore
}
