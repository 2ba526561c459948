/** Lines of a source: all that contain a text, all that match a pattern, or from one text to the next other one. */
export type LineMatch = string | RegExp | { readonly from: string; readonly to: string };

/**
 * The numbers of the lines that match, counted from 1.
 * @throws {RangeError} when none does, so that a page notices when its source has moved on
 */
export function matchLines(source: string, match: LineMatch, path = "the source"): number[] {
  const lines = source.split("\n");
  const first = (text: string, start = 0) => {
    const at = lines.findIndex((line, i) => i >= start && line.includes(text));
    if (at < 0)
      throw new RangeError(`no line of ${path} contains "${text}"; the page must follow its source`);
    return at;
  };
  if (typeof match === "object" && !(match instanceof RegExp)) {
    const from = first(match.from);
    const to = first(match.to, from);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i + 1);
  }
  if (typeof match === "string") first(match);
  const hits = lines.flatMap((line, i) =>
    (typeof match === "string" ? line.includes(match) : match.test(line)) ? [i + 1] : [],
  );
  if (hits.length === 0)
    throw new RangeError(`no line of ${path} matches ${String(match)}; the page must follow its source`);
  return hits;
}

/** Line numbers as ranges: [1, 2, 3, 7] is "1-3, 7". */
export function describeLines(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges[ranges.length - 1];
    if (last && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges.map(([a, b]) => (a === b ? String(a) : `${a}–${b}`)).join(", ");
}

/** For each line the ids of the terms on it, the term with the fewest lines first. */
export function linksByLine(
  terms: readonly { readonly id: string; readonly lines: readonly number[] }[],
): Map<number, string[]> {
  const links = new Map<number, string[]>();
  for (const { id, lines } of [...terms].sort((a, b) => a.lines.length - b.lines.length))
    for (const line of lines) links.set(line, [...(links.get(line) ?? []), id]);
  return links;
}
