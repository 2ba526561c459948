import * as tf from "@tensorflow/tfjs-core";
import type { DataType, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import { MODULE } from "./moduleBytes.js";

/** The functions of lib/wasm/assembly; pointers are bytes in the back end's memory. */
export interface WasmModule {
  transformWeight(source: number, pairs: number, planes: number): void;
  transformInput(
    source: number,
    height: number,
    width: number,
    channels: number,
    top: number,
    left: number,
    firstRow: number,
    rows: number,
    columns: number,
    planes: number,
  ): void;
  transformOutput(
    planes: number,
    target: number,
    height: number,
    width: number,
    channels: number,
    firstRow: number,
    rows: number,
    columns: number,
  ): void;
  normalise(
    source: number,
    target: number,
    pixels: number,
    channels: number,
    epsilon: number,
    style: number,
    work: number,
  ): void;
  interleave(
    sources: number,
    rows: number,
    columns: number,
    channels: number,
    up: number,
    target: number,
  ): void;
  upsample(
    source: number,
    height: number,
    width: number,
    channels: number,
    taps: number,
    count: number,
    top: number,
    left: number,
    target: number,
    height2: number,
    width2: number,
    work: number,
  ): void;
  finish(
    source: number,
    target: number,
    pixels: number,
    channels: number,
    noise: number,
    strength: number,
    bias: number,
    slope: number,
    gain: number,
    clamp: number,
  ): void;
}

/** What the kernels need of tfjs's WebAssembly back end. */
interface WasmBackend {
  getMemoryOffset(dataId: object): number;
  makeOutput(shape: readonly number[], dtype: DataType): TensorInfo;
  typedArrayFromHeap(tensor: Tensor): Int32Array;
}

const backend = () => tf.backend() as unknown as WasmBackend;

/** Starts our module on the memory of tfjs's WebAssembly back end. */
export function startModule(memory: WebAssembly.Memory): WasmModule {
  const shared = typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
  const bytes = Uint8Array.from(atob(shared ? MODULE.shared : MODULE.own), (char) => char.charCodeAt(0));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports as unknown as WasmModule;
}

/** Where a tensor's numbers begin. They stay there as long as it lives. */
export function pointer({ dataId }: Tensor): number {
  return backend().getMemoryOffset(dataId);
}

/** A tensor with whatever lies in its memory. */
export function fresh<T extends Tensor>(shape: readonly number[], dtype: DataType = "float32"): T {
  return tf.engine().makeTensorFromTensorInfo(backend().makeOutput(shape, dtype)) as T;
}

/** Writes the tensors' pointers into a tensor of whole numbers. */
export function writePointers(list: Tensor, tensors: readonly Tensor[]): void {
  backend().typedArrayFromHeap(list).set(tensors.map(pointer));
}
