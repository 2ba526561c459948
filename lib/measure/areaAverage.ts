/**
 * How much of each source pixel a target pixel covers when a line is shrunk by area averaging.
 *
 * Target pixel t covers the source interval [t n/m, (t+1) n/m); a source pixel counts with the part of it that
 * lies inside, and the weights of one target pixel add up to 1.
 *
 * @param from number of source pixels
 * @param to number of target pixels, at most `from`
 * @returns for each target pixel, the first source pixel it touches and its weights from there on
 * @throws {RangeError} when asked to enlarge
 */
export function areaWeights(from: number, to: number): readonly { first: number; weights: Float64Array }[] {
  if (!(Number.isInteger(to) && to >= 1 && to <= from))
    throw new RangeError(`cannot average ${from} pixels into ${to}; ask for 1 to ${from}`);
  const ratio = from / to;
  return Array.from({ length: to }, (_, t) => {
    const start = (t * from) / to;
    const end = ((t + 1) * from) / to;
    const first = Math.floor(start);
    const last = Math.min(from, Math.ceil(end));
    const weights = Float64Array.from({ length: last - first }, (_, i) => {
      const pixel = first + i;
      return (Math.min(end, pixel + 1) - Math.max(start, pixel)) / ratio;
    });
    return { first, weights };
  });
}
