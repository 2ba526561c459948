/**
 * Score from which a map counts as having a spike. A normal number lies more than six standard deviations out twice in
 * a billion draws, and the largest map has 1,048,576 pixels.
 */
export const SPIKE_SCORE = 6;

/**
 * Where a spike starts: the index of the first layer whose score is at least {@link SPIKE_SCORE}, as those of all later
 * layers are; null where the last layer has none.
 */
export function spikeStart(scores: readonly number[]): number | null {
  let start: number | null = null;
  for (let i = scores.length - 1; i >= 0 && scores[i]! >= SPIKE_SCORE; i--) start = i;
  return start;
}
