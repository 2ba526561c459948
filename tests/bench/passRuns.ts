/** How often a pass is repeated: five times, as a rule. */
const RUNS = 5;

/** A pass of more seconds than this is repeated less often, and the row says how often. */
const LONG = 60;

/** How often to time a pass of about so many seconds. */
export function runsFor(seconds: number): number {
  if (seconds <= LONG) return RUNS;
  return seconds <= 3 * LONG ? 3 : 1;
}

/** What a row's name says of the number of runs: nothing of the usual one. */
export function runsInWords(runs: number): string {
  if (runs === RUNS) return "";
  return runs === 1 ? " (one run each)" : ` (median of ${runs} runs each)`;
}

/** Times two kinds of passes in turn, so that a machine's load falls on both. Seconds of each. */
export async function inTurn(
  what: string,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ readonly ours: number[]; readonly theirs: number[] }> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let runs = RUNS; times.ours.length < runs;) {
    const [own, other] = [await ours(), await theirs()];
    console.log(`${what}: ${own.toFixed(1)} s, the peer ${other.toFixed(1)} s`);
    times.ours.push(own);
    times.theirs.push(other);
    if (times.ours.length === 1) runs = runsFor(Math.max(own, other));
  }
  return times;
}
