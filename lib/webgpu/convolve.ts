import type { Tensor2D, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import { convolutionShader } from "./convolutionShader.js";
import { finishCode, type Finish } from "./finish.js";
import { halvesOf, halvesReader } from "./halves.js";
import { componentsOf, record, webgpu, wholes, type Input } from "./run.js";
import { sizeOf, windowOf, type Geometry } from "./taps.js";
import { divisionOf, tilingFor } from "./tiling.js";
import { reader, writer } from "./wgsl.js";

export interface Convolution {
  readonly geometry: Geometry;
  /** Scale per input channel, [N, I]. */
  readonly styles?: Tensor2D | null;
  /** Energy of the kernel per input and output channel, [I, O]: brings the outputs back to unit deviation. */
  readonly energy?: Tensor2D | null;
  readonly finish?: Finish;
  /** Output channels to compute, both multiples of 4; default: all. */
  readonly channels?: { readonly first: number; readonly count: number };
}

/**
 * A convolution in one dispatch: y = finish(d * conv(s * x, w)).
 *
 * @param x features, [N, H, W, I]
 * @param weight kernel, [kh, kw, I, O]
 * @returns [N, H', W', O], which nobody sees yet; null when there is no code for its finish, or for so large a kernel
 */
export function convolve(x: Tensor4D, weight: Tensor4D, convolution: Convolution): TensorInfo | null {
  const { geometry, styles = null, energy = null, finish = {} } = convolution;
  const [batch, height, width, inputs] = x.shape;
  const [kh, kw, , outputs] = weight.shape;
  const { up, stride = 1 } = geometry;
  const { first, count } = convolution.channels ?? { first: 0, count: outputs };
  if (kh * kw > MOST_TAPS) return null;
  const [outHeight, outWidth] = sizeOf(geometry, [height, width]);
  const ending = finishCode(finish, [batch, outHeight, outWidth, outputs]);
  if (!ending) return null;
  const window = windowOf(geometry);
  const cellRows = Math.ceil(outHeight / up);
  const cellColumns = Math.ceil(outWidth / up);
  const tiling = tilingFor(divisionOf(webgpu()), { up, stride, taps: window.taps.length, inputs }, [
    cellRows,
    cellColumns,
  ]);
  const across = tiling.spread[0] * tiling.cells[0];
  const down = tiling.spread[1] * tiling.cells[1];
  const bands = Math.ceil(cellRows / down);
  // threads that share nothing read one input channel at a time
  const read = tiling.memory === "registers" ? 1 : componentsOf(inputs);
  const vector = [read, componentsOf(outputs), componentsOf(count)] as const;
  const halves = halvesOf(weight);
  const inputList: Input[] = [
    { name: "x", tensor: x, components: vector[0] },
    { name: "weight", tensor: halves ?? weight, components: vector[1] },
  ];
  let functions =
    reader("readX", "x", "uniforms.inputs", vector[0]) +
    (halves
      ? halvesReader("readWeight", "weight", "uniforms.outputs")
      : reader("readWeight", "weight", "uniforms.outputs", vector[1])) +
    writer("write", "uniforms.written", vector[2]);
  if (styles) {
    inputList.push({ name: "styles", tensor: styles, components: vector[0] });
    functions += reader("readStyle", "styles", "uniforms.inputs", vector[0]);
  }
  if (energy) {
    inputList.push({ name: "energy", tensor: energy, components: vector[1] });
    functions += reader("readEnergy", "energy", "uniforms.outputs", vector[1]);
  }
  return record({
    name: "convolve",
    variant: [
      JSON.stringify([
        geometry.kernel,
        up,
        stride,
        geometry.padding,
        tiling,
        styles !== null,
        energy !== null,
      ]),
      halves ? "halves" : "",
      ending.variant,
    ].join(),
    inputs: [...inputList, ...ending.inputs],
    uniforms: [
      ...wholes({
        inputs,
        outputs,
        height,
        width,
        outHeight,
        outWidth,
        cellRows,
        cellColumns,
        bands,
        first: first / 4,
        written: count,
      }),
      ...ending.uniforms,
    ],
    outputShape: [batch, outHeight, outWidth, count],
    outputComponents: vector[2],
    workgroup: [tiling.lanes, ...tiling.spread],
    groups: [Math.ceil(count / 4 / tiling.lanes), Math.ceil(cellColumns / across), bands * batch],
    code: () =>
      convolutionShader({
        window,
        up,
        stride,
        tiling,
        styled: styles !== null,
        demodulated: energy !== null,
        functions: functions + ending.functions,
        prepare: ending.prepare,
        apply: ending.apply,
      }),
  });
}

/** Every tap is written out in the shader. */
const MOST_TAPS = 16;
