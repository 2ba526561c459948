import type { Intervention, Layers } from "../networks/interventions.js";

/** What the fields of an intervention are, in the order in which a URL gives them. */
type Field = "name" | "index" | "number" | "layers" | "index or all" | "number or _" | "word";

type Kind = Intervention["kind"];

/** Fields in the order of a URL; a name with `?` may be left out at the end. */
const FIELDS: Readonly<Record<Kind, readonly (readonly [name: string, field: Field])[]>> = {
  scaleChannel: [["tap", "name"], ["channel", "index"], ["scale", "number"], ["shift", "number"]],
  zeroChannel: [["tap", "name"], ["channel", "index"]],
  capPeaks: [["tap", "name"], ["limit", "number"]],
  paint: [
    ["tap", "name"],
    ["channel", "index or all"],
    ["x", "number"],
    ["y", "number"],
    ["radius", "number"],
    ["value", "number"],
  ],
  spike: [
    ["tap", "name"],
    ["channel", "index or all"],
    ["x", "number"],
    ["y", "number"],
    ["radius", "number"],
    ["height", "number"],
  ],
  swapStyle: [["layers", "layers"], ["seed", "index"]],
  plane: [
    ["layers", "layers"],
    ["a", "index"],
    ["b", "index"],
    ["c", "index"],
    ["u", "number"],
    ["v", "number"],
  ],
  styleScale: [["layers", "layers"], ["factor", "number"]],
  editStyle: [["layer", "name"], ["channel", "index"], ["scale", "number or _"], ["shift", "number or _"]],
  normalisation: [["layers", "layers"]],
  demodulation: [["layers", "layers"], ["instead?", "word"]],
}; // prettier-ignore

/**
 * An intervention as a URL writes it: its kind, a colon, and its fields with commas between, such as
 * `zeroChannel:b64.conv0,12`, `styleScale:4-8,1.5` or `paint:layer7,all,0.5,0.5,0.1,0`.
 */
export function encodeIntervention(intervention: Intervention): string {
  const flat = flatten(intervention);
  const words = FIELDS[intervention.kind].flatMap(([name, field]) => {
    const value = flat[name.replace("?", "")];
    if (value === undefined && name.endsWith("?")) return [];
    return [encodeField(value, field)];
  });
  return `${intervention.kind}:${words.join(",")}`;
}

/**
 * Reads what {@link encodeIntervention} writes.
 * @throws {RangeError} a clause that says which part is not understood
 */
export function decodeIntervention(text: string): Intervention {
  const [, kind = "", rest = ""] = /^(\w+):?(.*)$/s.exec(text) ?? [];
  if (!Object.hasOwn(FIELDS, kind))
    throw new RangeError(
      `intervention "${text}" is of no known kind; there are ${Object.keys(FIELDS).join(", ")}`,
    );
  const fields = FIELDS[kind as Kind];
  const words = rest === "" ? [] : rest.split(",");
  const required = fields.filter(([name]) => !name.endsWith("?")).length;
  if (words.length < required || words.length > fields.length)
    throw new RangeError(
      `intervention "${text}" needs ${fields.map(([name]) => name).join(", ")} behind its kind`,
    );
  const flat: Record<string, unknown> = {};
  words.forEach((word, i) => {
    const [name, field] = fields[i]!;
    const value = decodeField(word, field);
    if (value === undefined) return;
    if (value === BAD)
      throw new RangeError(`intervention "${text}" has no valid ${name.replace("?", "")} in "${word}"`);
    flat[name.replace("?", "")] = value;
  });
  return unflatten(kind as Kind, flat);
}

/**
 * Reads an intervention of a JSON value, by the same rules.
 * @throws {RangeError} a clause that names it
 */
export function readIntervention(value: unknown): Intervention {
  const text = JSON.stringify(value);
  if (
    typeof value !== "object" ||
    value === null ||
    !Object.hasOwn(FIELDS, String((value as { kind?: unknown }).kind))
  )
    throw new RangeError(
      `intervention ${text} is of no known kind; there are ${Object.keys(FIELDS).join(", ")}`,
    );
  try {
    return decodeIntervention(encodeIntervention(value as Intervention));
  } catch {
    throw new RangeError(`intervention ${text} is not complete`);
  }
}

type Flat = Record<string, unknown>;

/** `centre` is written as x and y; what says the same for every value (`on: false`) is left out. */
function flatten(intervention: Intervention): Flat {
  if (!("centre" in intervention)) return { ...intervention };
  const { centre, ...rest } = intervention;
  return { ...rest, x: centre[0], y: centre[1] };
}

function unflatten(kind: Kind, flat: Flat): Intervention {
  if (kind === "paint" || kind === "spike") {
    const { x, y, ...rest } = flat;
    return { kind, ...rest, centre: [x, y] } as unknown as Intervention;
  }
  if (kind === "normalisation" || kind === "demodulation")
    return { kind, ...flat, on: false } as Intervention;
  return { kind, ...flat } as unknown as Intervention;
}

function encodeField(value: unknown, field: Field): string {
  if (field === "layers") return (value as Layers).join("-");
  if (field === "index or all") return value === null ? "all" : String(value);
  if (field === "number or _") return value === undefined ? "_" : String(value);
  return String(value);
}

const BAD = Symbol("bad field");

function decodeField(word: string, field: Field): unknown {
  switch (field) {
    case "name":
      return /^[\w.]+$/.test(word) ? word : BAD;
    case "index":
      return readIndex(word);
    case "index or all":
      return word === "all" ? null : readIndex(word);
    case "number":
      return readNumber(word);
    case "number or _":
      return word === "_" ? undefined : readNumber(word);
    case "layers": {
      const [, from, to] = /^(\d{1,3})-(\d{1,3})$/.exec(word) ?? [];
      return from === undefined || Number(from) > Number(to) ? BAD : [Number(from), Number(to)];
    }
    case "word":
      return word === "deviation" || word === "adain" ? word : BAD;
  }
}

function readIndex(word: string): number | typeof BAD {
  return /^\d{1,10}$/.test(word) && Number(word) <= 0xffffffff ? Number(word) : BAD;
}

function readNumber(word: string): number | typeof BAD {
  const number = Number(word);
  return word.trim() !== "" && Number.isFinite(number) ? number : BAD;
}
