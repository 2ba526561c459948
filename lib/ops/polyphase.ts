/**
 * One phase of a resampling along one axis: the output pixels offset + count * m. All of them meet the same taps of
 * the filter, first + up * i, because the others fall on inserted zeros:
 * y[offset + count * m] = sum over i of k[first + up * i] * x[start + stride * m + i].
 */
export interface Phase {
  /** Index of the first tap that meets a pixel; the next are `up` apart. */
  readonly first: number;
  readonly taps: number;
  /** The input pixel that the first tap meets in output m = 0; outside of the image there are zeros. */
  readonly start: number;
  /** Input pixels between two outputs of the phase. */
  readonly stride: number;
}

/**
 * Divides a resampling along one axis into phases, as many as there are different sets of taps:
 * up / gcd(up, down).
 *
 * @param taps length of the filter
 * @param before zeros in front of the upsampled line; negative: it is cropped
 *
 * Source: Crochiere and Rabiner 1983, section 3.3 (polyphase structures).
 */
export function phasesOf(up: number, down: number, taps: number, before: number): Phase[] {
  const common = greatestCommonDivisor(up, down);
  return Array.from({ length: up / common }, (_, offset) => {
    const position = offset * down - before; // of the first tap, on the upsampled line
    const first = -position - Math.floor(-position / up) * up;
    return {
      first,
      taps: Math.max(Math.ceil((taps - first) / up), 0),
      start: (position + first) / up,
      stride: down / common,
    };
  });
}

/** Pixels added to both ends of a line of `size` for a phase of `count` outputs; a negative number crops. */
export function phasePadding({ taps, start, stride }: Phase, size: number, count: number): [number, number] {
  return [-start, start + (count - 1) * stride + taps - size];
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
