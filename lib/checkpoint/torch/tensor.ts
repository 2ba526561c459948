import { elementCount } from "../checkpoint.js";
import { BYTES_PER_ELEMENT, type Dtype, toFloat32 } from "../dtype.js";
import { CheckpointError } from "../error.js";
import { sizesOf } from "../pickle/sizes.js";
import { Global, type PyBytes, describe } from "../pickle/values.js";
import type { ByteSource } from "../source.js";

/** Views may repeat elements (stride 0); one that would unfold to more than this is refused. */
const MAX_EXPANDED = 1 << 16;

const STORAGE_TYPES: Readonly<Record<string, Dtype>> = {
  FloatStorage: "F32",
  DoubleStorage: "F64",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
  UntypedStorage: "U8",
  _UntypedStorage: "U8",
};

/** Element types by the names of torch's dtypes. */
export const TORCH_DTYPES: Readonly<Record<string, Dtype>> = {
  float32: "F32",
  float: "F32",
  float64: "F64",
  double: "F64",
  float16: "F16",
  half: "F16",
  bfloat16: "BF16",
  int64: "I64",
  long: "I64",
  int32: "I32",
  int: "I32",
  int16: "I16",
  short: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

export function isStorageType(name: string): boolean {
  return Object.hasOwn(STORAGE_TYPES, name);
}

/** Elements of one type in a row, somewhere in the file. */
export class TorchStorage {
  /** Where the elements are; set when the part of the file that says so has been read. */
  location: { source: ByteSource; offset: number } | null = null;

  constructor(
    readonly key: string,
    readonly dtype: Dtype,
    readonly count: number,
  ) {}

  get bytes(): number {
    return this.count * BYTES_PER_ELEMENT[this.dtype];
  }
}

/** A storage pickled by its own `torch.save` inside bytes: resolved once the outer pickle is done. */
export class NestedStorage {
  resolved: TorchStorage | null = null;

  constructor(
    readonly content: PyBytes,
    readonly offset: number,
  ) {}
}

/** The storage a persistent id ("storage", type, key, device, count) stands for. */
export function storageOf(id: unknown, known: Map<string, TorchStorage>, offset: number): TorchStorage {
  const [kind, type, key, , count, view] = tupleItems(id);
  if (
    kind !== "storage" ||
    !(type instanceof Global) ||
    !isStorageType(type.name) ||
    typeof key !== "string"
  ) {
    throw new CheckpointError("a reference to something that is no torch storage", offset);
  }
  if (view !== undefined && view !== null) {
    throw new CheckpointError(`storage ${key} is a view of another one, as PyTorch 0.3 wrote them`, offset);
  }
  if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0 || count > 2 ** 48) {
    throw new CheckpointError(`storage ${key} of ${String(count).slice(0, 30)} elements`, offset);
  }
  const dtype = STORAGE_TYPES[type.name]!;
  const before = known.get(key);
  if (before) {
    if (before.dtype === dtype && before.count === count) return before;
    throw new CheckpointError(`storage ${key} is described in two ways`, offset);
  }
  const storage = new TorchStorage(key, dtype, count);
  known.set(key, storage);
  return storage;
}

function tupleItems(value: unknown): readonly unknown[] {
  return (value as { items?: readonly unknown[] } | null)?.items ?? [];
}

/** torch.Tensor: a strided view of a storage. */
export class TorchTensor {
  constructor(
    private readonly from: TorchStorage | NestedStorage,
    private readonly start: number,
    readonly shape: readonly number[],
    private readonly strides: readonly number[],
    private readonly offset: number,
    private readonly ownDtype: Dtype | null = null,
  ) {}

  /** torch._utils._rebuild_tensor(_v2, _v3)(storage, offset, size, stride, ...) */
  static rebuild(args: readonly unknown[], offset: number, dtype: Dtype | null = null): TorchTensor {
    const [storage, start, size, stride] = args;
    if (!(storage instanceof TorchStorage || storage instanceof NestedStorage)) {
      throw new CheckpointError(`a tensor whose storage is ${describe(storage)}`, offset);
    }
    const shape = sizesOf(size, "a tensor's size", offset);
    const strides = sizesOf(stride, "a tensor's stride", offset);
    if (shape.length !== strides.length) {
      throw new CheckpointError(`a tensor with ${shape.length} sizes and ${strides.length} strides`, offset);
    }
    if (typeof start !== "number" || !Number.isSafeInteger(start) || start < 0) {
      throw new CheckpointError(`a tensor that starts at element ${String(start).slice(0, 30)}`, offset);
    }
    return new TorchTensor(storage, start, shape, strides, offset, dtype);
  }

  private get storage(): TorchStorage {
    const storage = this.from instanceof NestedStorage ? this.from.resolved : this.from;
    if (!storage) throw new CheckpointError("a tensor whose storage is missing", this.offset);
    return storage;
  }

  get dtype(): Dtype {
    return this.ownDtype ?? this.storage.dtype;
  }

  /** Elements of the storage from the first to the last that the view touches. */
  private get span(): number {
    if (elementCount(this.shape) === 0) return 0;
    return this.shape.reduce((span, size, axis) => span + (size - 1) * this.strides[axis]!, 1);
  }

  /** Refuses a view that leaves its storage, or unfolds to far more than it. */
  check(): void {
    const { storage, span, shape } = this;
    const available = Math.floor(storage.bytes / BYTES_PER_ELEMENT[this.dtype]);
    if (this.start + span > available) {
      throw new CheckpointError(
        `a tensor [${shape}] needs ${this.start + span} elements, its storage has ${available}`,
        this.offset,
      );
    }
    const count = elementCount(shape);
    if (count > span && count > MAX_EXPANDED) {
      throw new CheckpointError(`a tensor [${shape}] repeats ${span} stored elements`, this.offset);
    }
  }

  async read(): Promise<Float32Array> {
    const { storage, span, dtype } = this;
    if (!storage.location)
      throw new CheckpointError(`storage ${storage.key} is not in the file`, this.offset);
    const size = BYTES_PER_ELEMENT[dtype];
    const { source, offset } = storage.location;
    const values = toFloat32(await source.read(offset + this.start * size, span * size), dtype);
    return this.isContiguous() ? values : gather(values, this.shape, this.strides);
  }

  private isContiguous(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; --axis) {
      if (this.shape[axis] !== 1 && this.strides[axis] !== expected) return elementCount(this.shape) === 0;
      expected *= this.shape[axis]!;
    }
    return true;
  }
}

/** The elements of a strided view in row-major order. */
function gather(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const out = new Float32Array(elementCount(shape));
  const inner = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 1;
  const index = shape.slice(0, -1).map(() => 0);
  let base = 0;
  for (let i = 0; i < out.length; i += inner) {
    for (let k = 0; k < inner; ++k) out[i + k] = values[base + k * step]!;
    for (let axis = index.length - 1; axis >= 0; --axis) {
      base += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      base -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
