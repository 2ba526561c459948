import { type Config, imageResolution } from "./config.js";
import { WeightsError } from "./error.js";
import type { Family } from "./parameters.js";
import { isDesignedBuffer, isNoiseBuffer, parameterShapes } from "./shapes.js";

export const MANIFEST_FORMAT = "inside-stylegan-weights/1";

export type WeightDtype = "q8" | "f16" | "f32";

export interface ManifestTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** How its elements are stored; "q8": bytes and a scale per output channel under "<name>.scale". */
  readonly dtype: string;
  /** Index into `shards`. */
  readonly shard: number;
  /** Rows [begin, end) of the first axis, when the tensor is longer than a shard and listed once for each part. */
  readonly rows?: readonly [number, number];
}

export interface ManifestShard {
  /** File name, relative to the manifest. */
  readonly file: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** `manifest.json` of a model. */
export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly id: string;
  readonly title: string;
  readonly family: Family;
  readonly config: Config;
  readonly dtype: WeightDtype;
  readonly tensors: readonly ManifestTensor[];
  readonly shards: readonly ManifestShard[];
  /** "shards": files hold the weights; "initialise": they are drawn from the seed, nothing is stored. */
  readonly source: { readonly kind: "shards" } | { readonly kind: "initialise"; readonly seed: string };
  readonly licence: string;
  /** The chapter that a model was trained for, where it is of no use elsewhere: no list offers it then. */
  readonly study?: string;
  readonly trained?: Readonly<Record<string, unknown>> | null;
  readonly card?: Readonly<Record<string, unknown>> | null;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function demand(condition: unknown, message: string): asserts condition {
  if (!condition) throw new WeightsError(`the manifest is not usable: ${message}`);
}

const FAMILIES: readonly unknown[] = ["stylegan1", "stylegan2", "stylegan3"];

/**
 * Checks a parsed manifest.json and gives it its type.
 *
 * 1. Format, family, config and source are ones this code knows.
 * 2. Every shard has a file name below the manifest's folder, a size and a hash.
 * 3. Every parameter the config asks for is listed with its shape, and nothing else is; buffers that a formula or a
 *    seed rebuilds may be absent.
 *
 * @throws WeightsError with one clause.
 */
export function parseManifest(json: unknown): Manifest {
  demand(isObject(json), "it is not a JSON object");
  demand(json.format === MANIFEST_FORMAT, `format "${String(json.format)}", expected "${MANIFEST_FORMAT}"`);
  demand(FAMILIES.includes(json.family), `unknown family "${String(json.family)}"`);
  demand(isObject(json.config), "it has no config");
  const { family, config } = json as unknown as Manifest;
  const size = imageResolution(config);
  demand(Number.isInteger(Math.log2(size)) && size >= 4 && size <= 4096, `resolution ${size}`);
  demand(isObject(json.source), "it has no source");
  const shards = json.source.kind === "initialise" ? [] : parseShards(json.shards);
  const tensors = json.source.kind === "initialise" ? [] : parseTensors(json.tensors, shards);
  if (json.source.kind === "initialise") {
    demand(typeof json.source.seed === "string", "its source has no seed");
  } else {
    demand(json.source.kind === "shards", `unknown source "${String(json.source.kind)}"`);
    checkTensors(family, config, tensors);
  }
  return { ...(json as unknown as Manifest), shards, tensors };
}

function parseShards(value: unknown): ManifestShard[] {
  demand(Array.isArray(value) && value.length > 0, "it lists no shards");
  return value.map((shard: unknown, i) => {
    demand(isObject(shard), `shard ${i} is not an object`);
    const { file, bytes, sha256 } = shard;
    demand(typeof file === "string" && /^[\w][\w.-]*$/.test(file), `shard ${i} has no plain file name`);
    demand(
      Number.isSafeInteger(bytes) && (bytes as number) > 0 && (bytes as number) < 2 ** 31,
      `shard "${file}" has no size`,
    );
    demand(typeof sha256 === "string" && /^[0-9a-f]{64}$/i.test(sha256), `shard "${file}" has no SHA-256`);
    return { file, bytes: bytes as number, sha256: sha256.toLowerCase() };
  });
}

function parseTensors(value: unknown, shards: readonly ManifestShard[]): ManifestTensor[] {
  demand(Array.isArray(value), "it lists no tensors");
  return value.map((tensor: unknown, i) => {
    demand(isObject(tensor), `tensor ${i} is not an object`);
    const { name, shape, dtype } = tensor;
    demand(typeof name === "string", `tensor ${i} has no name`);
    demand(
      Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0),
      `tensor "${name}" has no valid shape`,
    );
    const shard =
      typeof tensor.shard === "string" ? shards.findIndex((s) => s.file === tensor.shard) : tensor.shard;
    demand(
      Number.isInteger(shard) && (shard as number) >= 0 && (shard as number) < shards.length,
      `tensor "${name}" is in shard "${String(tensor.shard)}", which is not listed`,
    );
    const rows = tensor.rows as [number, number] | undefined;
    demand(
      rows === undefined || (Array.isArray(rows) && rows.length === 2 && rows.every(Number.isSafeInteger)),
      `tensor "${name}" has no valid rows`,
    );
    return { name, shape, dtype: String(dtype), shard: shard as number, ...(rows ? { rows } : {}) };
  });
}

/** Compares the listed tensors with those the config asks for. */
function checkTensors(family: Family, config: Config, tensors: readonly ManifestTensor[]): void {
  const shapes = parameterShapes(family, config as never);
  // How many rows of each tensor have been listed: parts must follow each other.
  const listed = new Map<string, number>();
  for (const { name, shape, rows } of tensors) {
    const expected = shapes.get(name);
    demand(expected, `tensor "${name}" is no part of its ${family}`);
    demand(
      String(expected) === String(shape),
      `tensor "${name}" has shape [${shape}], its config asks for [${expected}]`,
    );
    const [begin, end] = rows ?? [0, shape[0] ?? 1];
    demand(
      begin === (listed.get(name) ?? 0) && end > begin,
      `rows of tensor "${name}" are listed twice or left out`,
    );
    listed.set(name, end);
  }
  for (const [name, end] of listed) {
    demand(end === (shapes.get(name)![0] ?? 1), `tensor "${name}" is listed up to row ${end} only`);
  }
  for (const name of shapes.keys()) {
    demand(
      listed.has(name) || isDesignedBuffer(name) || isNoiseBuffer(name),
      `tensor "${name}" is not listed`,
    );
  }
}
