/** A point of the plane, in units of W, from the first seed. */
export type PlanePoint = readonly [x: number, y: number];

/**
 * The plane through the w of three seeds, drawn true to scale: equal distances on paper are equal distances in W.
 * The first seed lies at the origin, the second one to the right of it, the third one above.
 */
export interface WPlane {
  readonly corners: readonly [PlanePoint, PlanePoint, PlanePoint];
  /** Middle and half the side of the square that is drawn: the triangle with a margin. */
  readonly middle: PlanePoint;
  readonly reach: number;
}

/** How far beyond the triangle the square goes, as a share of the triangle's extent. */
const MARGIN = 0.18;

/**
 * @param ab distance of the first two seeds, and so on
 * @throws {RangeError} for seeds of which two lie in one point, or all three on one line: they span no plane
 */
export function wPlane(ab: number, ac: number, bc: number): WPlane {
  const x = (ab ** 2 + ac ** 2 - bc ** 2) / (2 * ab);
  const y = Math.sqrt(Math.max(0, ac ** 2 - x ** 2));
  if (!(ab > 0) || !(y > 1e-3 * ab))
    throw new RangeError("these three seeds span no plane; choose three others");
  const [left, right] = [Math.min(0, x), Math.max(ab, x)];
  return {
    corners: [
      [0, 0],
      [ab, 0],
      [x, y],
    ],
    middle: [(left + right) / 2, y / 2],
    reach: (0.5 + MARGIN) * Math.max(right - left, y),
  };
}

/** Coordinates (u, v) of the plane's point a + u (b - a) + v (c - a). */
export function toUv({ corners: [, b, c] }: WPlane, [x, y]: PlanePoint): readonly [number, number] {
  const v = y / c[1];
  return [(x - v * c[0]) / b[0], v];
}

/** The point of coordinates (u, v). */
export function fromUv({ corners: [, b, c] }: WPlane, u: number, v: number): PlanePoint {
  return [u * b[0] + v * c[0], v * c[1]];
}

/** A place of a grid over the square, column from the left and row from the top. */
export interface GridPlace {
  readonly column: number;
  readonly row: number;
}

/** The point at a place of a grid of `side` x `side` places whose outer ones lie on the square's border. */
export function pointAt({ middle, reach }: WPlane, { column, row }: GridPlace, side: number): PlanePoint {
  const along = (index: number) => (2 * index) / (side - 1) - 1;
  return [middle[0] + reach * along(column), middle[1] - reach * along(row)];
}

/**
 * The places of a grid in an order in which a coarse map is there early: first every 2^k-th place each way, then what
 * lies between, and so on.
 *
 * @param levels 1 for a grid of 5 x 5, 2 for 9 x 9, 3 for 17 x 17
 * @returns the places in indices of the finest grid, and for each level how many of them make it complete
 */
export function refinement(levels: number): { readonly places: GridPlace[]; readonly complete: number[] } {
  const side = 2 ** (levels + 1) + 1;
  const places: GridPlace[] = [];
  const complete: number[] = [];
  for (let stride = 2 ** (levels - 1); stride >= 1; stride /= 2) {
    const old = (index: number) => complete.length > 0 && index % (2 * stride) === 0;
    for (let row = 0; row < side; row += stride)
      for (let column = 0; column < side; column += stride)
        if (!(old(row) && old(column))) places.push({ column, row });
    complete.push(places.length);
  }
  return { places, complete };
}
