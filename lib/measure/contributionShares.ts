/** Averages over the pixels of one picture, for each colour. */
export interface PartMoments {
  /** Side of the RGB before it was enlarged. */
  readonly resolution: number;
  readonly mean: readonly number[];
  readonly square: readonly number[];
  /** Of the part times the picture. */
  readonly product: readonly number[];
}

/** What the parts of one picture are made of; averages of several pictures combine by averaging. */
export interface PictureMoments {
  readonly parts: readonly PartMoments[];
  readonly mean: readonly number[];
  readonly square: readonly number[];
  /** Largest |sum of the parts - picture| over pixels and colours. */
  readonly residual: number;
}

/** One resolution's share of the pictures of a skip generator. */
export interface Share {
  readonly resolution: number;
  /** Standard deviation over pixels and pictures, root mean square of the colours. */
  readonly std: number;
  /** std over the sum of all parts' std: what the paper plots. */
  readonly ofStd: number;
  /** Covariance with the picture over the picture's variance. These add up to 1, and may be negative. */
  readonly ofVariance: number;
}

/**
 * Each resolution's share of a set of pictures.
 *
 * 1. Averages the moments over the pictures, so that variances are over pixels and pictures together, about each
 *    colour's mean.
 * 2. std = sqrt(mean over colours of variance); ofStd = std / sum of std (Karras et al. 2020, figure 8).
 * 3. ofVariance = sum over colours of cov(part, picture) / sum over colours of var(picture).
 *
 * @throws {RangeError} for no picture, or pictures with different resolutions
 */
export function sharesOf(pictures: readonly PictureMoments[]): Share[] {
  const [first] = pictures;
  if (!first) throw new RangeError("shares need at least one picture");
  const over = (pick: (picture: PictureMoments) => readonly number[]): number[] =>
    first.mean.map((_, c) => pictures.reduce((sum, picture) => sum + pick(picture)[c]!, 0) / pictures.length);
  const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const mean = over((picture) => picture.mean);
  const whole = total(over((picture) => picture.square).map((square, c) => square - mean[c]! ** 2));
  const parts = first.parts.map(({ resolution }, i) => {
    if (pictures.some(({ parts: list }) => list[i]?.resolution !== resolution))
      throw new RangeError(
        `not every picture has a part of ${resolution} pixels; take pictures of one model`,
      );
    const own = over((picture) => picture.parts[i]!.mean);
    const square = over((picture) => picture.parts[i]!.square);
    const product = over((picture) => picture.parts[i]!.product);
    const variance = total(square.map((value, c) => Math.max(0, value - own[c]! ** 2))) / own.length;
    const covariance = total(product.map((value, c) => value - own[c]! * mean[c]!));
    return { resolution, std: Math.sqrt(variance), ofVariance: whole > 0 ? covariance / whole : 0 };
  });
  const sum = total(parts.map(({ std }) => std));
  return parts.map((part) => ({ ...part, ofStd: sum > 0 ? part.std / sum : 0 }));
}
