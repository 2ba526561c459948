/** Styles of one layer for many seeds: scale and shift, C numbers each. */
export interface StyleSample {
  readonly seed: number;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Mean and standard deviation of a channel's style over the seeds. */
export interface ChannelSpread {
  readonly channel: number;
  readonly scale: { readonly mean: number; readonly std: number };
  readonly shift: { readonly mean: number; readonly std: number };
}

/** Mean and standard deviation (of the population) of some numbers; not-a-number for none. */
export function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) };
}

/** For each channel of a layer, how its style is spread over the seeds. */
export function spreadOfChannels(samples: readonly StyleSample[]): ChannelSpread[] {
  const channels = samples[0]?.scale.length ?? 0;
  return Array.from({ length: channels }, (_, channel) => ({
    channel,
    scale: meanAndStd(samples.map(({ scale }) => scale[channel]!)),
    shift: meanAndStd(samples.map(({ shift }) => shift[channel]!)),
  }));
}

/** The `count` seeds with the smallest (`end` "low") or largest scale of a channel, the most extreme first. */
export function extremeSeeds(
  samples: readonly StyleSample[],
  channel: number,
  end: "low" | "high",
  count: number,
): number[] {
  const sign = end === "low" ? 1 : -1;
  return [...samples]
    .sort((a, b) => sign * (a.scale[channel]! - b.scale[channel]!) || a.seed - b.seed)
    .slice(0, count)
    .map(({ seed }) => seed);
}

/** Seeds in a text of the address such as "3,17": each below `count`, no more than `most`; null for anything else. */
export function seedsIn(text: string, count: number, most: number): number[] | null {
  if (!/^\d+(,\d+)*$/.test(text)) return null;
  const seeds = [...new Set(text.split(",").map(Number))];
  return seeds.length <= most && seeds.every((seed) => seed < count) ? seeds : null;
}
