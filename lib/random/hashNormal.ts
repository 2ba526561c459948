/**
 * Numbers that depend on nothing but a name and an index, the same on every machine.
 *
 * 1. key = FNV-1a (32 bits) of the UTF-8 bytes of the name.
 * 2. h(x) = lowbias32: x ^= x >> 16; x *= 0x7feb352d; x ^= x >> 15; x *= 0x846ca68b; x ^= x >> 16.
 * 3. u(k) = (h((h(k) + key) mod 2^32) + 1/2) / 2^32, in (0, 1).
 * 4. normal(i) = sqrt(-2 ln u(2i)) cos(2 pi u(2i + 1)) (Box and Muller, 1958).
 *
 * Source of the hash: C. Wellons, "Prospecting for Hash Functions" (2018); of the key: Fowler, Noll and Vo.
 */

/** FNV-1a, 32 bits, of a text's UTF-8 bytes. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function lowbias32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

const TWO_PI_ULP = (2 * Math.PI) / 2 ** 32;

/** `length` values float32(mean + std * normal(i)) of the name `key`. */
export function hashNormal(key: string, length: number, mean = 0, std = 1): Float32Array {
  const offset = fnv1a(key);
  const out = new Float32Array(length);
  for (let i = 0; i < length; ++i) {
    const a = (lowbias32((lowbias32(2 * i) + offset) | 0) >>> 0) + 0.5;
    const b = (lowbias32((lowbias32(2 * i + 1) + offset) | 0) >>> 0) + 0.5;
    out[i] = mean + std * Math.sqrt(-2 * Math.log(a / 2 ** 32)) * Math.cos(b * TWO_PI_ULP);
  }
  return out;
}

/** `length` values u(k) in (0, 1) of the name `key`. */
export function hashUniform(key: string, length: number): Float32Array {
  const offset = fnv1a(key);
  const out = new Float32Array(length);
  for (let k = 0; k < length; ++k) {
    out[k] = ((lowbias32((lowbias32(k) + offset) | 0) >>> 0) + 0.5) / 2 ** 32;
  }
  return out;
}
