import type { Tensor2D, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import { filterSize } from "../ops/filter2d.js";
import type { RgbLayerOptions } from "../ops/rgbLayer.js";
import { componentsOf, reals, record, wholes, type Input } from "./run.js";
import { range, reader } from "./wgsl.js";

/** Pixels of a workgroup. */
const PIXELS = 64;

/** Colours are written out one by one. */
const MOST_COLOURS = 4;

/**
 * Features to colours, with the upsampled picture below, in one dispatch: see `rgbLayer`.
 *
 * 1. Neighbouring threads read neighbouring channels of the same pixel, each mixing its own into the colours.
 * 2. One thread a pixel adds those parts up, adds the bias and clamps.
 * 3. It adds what reaches the pixel of the picture below through the filter.
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [1, 1, I, C]
 * @returns picture, [N, H, W, C], which nobody sees yet; null for larger kernels or many colours
 */
export function rgb(
  x: Tensor4D,
  weight: Tensor4D,
  styles: Tensor2D | null,
  { bias = null, clamp = null, below = null, filter = null }: RgbLayerOptions,
): TensorInfo | null {
  const [batch, height, width, inputs] = x.shape;
  const [kh, kw, , colours] = weight.shape;
  if (kh !== 1 || kw !== 1 || colours > MOST_COLOURS || (below && !filter)) return null;
  const components = componentsOf(inputs);
  const lanes = Math.min(8, 2 ** Math.ceil(Math.log2(Math.max(inputs / 4, 1))));
  const rows = PIXELS / lanes; // pixels that are read at the same time
  const all = range(colours);
  const inputList: Input[] = [
    { name: "x", tensor: x, components },
    { name: "weight", tensor: weight, components: 1 },
  ];
  const uniforms = wholes({ inputs, height, width });
  if (styles) inputList.push({ name: "styles", tensor: styles, components });
  if (bias) inputList.push({ name: "bias", tensor: bias, components: 1 });
  if (clamp !== null) uniforms.push(...reals({ limit: clamp }));
  let skip = "";
  if (below && filter) {
    const [fw, fh] = filterSize(filter);
    inputList.push(
      { name: "below", tensor: below, components: 1 },
      { name: "taps", tensor: filter, components: 1 },
    );
    skip = `
      // as upfirdn2d with up = 2, which pads by (taps + 1) / 2 in front
      let left = column - ${Math.floor((fw + 1) / 2)};
      let top = line - ${Math.floor((fh + 1) / 2)};
      for (var i = (max(top, 0) + 1) / 2; i < min((top + ${fh} + 1) / 2, uniforms.height / 2); i++) {
        for (var j = (max(left, 0) + 1) / 2; j < min((left + ${fw} + 1) / 2, uniforms.width / 2); j++) {
          let a = ${fw - 1} - (2 * j - left);
          let b = ${fh - 1} - (2 * i - top);
          let tap = 4.0 * ${filter.rank === 1 ? "taps[a] * taps[b]" : `taps[b * ${fw} + a]`};
          let at = ((n * (uniforms.height / 2) + i) * (uniforms.width / 2) + j) * ${colours};
          ${all.map((c) => `colour_${c} += tap * below[at + ${c}];`).join(" ")}
        }
      }`;
  }
  const code = () => `
  ${reader("readX", "x", "uniforms.inputs", components)}
  ${styles ? reader("readStyle", "styles", "uniforms.inputs", components) : ""}
  var<workgroup> parts : array<f32, ${PIXELS * lanes * colours}>;
  fn main() {
    let thread = i32(localIndex);
    let lane = thread % ${lanes};
    let pixel = thread / ${lanes};
    let n = i32(workgroupId.y);
    let size = uniforms.height * uniforms.width;
    let begin = i32(workgroupId.x) * ${PIXELS};
    ${range(lanes).map((i) => `let at_${i} = n * size + min(begin + ${i * rows} + pixel, size - 1);`).join("\n    ")}
    ${range(lanes).flatMap((i) => all.map((c) => `var sum_${i}_${c} = 0.0;`)).join(" ")}
    for (var k = lane; k < (uniforms.inputs + 3) / 4; k += ${lanes}) {
      ${styles ? "let style = readStyle(n, k);" : ""}
      ${all.map((c) => `let w_${c} = vec4<f32>(${range(4).map((i) => `weight[(4 * k + ${i}) * ${colours} + ${c}]`).join(", ")})${styles ? " * style" : ""};`).join("\n      ")}
      ${range(lanes).map((i) => `{ let v = readX(at_${i}, k); ${all.map((c) => `sum_${i}_${c} += dot(v, w_${c});`).join(" ")} }`).join("\n      ")}
    }
    ${range(lanes).flatMap((i) => all.map((c) => `parts[((${i * rows} + pixel) * ${lanes} + lane) * ${colours} + ${c}] = sum_${i}_${c};`)).join("\n    ")}
    workgroupBarrier();
    let mine = begin + thread;
    if (mine >= size) { return; }
    let line = mine / uniforms.width;
    let column = mine - line * uniforms.width;
    ${all.map((c) => `var colour_${c} = ${range(lanes).map((i) => `parts[(thread * ${lanes} + ${i}) * ${colours} + ${c}]`).join(" + ")}${bias ? ` + bias[${c}]` : ""};`).join("\n    ")}
    ${clamp !== null ? all.map((c) => `colour_${c} = clamp(colour_${c}, -uniforms.limit, uniforms.limit);`).join(" ") : ""}
    ${skip}
    ${all.map((c) => `result[(n * size + mine) * ${colours} + ${c}] = colour_${c};`).join("\n    ")}
  }`; // prettier-ignore
  return record({
    name: "rgb",
    variant: [
      colours,
      lanes,
      styles !== null,
      bias !== null,
      clamp !== null,
      below !== null && filter ? [filter.rank, filterSize(filter)].join() : "",
    ].join(),
    inputs: inputList,
    uniforms,
    outputShape: [batch, height, width, colours],
    outputComponents: 1,
    workgroup: [PIXELS, 1, 1],
    groups: [Math.ceil((height * width) / PIXELS), batch, 1],
    code,
  });
}
