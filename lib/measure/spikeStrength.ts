/**
 * Standard deviation of a signal behind instance normalisation, away from a spike:
 * r / sqrt((1 - s) (r^2 + s h^2)).
 *
 * 1. The signal has mean 0 and standard deviation r; a share s of the pixels is set to the height h.
 * 2. The mean square over all pixels is then (1 - s) r^2 + s h^2, and the squared mean is (s h)^2.
 * 3. The variance is what is left of the one without the other; the signal is divided by its root.
 *
 * @param strength r, of the signal, in any unit
 * @param height h, of the spike, in the same unit
 * @param share s, of the pixels, below 1
 */
export function strengthBehind(strength: number, height: number, share: number): number {
  const signal = strength ** 2;
  const spike = share * height ** 2;
  return strength / Math.sqrt((1 - share) * (signal + spike));
}

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
