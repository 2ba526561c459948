import type { ChannelStatistics } from "../engine/protocol.js";

export const ORDERS = ["index", "mean", "std", "peak"] as const;
export type Order = (typeof ORDERS)[number];

/**
 * The channels in the order of a statistic: by index ascending, by any other descending. Ties keep their index
 * order; channels whose statistic is not a number come last.
 */
export function orderChannels(statistics: ChannelStatistics, order: Order): number[] {
  const channels = Array.from(statistics.mean, (_, channel) => channel);
  if (order === "index") return channels;
  const values = statistics[order];
  const rank = (channel: number) => (Number.isNaN(values[channel]) ? -Infinity : values[channel]!);
  return channels.sort((a, b) => (rank(a) === rank(b) ? a - b : rank(b) - rank(a)));
}
