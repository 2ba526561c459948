/** Pixels of a square map that a painted disc covers; the one that holds the centre always belongs to it. */
export function discPixels(side: number, centre: readonly [number, number], radius: number): number {
  let count = 0;
  const [column, row] = centre.map((part) => Math.floor(part * side));
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) {
      const distance = Math.hypot((j + 0.5) / side - centre[0], (i + 0.5) / side - centre[1]);
      if (distance <= radius || (i === row && j === column)) count++;
    }
  return count;
}

/**
 * Standard deviation of a channel away from a spike, behind instance normalisation:
 * r / sqrt((1 - s) (r^2 + s h^2)).
 *
 * The channel has mean 0 and standard deviation r sigma; a share s of its pixels is set to h sigma. Then the mean
 * square is (1 - s) r^2 sigma^2 + s h^2 sigma^2, the squared mean (s h sigma)^2, and the variance what is left.
 *
 * @param strength r, the signal's strength against some sigma
 * @param height h, the spike's height in the same sigma
 * @param share s, of the pixels
 */
export function strengthBehind(strength: number, height: number, share: number): number {
  return strength / Math.sqrt((1 - share) * (strength ** 2 + share * height ** 2));
}
