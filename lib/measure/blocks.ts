/**
 * Side of the square blocks that a GPU reduces a map by, so that a few thousand values a channel are read back
 * instead of a million: the smallest divisor of both sides that leaves at most `most` blocks a side.
 *
 * @returns the side of a block in pixels; null where no common divisor does (sides such as 257)
 */
export function blockSide(height: number, width: number, most: number): number | null {
  for (let side = 1; side <= Math.min(height, width); side++)
    if (height % side === 0 && width % side === 0 && Math.max(height, width) / side <= most) return side;
  return null;
}
