import type { Experiment } from "./experiment.js";

/** Thrown while a part of an experiment is read; its message is a clause for the reader. */
export class FieldError extends RangeError {}

/** Bounds that hold for every model. */
export const PSI_RANGE = [-1, 2] as const;
/** Of the official networks at 1024: nine resolutions, so lod 8 is the 4x4 picture. */
const MOST_LOD = 10;
/** Far above ImageNet's 1000. */
const MOST_CLASSES = 1e6;
/** Seed planes reach as far as numpy's seeds do. */
const MOST_SEED = 0xffffffff;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function readModel(value: unknown): string {
  if (typeof value === "string" && /^(reader:)?[\w][\w .()+-]{0,120}$/.test(value)) return value;
  throw new FieldError(`model ${show(value)} is no name of a model`);
}

export function readLatent(value: unknown): Experiment["latent"] {
  if (isObject(value) && Number.isFinite(value.x) && Number.isFinite(value.y)) {
    const { x, y } = value as { x: number; y: number };
    if (Math.abs(x) <= MOST_SEED && Math.abs(y) <= MOST_SEED) return { x: x + 0, y: y + 0 };
  }
  throw new FieldError(
    `the latent ${show(value)} is no point of the seed plane; give two numbers such as 85,0`,
  );
}

export function readClassIndex(value: unknown): number {
  if (isIndex(value, MOST_CLASSES)) return value;
  throw new FieldError(`class ${show(value)} is no class; classes are counted from 0`);
}

export function readPsi(value: unknown): number {
  const [least, most] = PSI_RANGE;
  if (typeof value === "number" && value >= least && value <= most) return value;
  throw new FieldError(`psi ${show(value)} is not within ${least} .. ${most}`);
}

export function readCutoff(value: unknown): number | null {
  if (value === null || isIndex(value, 100)) return value;
  throw new FieldError(`cutoff ${show(value)} is no number of layers`);
}

export function readMixing(value: unknown): Experiment["mixing"] {
  if (value === null) return null;
  if (isObject(value)) {
    const { seed, from, to } = value;
    if (isIndex(seed, MOST_SEED) && isIndex(from, 100) && isIndex(to, 100) && from <= to)
      return { seed, from, to };
  }
  throw new FieldError(`mixing ${show(value)} is no seed with a range of layers, such as 12:4-8`);
}

export function readNoise(value: unknown): Experiment["noise"] {
  if (isObject(value)) {
    const { mode, seed } = value;
    if ((mode === "const" || mode === "random" || mode === "none") && isIndex(seed, MOST_SEED))
      return { mode, seed };
  }
  throw new FieldError(`noise ${show(value)} is none of const, none, random with a seed`);
}

export function readLod(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= MOST_LOD) return value + 0;
  throw new FieldError(`lod ${show(value)} is not within 0 .. ${MOST_LOD}`);
}

export function readLook(value: unknown): Experiment["look"] {
  if (isObject(value)) {
    const { tap, channel } = value;
    const isTap = tap === null || (typeof tap === "string" && /^[\w.]{1,80}$/.test(tap));
    if (isTap && (channel === null || isIndex(channel, 1e6))) return { tap, channel } as Experiment["look"];
  }
  throw new FieldError(`look ${show(value)} is no layer with a channel, such as b64.conv0:12`);
}

function isIndex(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function show(value: unknown): string {
  const text = typeof value === "string" ? `"${value}"` : JSON.stringify(value);
  return text && text.length > 60 ? `${text.slice(0, 57)}...` : String(text);
}
