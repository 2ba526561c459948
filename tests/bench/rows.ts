/** What a benchmark found, and how it is printed. */
export interface Row {
  readonly name: string;
  readonly ours: number;
  /** null: a figure that is held against nothing but its goal. */
  readonly peer: number | null;
  readonly unit: string;
  /** ours / peer; without a peer, ours. */
  readonly ratio: number;
  /** The ratio to reach; null: reported only. */
  readonly goal: number | null;
  /** The ratio is to be at or above its goal; else at or below. */
  readonly atLeast: boolean;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error("the median of no values was asked for");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function row(
  name: string,
  ours: number,
  peer: number | null,
  unit: string,
  goal: number | null,
  atLeast = false,
): Row {
  return { name, ours, peer, unit, ratio: ours / (peer ?? 1), goal, atLeast };
}

/** A row as a line: what, against what, their ratio if there is a peer, and whether it reaches its goal. */
export function line({ name, ours, peer, unit, ratio, goal, atLeast }: Row): string {
  const reached = goal === null || (atLeast ? ratio >= goal : ratio <= goal);
  const wanted = goal === null ? "" : ` (${atLeast ? ">=" : "<="} ${goal}${reached ? "" : ", not reached"})`;
  if (peer === null) return `${name}: ${format(ours)} ${unit}${wanted}`;
  return `${name}: ${format(ours)} against ${format(peer)} ${unit}, ratio ${ratio.toFixed(3)}${wanted}`;
}

const format = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
