/**
 * Places on a path that divide its length evenly.
 *
 * 1. The length up to each known place is the sum of the distances before it.
 * 2. Between two known places the length is taken to grow evenly.
 *
 * @param places ascending parameters of the path
 * @param distances between neighbouring places, one less of them, none negative
 * @param steps how many equal steps
 * @returns steps + 1 parameters, from the first place to the last
 * @throws {RangeError} when the numbers do not fit, or the path has no length
 */
export function evenPaces(places: readonly number[], distances: readonly number[], steps: number): number[] {
  if (distances.length !== places.length - 1)
    throw new RangeError(
      `${places.length} places have ${places.length - 1} distances, not ${distances.length}`,
    );
  const lengths = [0];
  for (const distance of distances) lengths.push(lengths.at(-1)! + distance);
  const total = lengths.at(-1)!;
  if (!(total > 0)) throw new RangeError(`a path of length ${total} has no steps; take two places apart`);
  return Array.from({ length: steps + 1 }, (_, step) => {
    if (step === steps) return places.at(-1)!;
    const wanted = (total * step) / steps;
    const after = lengths.findIndex((length) => length > wanted);
    const part = (wanted - lengths[after - 1]!) / (lengths[after]! - lengths[after - 1]!);
    return places[after - 1]! + part * (places[after]! - places[after - 1]!);
  });
}
