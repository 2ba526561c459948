import type { Intervention } from "../networks/interventions.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "./experiment.js";
import { FieldError } from "./fields.js";
import { decodeIntervention, encodeIntervention } from "./interventionCodec.js";
import { assemble, type ReadExperiment } from "./readExperiment.js";

/** How each part of an experiment is called in a URL. */
const KEYS = {
  model: "model",
  latent: "at",
  classIndex: "class",
  psi: "psi",
  cutoff: "cutoff",
  mixing: "mix",
  noise: "noise",
  lod: "lod",
  interventions: "do",
  look: "look",
} as const satisfies Record<keyof Experiment, string>;

/**
 * Writes an experiment as the query (or the hash) of a URL: only what differs from the base, one readable key for
 * each part, such as `at=85,0&psi=0.5&mix=12:4-8&do=zeroChannel:b64.conv0,3`.
 *
 * @param base what the URL need not say: the experiment a figure starts from
 * @param prefix set before each key, where several figures share one URL, such as "b."
 * @returns text without a leading ? or #; empty for the base itself
 */
export function encode(experiment: Experiment, base = DEFAULT_EXPERIMENT, prefix = ""): string {
  const pairs: string[] = [];
  for (const part of Object.keys(KEYS) as (keyof Experiment)[]) {
    if (JSON.stringify(experiment[part]) === JSON.stringify(base[part])) continue;
    for (const value of WRITERS[part](experiment[part] as never))
      pairs.push(`${prefix}${KEYS[part]}=${escape(value)}`);
  }
  return pairs.join("&");
}

/**
 * Reads the query or hash of a URL.
 *
 * 1. Each part that it names and that makes sense replaces the base's.
 * 2. Each part that makes none leaves the base's and gives a sentence that names it.
 * 3. Unknown keys give a sentence; with a prefix, keys without it are somebody else's.
 */
export function decode(url: string, base = DEFAULT_EXPERIMENT, prefix = ""): ReadExperiment {
  const query = url.replace(/^[?#]+/, "");
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) {
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const parts = [...values].map(([key, texts]) => {
    const part = (Object.keys(KEYS) as (keyof Experiment)[]).find((name) => KEYS[name] === key);
    return [part ?? key, () => (part ? PARSERS[part](texts) : null)] as const;
  });
  return assemble(parts, base);
}

/** Leaves what a URL may hold unescaped as it is: permalinks are read by people too. */
function escape(value: string): string {
  return encodeURIComponent(value)
    .replace(/%(2C|3A|2F|40)/g, decodeURIComponent)
    .replace(/%20/g, "+");
}

/** Texts of a part's value: one, or for interventions one each. */
const WRITERS: { readonly [Key in keyof Experiment]: (value: Experiment[Key]) => readonly string[] } = {
  model: (id) => [id],
  latent: ({ x, y }) => [`${x},${y}`],
  classIndex: (index) => [String(index)],
  psi: (psi) => [String(psi)],
  cutoff: (cutoff) => [cutoff === null ? "all" : String(cutoff)],
  mixing: (mixing) => [mixing === null ? "off" : `${mixing.seed}:${mixing.from}-${mixing.to}`],
  noise: ({ mode, seed }) => [seed === 0 ? mode : `${mode}:${seed}`],
  lod: (lod) => [String(lod)],
  interventions: (list) => (list.length === 0 ? ["nothing"] : list.map(encodeIntervention)),
  look: ({ tap, channel }) => [channel === null ? (tap ?? "nothing") : `${tap ?? ""}:${channel}`],
};

/** What a part's texts say, still to be checked by its reader. */
const PARSERS: { readonly [Key in keyof Experiment]: (texts: readonly string[]) => unknown } = {
  model: only,
  latent: (texts) => {
    const [, x, y] = matched(/^([^,]+),([^,]+)$/, only(texts), "at") as unknown as [string, string, string];
    return { x: toNumber(x), y: toNumber(y) };
  },
  classIndex: (texts) => toNumber(only(texts)),
  psi: (texts) => toNumber(only(texts)),
  cutoff: (texts) => (only(texts) === "all" ? null : toNumber(only(texts))),
  mixing: (texts) => {
    if (only(texts) === "off") return null;
    const [, seed, from, to] = matched(/^(\d+):(\d+)-(\d+)$/, only(texts), "mix");
    return { seed: Number(seed), from: Number(from), to: Number(to) };
  },
  noise: (texts) => {
    const [, mode, seed = "0"] = matched(/^(\w+)(?::(\d+))?$/, only(texts), "noise");
    return { mode, seed: Number(seed) };
  },
  lod: (texts) => toNumber(only(texts)),
  interventions: (texts): Intervention[] => (texts.join() === "nothing" ? [] : texts.map(decodeIntervention)),
  look: (texts) => {
    if (only(texts) === "nothing") return { tap: null, channel: null };
    const [, tap, channel] = matched(/^([^:]*)(?::(\d+))?$/, only(texts), "look");
    return { tap: tap === "" ? null : tap, channel: channel === undefined ? null : Number(channel) };
  },
};

/** The last of a key's values counts, as in most forms. */
function only(texts: readonly string[]): string {
  return texts.at(-1)!;
}

function matched(pattern: RegExp, text: string, key: keyof typeof EXAMPLES): RegExpExecArray {
  const match = pattern.exec(text);
  if (!match)
    throw new FieldError(`${key}=${text.slice(0, 60)} is not understood; write ${key}=${EXAMPLES[key]}`);
  return match;
}

const EXAMPLES = { at: "85,0", mix: "12:4-8", noise: "random:5", look: "b64.conv0:12" };

function toNumber(text: string): number | string {
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? text : number;
}
