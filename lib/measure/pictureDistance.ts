/**
 * The root mean square difference of two pictures' colours, in grey levels.
 *
 * @param a RGBA, 8 bit; alpha does not count
 * @param b of the same size
 * @throws {RangeError} for pictures of different sizes
 */
export function pictureDistance(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  if (a.length !== b.length)
    throw new RangeError(
      `pictures of ${a.length} and ${b.length} bytes cannot be compared; give equal sizes`,
    );
  let sum = 0;
  for (let i = 0; i < a.length; i += 4) for (let c = 0; c < 3; c++) sum += (a[i + c]! - b[i + c]!) ** 2;
  return Math.sqrt(sum / ((a.length / 4) * 3));
}
