import { scaleBand, scaleLinear } from "d3";
import type { Amounts, Profile, ProfileRow } from "../engine/profile.js";
import { createChart, seriesColour } from "./chart.js";
import { formatBytes, formatCount, formatMilliseconds } from "./format.js";

/** What of a layer the bars show. */
export type Amount = keyof Amounts;

export const AMOUNTS: Readonly<
  Record<Amount, { readonly title: string; readonly text: (value: number) => string }>
> = {
  milliseconds: { title: "milliseconds", text: formatMilliseconds },
  multiplyAdds: { title: "multiply-adds", text: formatCount },
  bytes: { title: "bytes", text: formatBytes },
  dispatches: { title: "dispatches", text: String },
};

/** What the chart and the table write for a row that did not run. */
export const STATE_WORDS: Readonly<Record<Exclude<ProfileRow["state"], "ran">, string>> = {
  kept: "reused",
  unused: "not run",
};

/** A row's amount in words; an en dash where there is none. */
export function amountText(row: Amounts, amount: Amount): string {
  const value = row[amount];
  return value === null ? "–" : AMOUNTS[amount].text(value);
}

const ROW = 17;

/** A bar a layer, from top to bottom as they run; layers that did not run say why. */
export function createProfileChart(label: string) {
  let profile: Profile | null = null;
  let amount: Amount = "milliseconds";
  const chart = createChart({
    label,
    height: () => 34 + ROW * (profile?.rows.length ?? 0),
    margin: { top: 22, right: 62, bottom: 8, left: 92 },
    draw({ root, width, height, margin, scale }) {
      if (!profile) return;
      const { rows } = profile;
      const y = scaleBand(
        rows.map(({ name }) => name),
        [margin.top, height - margin.bottom],
      ).padding(0.2);
      const most = Math.max(...rows.map((row) => row[amount] ?? 0)) || 1;
      const x = scaleLinear([0, most], [margin.left, width - margin.right]);
      const middle = (row: ProfileRow) => y(row.name)! + y.bandwidth() / 2;
      root
        .append("text")
        .attr("class", "axis-title")
        .attr("x", 0)
        .attr("y", 11 * scale)
        .text(AMOUNTS[amount].title);
      root
        .append("line")
        .attr("class", "profile-axis")
        .attr("x1", margin.left)
        .attr("x2", margin.left)
        .attr("y1", margin.top)
        .attr("y2", height - margin.bottom);
      const lines = root
        .selectAll("g.profile-row")
        .data(rows)
        .join("g")
        .attr("class", (row) => `profile-row is-${row.state}`);
      const text = (anchor: string, at: (row: ProfileRow) => number, words: (row: ProfileRow) => string) =>
        lines
          .append("text")
          .attr("x", at)
          .attr("y", middle)
          .attr("dy", "0.35em")
          .attr("text-anchor", anchor)
          .text(words);
      lines
        .append("rect")
        .attr("x", margin.left)
        .attr("y", (row) => y(row.name)!)
        .attr("width", (row) => x(row[amount] ?? 0) - margin.left)
        .attr("height", y.bandwidth())
        .attr("fill", seriesColour(0));
      text(
        "end",
        () => margin.left - 6,
        (row) => row.name,
      );
      text(
        "start",
        (row) => x(row[amount] ?? 0) + 5,
        (row) => (row.state === "ran" ? amountText(row, amount) : STATE_WORDS[row.state]),
      );
    },
  });
  return {
    element: chart.element,
    update(next: Profile, shown: Amount) {
      [profile, amount] = [next, shown];
      chart.describe(describeProfile(next, shown));
      chart.redraw();
    },
  };
}

/** The chart in words: the total, and the layers that take most of it. */
export function describeProfile({ rows, total }: Profile, amount: Amount): string {
  const ran = rows.filter(({ state }) => state === "ran");
  const kept = rows.filter(({ state }) => state === "kept").length;
  const largest = [...ran].sort((a, b) => (b[amount] ?? 0) - (a[amount] ?? 0)).slice(0, 3);
  const words = largest.map((row) => `${row.name} ${amountText(row, amount)}`);
  return [
    `${AMOUNTS[amount].title} of ${ran.length} layers that ran, in all ${amountText(total, amount)}`,
    ...(words.length > 0 ? [`most: ${words.join(", ")}`] : []),
    ...(kept > 0 ? [`${kept} reused`] : []),
  ].join("; ");
}
