/** How two pictures of one size differ. */
export interface Difference {
  /** For each pixel the mean over R, G, B of |a - b|, 0 .. 255. */
  readonly distance: Float32Array;
  readonly mean: number;
  readonly most: number;
  /** Peak signal-to-noise ratio in dB against a peak of 255; Infinity for equal pictures. */
  readonly psnr: number;
}

/**
 * Compares two RGBA pictures; alpha does not count.
 * @throws {RangeError} when their sizes differ
 */
export function comparePictures(a: Uint8ClampedArray, b: Uint8ClampedArray): Difference {
  if (a.length !== b.length)
    throw new RangeError(`pictures of ${a.length} and ${b.length} bytes cannot be compared`);
  const count = a.length / 4;
  const distance = new Float32Array(count);
  let sum = 0;
  let squares = 0;
  let most = 0;
  for (let i = 0; i < count; ++i) {
    let pixel = 0;
    for (let c = 4 * i; c < 4 * i + 3; ++c) {
      const d = Math.abs(a[c]! - b[c]!);
      pixel += d;
      squares += d * d;
    }
    distance[i] = pixel / 3;
    sum += pixel / 3;
    most = Math.max(most, pixel / 3);
  }
  return { distance, mean: sum / count, most, psnr: 10 * Math.log10(255 ** 2 / (squares / (3 * count))) };
}
