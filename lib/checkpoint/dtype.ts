/** The number formats of the supported files, under their safetensors names. */
export type Dtype =
  "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I16" | "I8" | "U64" | "U32" | "U16" | "U8" | "BOOL";

export const BYTES_PER_ELEMENT: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

export function isDtype(name: unknown): name is Dtype {
  return typeof name === "string" && Object.hasOwn(BYTES_PER_ELEMENT, name);
}

const HALF = new Float32Array(65536);
let halfReady = false;

/** The value of each of the 65,536 half-precision patterns (IEEE 754 binary16). */
export function halfTable(): Float32Array {
  if (halfReady) return HALF;
  for (let bits = 0; bits < 65536; ++bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 0) HALF[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) HALF[bits] = fraction ? NaN : sign * Infinity;
    else HALF[bits] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  halfReady = true;
  return HALF;
}

/** The same bytes at an address that is a multiple of `alignment`; copies only when they are not there already. */
function aligned(bytes: Uint8Array, alignment: number): Uint8Array {
  // A new array, not slice(): that of Node's Buffer is a view.
  return bytes.byteOffset % alignment === 0 ? bytes : new Uint8Array(bytes);
}

function view<T>(
  bytes: Uint8Array,
  make: { new (b: ArrayBufferLike, o: number, n: number): T; BYTES_PER_ELEMENT: number },
): T {
  const size = make.BYTES_PER_ELEMENT;
  const at = aligned(bytes, size);
  return new make(at.buffer, at.byteOffset, Math.floor(at.byteLength / size));
}

/** Reverses the byte order of each element: big-endian arrays are rare, so this makes a copy. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i += size) {
    for (let k = 0; k < size; ++k) out[i + k] = bytes[i + size - 1 - k]!;
  }
  return out;
}

/**
 * Little-endian elements as float32, each rounded to the nearest. F32 bytes at an aligned address come back as a view
 * of the very same memory.
 */
export function toFloat32(bytes: Uint8Array, dtype: Dtype): Float32Array {
  switch (dtype) {
    case "F32":
      return view(bytes, Float32Array);
    case "F64":
      return Float32Array.from(view(bytes, Float64Array));
    case "F16": {
      const half = view(bytes, Uint16Array);
      const table = halfTable();
      const out = new Float32Array(half.length);
      for (let i = 0; i < half.length; ++i) out[i] = table[half[i]!]!;
      return out;
    }
    case "BF16": {
      const half = view(bytes, Uint16Array);
      const out = new Uint32Array(half.length);
      for (let i = 0; i < half.length; ++i) out[i] = half[i]! << 16;
      return new Float32Array(out.buffer);
    }
    case "I64":
      return fromBigInts(view(bytes, BigInt64Array));
    case "U64":
      return fromBigInts(view(bytes, BigUint64Array));
    case "I32":
      return Float32Array.from(view(bytes, Int32Array));
    case "U32":
      return Float32Array.from(view(bytes, Uint32Array));
    case "I16":
      return Float32Array.from(view(bytes, Int16Array));
    case "U16":
      return Float32Array.from(view(bytes, Uint16Array));
    case "I8":
      return Float32Array.from(view(bytes, Int8Array));
    case "U8":
      return Float32Array.from(bytes);
    case "BOOL":
      return Float32Array.from(bytes, (b) => (b ? 1 : 0));
  }
}

function fromBigInts(values: BigInt64Array | BigUint64Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; ++i) out[i] = Number(values[i]);
  return out;
}

/** Half-precision pattern nearest to each value, ties to even; magnitudes past 65,504 become infinite. */
export function toFloat16Bits(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; ++i) {
    const x = bits[i]!;
    const sign = (x >>> 16) & 0x8000;
    const magnitude = x & 0x7fffffff;
    if (magnitude > 0x7f800000) out[i] = sign | 0x7e00;
    else if (magnitude >= 0x477ff000) out[i] = sign | 0x7c00;
    else if (magnitude >= 0x38800000) {
      // Normal: drop 13 fraction bits, round to even, re-bias the exponent from 127 to 15.
      out[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    } else {
      // Subnormal: the value in units of 2^-24, rounded to even.
      const scaled = Math.abs(values[i]!) * 2 ** 24;
      const floor = Math.floor(scaled);
      const rest = scaled - floor;
      out[i] = sign | (floor + (rest > 0.5 || (rest === 0.5 && floor & 1) ? 1 : 0));
    }
  }
  return out;
}
