import * as tf from "@tensorflow/tfjs-core";
import type { DataType, KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";

/** What the kernels here need of tfjs's WebAssembly back end. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  /** A view of the tensor's memory, valid until the next allocation. */
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
  incRef(dataId: object): void;
}

/**
 * Replaces two kernels of tfjs's WebAssembly back end by ones that give the same and copy less: cutting out a part of a
 * map took as long as copying all of it twice, and copies of a tensor did not share its memory.
 *
 * Call it once the back end's package is loaded. Calling it again does nothing.
 *
 * @throws Error when the back end has not registered its kernels yet
 */
export function registerWasmKernels(): void {
  for (const [kernelName, make] of Object.entries(REPLACEMENTS)) {
    const existing = tf.getKernel(kernelName, "wasm") as KernelConfig | undefined;
    if (!existing)
      throw new Error(`the WebAssembly back end has no kernel ${kernelName}; load its package first`);
    if (replaced.has(existing.kernelFunc)) continue;
    const config = make(existing);
    replaced.add(config.kernelFunc);
    tf.unregisterKernel(kernelName, "wasm");
    tf.registerKernel(config);
  }
}

const replaced = new WeakSet<object>();

const REPLACEMENTS: Readonly<Record<string, (existing: KernelConfig) => KernelConfig>> = {
  [tf.Identity]: (existing) => ({
    ...existing,
    kernelFunc: ({ inputs, backend }) => {
      const x = inputs["x"]!;
      (backend as WasmBackend).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  }),
  [tf.Slice]: (existing) => ({
    ...existing,
    kernelFunc: (args) => {
      const x = args.inputs["x"]!;
      if (x.dtype === "string") return existing.kernelFunc(args);
      const { begin, size } = args.attrs as unknown as tf.SliceAttrs;
      const [from, count] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [
        number[],
        number[],
      ];
      const backend = args.backend as WasmBackend;
      const out = backend.makeOutput(count, x.dtype);
      // after the allocation, which may move the heap
      copyBox(backend.typedArrayFromHeap(x), x.shape, from, count, backend.typedArrayFromHeap(out));
      return out;
    },
  }),
};

/** Copies a box of an array with that shape, in the longest contiguous runs there are. */
function copyBox(
  source: Float32Array | Int32Array | Uint8Array,
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
  target: Float32Array | Int32Array | Uint8Array,
): void {
  const strides = tf.util.computeStrides([...shape]).concat(1);
  // axes behind the last one that is cut are contiguous, and so is a range of that one
  let inner = Math.max(shape.length - 1, 0);
  while (inner > 0 && size[inner] === shape[inner]) inner -= 1;
  const run = size.slice(inner).reduce((a, b) => a * b, 1);
  const index = new Array<number>(inner).fill(0);
  let offset = begin.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  for (let to = 0; to < target.length; to += run) {
    target.set(source.subarray(offset, offset + run), to);
    for (let axis = index.length - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++index[axis]! < size[axis]!) break;
      offset -= size[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}
