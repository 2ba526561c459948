import type { Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { derive } from "../ops/derived.js";
import { adopt, allocate, record, submit, webgpu, wholes } from "./run.js";

/** Numbers that one thread packs or unpacks: four pairs. */
const EIGHT = 8;
const THREADS = 64;

/** Smaller weights gain nothing. */
const LEAST = 2 ** 12;

/** Largest finite number of half precision. */
const LARGEST = 65504;

/** The packed weights of each back end that keeps them so, by the weight's data. */
const packed = new WeakMap<WebGPUBackend, WeakMap<object, TensorInfo>>();

/** What a back end does with a tensor's data, of which we step into a part. */
interface Inner {
  readonly tensorMap: { get(dataId: object): { resource?: unknown } };
  releaseResource(dataId: object): void;
  uploadToGPU(dataId: object): void;
  read(dataId: object): Promise<unknown>;
  readSync(dataId: object): unknown;
}

/**
 * Has a back end keep the weights that {@link keepHalves} is told of in half precision, two in the place of one. Our
 * convolutions read the pairs; for any other operation the weight is unpacked when it asks for it, and then stays.
 */
export function useHalves(backend: WebGPUBackend): void {
  if (packed.has(backend)) return;
  const pairs = new WeakMap<object, TensorInfo>();
  packed.set(backend, pairs);
  const inner = backend as unknown as Inner;
  const [upload, read] = [inner.uploadToGPU.bind(backend), inner.read.bind(backend)];
  const readSync = inner.readSync.bind(backend);
  const isAway = (dataId: object) => pairs.has(dataId) && !inner.tensorMap.get(dataId).resource;
  inner.uploadToGPU = (dataId) => {
    const away = isAway(dataId);
    upload(dataId);
    if (away) unpack(pairs.get(dataId)!, dataId);
  };
  inner.read = (dataId) => {
    if (isAway(dataId)) inner.uploadToGPU(dataId);
    return read(dataId);
  };
  inner.readSync = (dataId) => {
    if (isAway(dataId)) inner.uploadToGPU(dataId);
    return readSync(dataId);
  };
}

/**
 * Keeps a constant weight as pairs of half-precision numbers, where the active back end was told to, and frees the
 * weight's own memory. Numbers beyond the range of half precision become its largest.
 *
 * @param weight kernel, [kh, kw, I, O], declared constant (`remember`); `forget` frees the pairs
 */
export function keepHalves(weight: Tensor4D): void {
  const backend = webgpu();
  const pairs = packed.get(backend);
  if (!pairs || pairs.has(weight.dataId) || weight.size < LEAST || weight.shape[3] % EIGHT !== 0) return;
  pairs.set(
    weight.dataId,
    derive(weight, "halves", () => adopt(pack(weight))),
  );
  submit(); // what packs it has been handed over when its memory goes to the next
  (backend as unknown as Inner).releaseResource(weight.dataId);
}

/** The pairs that a weight is kept as, four to each element of an array of `vec4<i32>`; null: it is not. */
export function halvesOf(weight: Tensor4D): TensorInfo | null {
  return packed.get(webgpu())?.get(weight.dataId) ?? null;
}

/** As `reader`, from pairs; `channels` must be a multiple of eight. */
export function halvesReader(name: string, array: string, channels: string): string {
  return `fn ${name}(row : i32, k : i32) -> vec4<f32> {
    let eight = ${array}[row * (${channels} / ${EIGHT}) + k / 2];
    let four = select(eight.xy, eight.zw, (k & 1) == 1);
    return vec4<f32>(unpack2x16float(bitcast<u32>(four.x)), unpack2x16float(bitcast<u32>(four.y)));
  }\n`;
}

function pack(weight: Tensor4D): TensorInfo {
  return program(
    "pack",
    weight,
    weight.size,
    allocate([weight.size / 2], "int32"),
    `let low = clamp(values[2 * i], vec4<f32>(-${LARGEST}.0), vec4<f32>(${LARGEST}.0));
    let high = clamp(values[2 * i + 1], vec4<f32>(-${LARGEST}.0), vec4<f32>(${LARGEST}.0));
    result[i] = bitcast<vec4<i32>>(vec4<u32>(
      pack2x16float(low.xy), pack2x16float(low.zw), pack2x16float(high.xy), pack2x16float(high.zw)));`,
  );
}

/** Writes the numbers into the memory of `dataId`. */
function unpack(pairs: TensorInfo, dataId: object): void {
  const size = 2 * pairs.shape[0]!;
  program(
    "unpack",
    pairs,
    size,
    { dataId, shape: [size], dtype: "float32" },
    `let p = bitcast<vec4<u32>>(values[i]);
    result[2 * i] = vec4<f32>(unpack2x16float(p.x), unpack2x16float(p.y));
    result[2 * i + 1] = vec4<f32>(unpack2x16float(p.z), unpack2x16float(p.w));`,
  );
}

/** One thread for each eight numbers, `i` of them, in as many rows of workgroups as a device needs. */
function program(
  name: string,
  values: TensorInfo,
  size: number,
  output: TensorInfo,
  body: string,
): TensorInfo {
  const groups = Math.ceil(size / EIGHT / THREADS);
  const across = Math.min(groups, 2 ** 12);
  return record({
    name,
    variant: "",
    inputs: [{ name: "values", tensor: values, components: 4 }],
    uniforms: wholes({ count: size / EIGHT, across: across * THREADS }),
    outputShape: output.shape,
    outputComponents: 4,
    output,
    workgroup: [THREADS, 1, 1],
    groups: [across, Math.ceil(groups / across), 1],
    code: () => `
  fn main() {
    let i = i32(workgroupId.y) * uniforms.across + i32(workgroupId.x) * ${THREADS} + i32(localIndex);
    if (i >= uniforms.count) { return; }
    ${body}
  }`,
  });
}
