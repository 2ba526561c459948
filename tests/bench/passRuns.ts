/** How often a pass is repeated, unless `npm run bench -- --runs N` says otherwise. */
const USUAL = 5;

/** The environment variable that hands `--runs` to the parts of the benchmark. */
export const RUNS_VARIABLE = "BENCH_RUNS";

/** How often each pass is repeated in this run of the benchmark. */
export function runs(): number {
  return Number(process.env[RUNS_VARIABLE] ?? USUAL);
}

/** What a row's name says of the number of runs: nothing of the usual one. */
export function runsInWords(runs: number): string {
  if (runs === USUAL) return "";
  return runs === 1 ? " (one run each)" : ` (median of ${runs} runs each)`;
}

/** Times two kinds of passes in turn, so that a machine's load falls on both. Seconds of each. */
export async function inTurn(
  what: string,
  runs: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<{ readonly ours: number[]; readonly theirs: number[] }> {
  const times = { ours: [] as number[], theirs: [] as number[] };
  while (times.ours.length < runs) {
    const [own, other] = [await ours(), await theirs()];
    console.log(`${what}: ${own.toFixed(1)} s, the peer ${other.toFixed(1)} s`);
    times.ours.push(own);
    times.theirs.push(other);
  }
  return times;
}
