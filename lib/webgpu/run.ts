import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** A tensor that a program reads. */
export interface Input {
  /** Its name in the shader, a lower-case word. */
  readonly name: string;
  readonly tensor: TensorInfo;
  /** Values per array element: 4 declares `array<vec4<f32>>`. */
  readonly components: 1 | 4;
}

/** A number that is handed to a program at each run, so that one pipeline serves many sizes. */
export interface Uniform {
  readonly name: string;
  readonly type: "i32" | "f32";
  readonly value: number;
}

/** Whole numbers under their names in the shader. */
export function wholes(values: Readonly<Record<string, number>>): Uniform[] {
  return Object.entries(values).map(([name, value]) => ({ name, type: "i32", value }));
}

/** Real numbers under their names in the shader. */
export function reals(values: Readonly<Record<string, number>>): Uniform[] {
  return Object.entries(values).map(([name, value]) => ({ name, type: "f32", value }));
}

/** One dispatch. */
export interface Program {
  /** Names the shader; everything that changes its text must be in `variant`. */
  readonly name: string;
  readonly variant: string;
  readonly inputs: readonly Input[];
  readonly uniforms: readonly Uniform[];
  readonly outputShape: number[];
  readonly outputComponents: 1 | 4;
  /** Writes into this tensor instead of a new one. */
  readonly output?: TensorInfo;
  readonly workgroup: readonly [number, number, number];
  /** Number of workgroups. */
  readonly groups: readonly [number, number, number];
  /**
   * WGSL with `fn main()`. It finds the inputs and `result` as arrays, `uniforms.NAME`, and the built-ins `localId`,
   * `localIndex`, `workgroupId`, `globalId`.
   */
  readonly code: () => string;
}

/** A device may offer no more. */
const MOST_INPUTS = 7;

/** Most bytes of one tensor that every device can bind. */
export const MOST_BINDING = 2 ** 27;

export function webgpu(): WebGPUBackend {
  return tf.backend() as WebGPUBackend;
}

/** A tensor without content, for several dispatches to write into. Nobody sees it until it is adopted. */
export function allocate(shape: readonly number[], dtype: "float32" | "int32" = "float32"): TensorInfo {
  const bytes = 4 * shape.reduce((a, b) => a * b, 1);
  const most = webgpu().device.limits.maxStorageBufferBindingSize;
  if (bytes > most)
    throw new Error(
      `a feature map of ${bytes} bytes exceeds the max storage buffer binding size of this device, ${most} bytes`,
    );
  return webgpu().makeTensorInfo([...shape], dtype);
}

/** Frees what `allocate` or `record` made. */
export function free({ dataId }: TensorInfo): void {
  webgpu().disposeData(dataId);
}

/** Makes a tensor of it, which `tf.tidy` sees. */
export function adopt(info: TensorInfo): Tensor4D {
  return tf.engine().makeTensorFromTensorInfo(info) as Tensor4D;
}

/** As `tf.tidy`, for work that may come to nothing. */
export function tidied(work: () => Tensor4D | null): Tensor4D | null {
  return tf.tidy(work as () => Tensor4D) as Tensor4D | null;
}

/**
 * Records one dispatch on the tfjs back end, in order with tfjs's own.
 *
 * @returns the result; nobody sees it, so it must be freed or adopted
 * @throws Error when the program reads more tensors than a device can bind, or the result is one it cannot bind
 */
export function record(program: Program): TensorInfo {
  const { name, variant, inputs, uniforms, outputComponents, workgroup, groups, code } = program;
  if (inputs.length > MOST_INPUTS)
    throw new Error(`${name} reads ${inputs.length} tensors; a device binds ${MOST_INPUTS}`);
  const output = program.output ?? allocate(program.outputShape);
  const shader = {
    variableNames: inputs.map((input) => input.name),
    variableComponents: inputs.map(({ components }) => components),
    outputComponent: outputComponents,
    outputShape: flat(output).shape,
    workgroupSize: [...workgroup] as [number, number, number],
    dispatch: [...groups] as [number, number, number],
    dispatchLayout: { x: [0], y: [1], z: [2] },
    uniforms: uniforms.map((uniform) => `${uniform.name} : ${uniform.type}, `).join(""),
    // the components decide the arrays' types, which the back end's own key leaves out
    shaderKey: [
      name,
      variant,
      [...inputs.map(({ components }) => components), outputComponents].join(""),
    ].join("/"),
    getUserCode: code,
  };
  webgpu().runWebGPUProgram(
    shader,
    inputs.map(({ tensor }) => flat(tensor)),
    "float32",
    uniforms.map(({ type, value }) => ({ type: type === "i32" ? "int32" : "float32", data: [value] })),
    flat(output),
  );
  return output;
}

/** One axis: the back end's text and key for a program depend on the number of axes, ours do not. */
function flat({ dataId, shape, dtype }: TensorInfo): TensorInfo {
  return { dataId, dtype, shape: [shape.reduce((a, b) => a * b, 1)] };
}

/** 4 where channels can be read four at a time. */
export function componentsOf(channels: number): 1 | 4 {
  return channels % 4 === 0 ? 4 : 1;
}

/** Hands over what is recorded, so that what was freed since the last time can be used again. */
export function submit(): void {
  const backend = webgpu();
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}
