import { designLowpassFilter, kaiserAttenuation, kaiserBeta } from "../../../lib/ops/index.js";
import { opRunner } from "../opRunner.js";
import type { Check, Runner } from "../runner.js";

interface KaiserRow {
  readonly numtaps: number;
  readonly width: number;
  readonly fs: number;
  readonly attenuation_db: number;
  readonly beta: number;
}

const designs = opRunner("designLowpassFilter", /design_lowpass_filter\b/, (args) => ({
  f: designLowpassFilter({
    taps: args.number("numtaps"),
    cutoff: args.number("cutoff"),
    width: args.number("width"),
    samplingRate: args.number("fs"),
    radial: args.boolean("radial", false),
  }),
}));

export const runners: Runner[] = [
  {
    ...designs,
    async run(loaded) {
      const table = (loaded.case["kaiser"] ?? []) as KaiserRow[];
      return [...(await designs.run(loaded)), ...table.flatMap(kaiserChecks)];
    },
  },
];

/** Window parameters are double precision on both sides. */
function kaiserChecks({ numtaps, width, fs, attenuation_db, beta }: KaiserRow): Check[] {
  const attenuation = kaiserAttenuation(numtaps, width / (fs / 2));
  const close = (name: string, a: number, b: number): Check => ({
    name: `kaiser of ${numtaps} taps, width ${width}/${name}`,
    error: Math.abs(a - b),
    allowed: 1e-12 * Math.max(1, Math.abs(b)),
  });
  return [close("attenuation", attenuation, attenuation_db), close("beta", kaiserBeta(attenuation), beta)];
}
