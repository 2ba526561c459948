import { elementCount } from "../checkpoint.js";
import { BYTES_PER_ELEMENT, type Dtype, swapBytes, toFloat32 } from "../dtype.js";
import { CheckpointError } from "../error.js";
import { bytesSource } from "../source.js";
import { sizesOf } from "./sizes.js";
import { Global, PyBytes, PyText, PyTuple, describe, latin1Bytes } from "./values.js";

const DTYPES: Readonly<Record<string, Dtype>> = {
  f2: "F16",
  f4: "F32",
  f8: "F64",
  i1: "I8",
  i2: "I16",
  i4: "I32",
  i8: "I64",
  u1: "U8",
  u2: "U16",
  u4: "U32",
  u8: "U64",
  b1: "BOOL",
};

/** numpy.dtype: an element type and, once built, a byte order. */
export class NumpyDtype {
  private bigEndian = false;

  constructor(readonly dtype: Dtype) {}

  get isBigEndian(): boolean {
    return this.bigEndian && BYTES_PER_ELEMENT[this.dtype] > 1;
  }

  /** State (version, byte order, ...); the rest describes structured types, which are refused by their code. */
  build(state: unknown, offset: number): void {
    const order = state instanceof PyTuple ? state.items[1] : undefined;
    if (typeof order !== "string" || !"<>|=".includes(order) || order.length !== 1) {
      throw new CheckpointError("a numpy dtype without a byte order", offset);
    }
    this.bigEndian = order === ">";
  }
}

/** numpy.dtype(code, align, copy) */
export function numpyDtype(args: readonly unknown[], offset: number): NumpyDtype {
  const code = typeof args[0] === "string" ? args[0] : "";
  const dtype = Object.hasOwn(DTYPES, code) ? DTYPES[code] : undefined;
  if (!dtype)
    throw new CheckpointError(`numpy arrays of dtype "${code.slice(0, 20)}" cannot be read`, offset);
  return new NumpyDtype(dtype);
}

/** numpy.ndarray: shape, element type, order and bytes, which stay in the file. */
export class NumpyArray {
  shape: readonly number[] = [0];
  dtype: Dtype = "F32";
  private data: PyBytes | null = null;
  private bigEndian = false;
  private fortran = false;

  /** State (version, shape, dtype, is Fortran order, bytes). */
  build(state: unknown, offset: number): void {
    const items = state instanceof PyTuple ? state.items : [];
    const [shape, dtype, fortran, data] = items.slice(-4);
    this.set(shape, dtype, fortran === true, data, offset);
  }

  set(shape: unknown, dtype: unknown, fortran: boolean, data: unknown, offset: number): void {
    if (!(dtype instanceof NumpyDtype)) throw new CheckpointError("a numpy array without a dtype", offset);
    this.shape = sizesOf(shape, "a numpy array's shape", offset);
    this.dtype = dtype.dtype;
    this.bigEndian = dtype.isBigEndian;
    this.fortran = fortran;
    this.data = asBytes(data, offset);
    const expected = elementCount(this.shape) * BYTES_PER_ELEMENT[this.dtype];
    // Bytes stored as text take one or two characters of UTF-8 each: their number is known when they are read.
    const { length, encoding } = this.data;
    if (encoding === "raw" ? expected !== length : expected > length || 2 * expected < length) {
      throw new CheckpointError(
        `a numpy array [${this.shape}] needs ${expected} bytes, not ${length}`,
        offset,
      );
    }
  }

  async read(): Promise<Float32Array> {
    if (!this.data) throw new CheckpointError("a numpy array without its state");
    const size = BYTES_PER_ELEMENT[this.dtype];
    let bytes = await this.data.read();
    const expected = elementCount(this.shape) * size;
    if (bytes.length !== expected) {
      throw new CheckpointError(`a numpy array [${this.shape}] needs ${expected} bytes, not ${bytes.length}`);
    }
    if (this.bigEndian) bytes = swapBytes(bytes, size);
    const values = toFloat32(bytes, this.dtype);
    return this.fortran ? fromColumnMajor(values, this.shape) : values;
  }
}

function asBytes(data: unknown, offset: number): PyBytes {
  if (data instanceof PyBytes) return data;
  if (data instanceof PyText) return new PyBytes(data.source, data.offset, data.length, "utf8");
  // Python 2 stores an array's bytes as a str.
  if (typeof data === "string") {
    const bytes = latin1Bytes(data, offset);
    return new PyBytes(bytesSource(bytes), 0, bytes.length);
  }
  throw new CheckpointError(`a numpy array whose data is ${describe(data)}`, offset);
}

/** Row-major copy of an array whose first index varies fastest. */
function fromColumnMajor(values: Float32Array, shape: readonly number[]): Float32Array {
  const out = new Float32Array(values.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  let from = 0;
  for (let i = 0; i < out.length; ++i) {
    out[i] = values[from]!;
    for (let axis = shape.length - 1; axis >= 0; --axis) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b"b"): an array that BUILD will fill. */
export function numpyReconstruct(args: readonly unknown[], offset: number): NumpyArray {
  const [type] = args;
  if (!(type instanceof Global) || type.name !== "ndarray") {
    throw new CheckpointError(`numpy is asked to rebuild ${describe(type)}`, offset);
  }
  return new NumpyArray();
}

/** numpy.core.multiarray.scalar(dtype, bytes): an array without axes. */
export function numpyScalar(args: readonly unknown[], offset: number): NumpyArray {
  const array = new NumpyArray();
  array.set(new PyTuple([]), args[0], false, args[1], offset);
  return array;
}

/** numpy.core.numeric._frombuffer(buffer, dtype, shape, order) */
export function numpyFromBuffer(args: readonly unknown[], offset: number): NumpyArray {
  const array = new NumpyArray();
  array.set(args[2], args[1], args[3] === "F", args[0], offset);
  return array;
}
