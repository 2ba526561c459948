/** How a filtered leaky ReLU resamples, as far as its shader's text depends on it. */
export interface FilteredPlan {
  readonly up: number;
  readonly down: number;
  /** Taps a side of either filter. */
  readonly upTaps: number;
  readonly downTaps: number;
  /** Whether the downsampling filter runs along columns, then along rows. */
  readonly separable: boolean;
}

/** A rectangle of the result, and what a workgroup holds to make it; columns and rows, of four channels each. */
export interface FilteredTile {
  readonly size: readonly [number, number];
  /** Pixels of the image that reach it. */
  readonly image: readonly [number, number];
  /** Pixels of the upsampled map that it is filtered from. */
  readonly fine: readonly [number, number];
  /** Lengths of the two arrays that the steps write in turn, each over what the step before the last one left. */
  readonly lengths: readonly [number, number];
}

/** Sides that are tried, times what keeps all tiles alike. */
const SIDES = [1, 2, 4, 6, 8, 12, 16, 24, 32];

const MOST_PIXELS = 256;

const LONG = 16;

/** Bytes of workgroup memory of a tile. */
export function filteredBytes({ lengths }: FilteredTile): number {
  return 16 * (lengths[0] + lengths[1]);
}

/** Length of a row in memory: odd, so that threads that read one below the other do not meet in a memory bank. */
export function pitch(columns: number): number {
  return columns | 1;
}

/** A tile of the given size. */
export function filteredTile(plan: FilteredPlan, size: readonly [number, number]): FilteredTile {
  const { up, down, upTaps, downTaps, separable } = plan;
  const fine = ([columns, rows]: readonly [number, number]) =>
    [(columns - 1) * down + downTaps, (rows - 1) * down + downTaps] as const;
  const [columns, rows] = fine(size);
  const image = [columns, rows].map((count) => Math.floor((count + upTaps - 2) / up) + 1);
  const [imageColumns, imageRows] = image as [number, number];
  return {
    size,
    image: [imageColumns, imageRows],
    fine: [columns, rows],
    lengths: [
      Math.max(pitch(imageColumns) * imageRows, pitch(columns) * rows),
      Math.max(pitch(columns) * imageRows, separable ? pitch(size[0]) * rows : 0),
    ],
  };
}

/** Products of one tile, and pixels read and written. */
function cost({ up, upTaps, downTaps, separable }: FilteredPlan, tile: FilteredTile): number {
  const [columns, rows] = tile.size;
  const [fineColumns, fineRows] = tile.fine;
  const [imageColumns, imageRows] = tile.image;
  const upsampling = (fineColumns * (imageRows + fineRows) * upTaps) / up;
  const downsampling = separable
    ? columns * (fineRows + rows) * downTaps
    : columns * rows * downTaps * downTaps;
  return imageColumns * imageRows + upsampling + fineColumns * fineRows + downsampling;
}

/**
 * The tile with which a result takes the least work. Larger tiles compute less of the upsampled map twice, where tiles
 * meet, but take more workgroup memory. Its sides are such that every tile begins at the same phase of the upsampling.
 * All large results get the same one, so that a network's layers share programs.
 *
 * @param result columns and rows of the result
 * @param bytes workgroup memory of the device
 * @returns null when not even one pixel's share of the upsampled map fits
 */
export function chooseTile(
  plan: FilteredPlan,
  result: readonly [number, number],
  bytes: number,
): FilteredTile | null {
  const unit = plan.up / greatestCommonDivisor(plan.up, plan.down);
  const sides = SIDES.map((side) => side * unit);
  let best: FilteredTile | null = null;
  let least = Infinity;
  for (const columns of sides)
    for (const rows of sides) {
      const tile = filteredTile(plan, [columns, rows]);
      if (columns * rows > MOST_PIXELS * unit * unit || filteredBytes(tile) > bytes) continue;
      const work = cost(plan, tile) * count(result[0], columns) * count(result[1], rows);
      if (work <= least) [best, least] = [tile, work];
    }
  return best;
}

/** Tiles along a side; of a long one without the remainder. */
function count(length: number, side: number): number {
  return length < LONG ? Math.ceil(length / side) : Math.max(LONG / side, 1);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
