/** Linear interpolation of two points: a + t (b - a). @throws {RangeError} for points of different lengths */
export function lerp(a: Float32Array, b: Float32Array, t: number): Float32Array {
  sameLength(a, b);
  return a.map((value, i) => value + t * (b[i]! - value));
}

/**
 * Spherical interpolation of the directions of two points, at an even pace along the great circle between them.
 *
 * 1. Both are brought to length 1.
 * 2. The point at the part t of the angle between them; of length 1.
 *
 * A mapping network that normalises its input sees no difference between this and the same point at another length.
 *
 * @throws {RangeError} for points of different lengths, or a point at the origin
 *
 * Source: Karras et al. 2019, section 4.1 (slerp); Shoemake 1985.
 */
export function slerp(a: Float32Array, b: Float32Array, t: number): Float32Array {
  sameLength(a, b);
  const [from, to] = [unit(a), unit(b)];
  const cosine = Math.min(1, Math.max(-1, dot(from, to)));
  const across = from.map((value, i) => to[i]! - cosine * value); // what of b is perpendicular to a
  const length = Math.sqrt(dot(across, across));
  if (length < 1e-7) return from;
  const angle = t * Math.acos(cosine);
  const [ahead, aside] = [Math.cos(angle), Math.sin(angle) / length];
  return from.map((value, i) => ahead * value + aside * across[i]!);
}

function unit(a: Float32Array): Float32Array {
  const length = Math.sqrt(dot(a, a));
  if (!(length > 0)) throw new RangeError(`a point of length ${length} has no direction; give another one`);
  return a.map((value) => value / length);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function sameLength(a: Float32Array, b: Float32Array): void {
  if (a.length !== b.length)
    throw new RangeError(`points of ${a.length} and ${b.length} numbers have no path between them`);
}
