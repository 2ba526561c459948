import { type SafetensorsTensor, writeSafetensors } from "../checkpoint/writeSafetensors.js";
import { elementCount } from "../checkpoint/checkpoint.js";
import type { Config } from "./config.js";
import { WeightsError } from "./error.js";
import { MANIFEST_FORMAT, type Manifest, type ManifestShard, type WeightDtype } from "./manifest.js";
import type { Family, Parameters } from "./parameters.js";
import { encodeParameter } from "./quantise.js";
import { sha256Hex } from "./sha256.js";
import { isDesignedBuffer, parameterShapes, tensorResolution } from "./shapes.js";

/** No shard is longer. */
export const MAX_SHARD = 8 * 2 ** 20;

/** Room for a shard's header: a tensor takes about 150 bytes of it. */
const HEADER_PER_TENSOR = 256;

export interface WriteOptions {
  readonly id: string;
  readonly title: string;
  readonly dtype: WeightDtype;
  readonly licence: string;
  readonly card?: Readonly<Record<string, unknown>>;
}

export interface WrittenShard {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A parameter, or some rows of one that is too long for a single shard, as it is stored. */
interface Piece {
  readonly encoded: SafetensorsTensor[];
  readonly rows?: readonly [number, number];
}

const encodedBytes = (tensors: readonly SafetensorsTensor[]) =>
  tensors.reduce((sum, { bytes }) => sum + bytes.length + HEADER_PER_TENSOR, 0);

/**
 * Writes a generator as shards and a manifest.
 *
 * 1. Shapes are checked against the config, and values must be finite.
 * 2. Tensors are ordered by the resolution that first needs them; buffers a formula rebuilds are left out.
 * 3. Each is encoded (`encodeParameter`) and put into the current shard, or the next one when it is full; one that is
 *    longer than a shard is cut into runs of rows.
 *
 * @param emit is given each shard when it is full; the manifest comes last, as the result.
 * @throws WeightsError naming the tensor.
 */
export async function writeModel(
  family: Family,
  config: Config,
  parameters: Parameters,
  options: WriteOptions,
  emit: (shard: WrittenShard) => Promise<void>,
): Promise<Manifest> {
  checkParameters(family, config, parameters);
  const shards: ManifestShard[] = [];
  const tensors: object[] = [];
  let content: SafetensorsTensor[] = [];
  let size = 8;
  async function flush(): Promise<void> {
    if (content.length === 0) return;
    const bytes = writeSafetensors(content);
    const file = `${options.id}-${String(shards.length).padStart(3, "0")}.safetensors`;
    const sha256 = await sha256Hex(bytes);
    shards.push({ file, bytes: bytes.length, sha256 });
    await emit({ file, sha256, bytes });
    content = [];
    size = 8;
  }
  for (const name of order(family, config, parameters)) {
    const { shape, data } = parameters.get(name)!;
    for (const { rows, encoded } of pieces(name, shape, data, options.dtype)) {
      const length = encodedBytes(encoded);
      // Parts of one tensor share a name, so each part has a shard of its own.
      if (rows || size + length > MAX_SHARD) await flush();
      content.push(...encoded);
      size += length;
      const stored = encoded[0]!.dtype === "I8" ? "q8" : encoded[0]!.dtype.toLowerCase();
      tensors.push({ name, shape, dtype: stored, shard: shards.length, ...(rows ? { rows } : {}) });
    }
  }
  await flush();
  const { id, title, dtype, licence, card } = options;
  return {
    format: MANIFEST_FORMAT,
    id,
    title,
    family,
    config,
    dtype,
    tensors,
    shards,
    source: { kind: "shards" },
    licence,
    ...(card ? { card } : {}),
  } as unknown as Manifest;
}

/** Names to be stored, those needed for the first picture first: mapping network, 4x4, 8x8, ... */
function order(family: Family, config: Config, parameters: Parameters): string[] {
  const rank = (name: string) => (name.startsWith("synthesis.") ? tensorResolution(family, config, name) : 0);
  return [...parameterShapes(family, config as never).keys()]
    .filter((name) => !isDesignedBuffer(name) && parameters.has(name))
    .sort((a, b) => rank(a) - rank(b)); // stable: within a block, the order of the state_dict
}

function* pieces(
  name: string,
  shape: readonly number[],
  data: Float32Array,
  dtype: WeightDtype,
): Generator<Piece> {
  const encoded = encodeParameter(name, shape, data, dtype);
  const room = MAX_SHARD - 8;
  if (encodedBytes(encoded) <= room) {
    yield { encoded };
    return;
  }
  const [count = 1, ...rest] = shape;
  const row = elementCount(rest);
  // Bytes of a row with its scale, or at worst: half precision may have to fall back to four bytes a value.
  const rowBytes = dtype === "q8" ? row + 4 : row * 4;
  const step = Math.max(1, Math.floor((room - 2 * HEADER_PER_TENSOR) / rowBytes));
  for (let begin = 0; begin < count; begin += step) {
    const end = Math.min(begin + step, count);
    const part = data.subarray(begin * row, end * row);
    yield { rows: [begin, end], encoded: encodeParameter(name, [end - begin, ...rest], part, dtype) };
  }
}

/**
 * Asserts that the parameters are those of the family at this config, with finite values.
 *
 * @throws WeightsError naming the first tensor that is missing, misshapen or not a number.
 */
export function checkParameters(family: Family, config: Config, parameters: Parameters): void {
  const shapes = parameterShapes(family, config as never);
  for (const [name, shape] of shapes) {
    const parameter = parameters.get(name);
    if (!parameter) {
      if (isDesignedBuffer(name)) continue;
      throw new WeightsError(`tensor "${name}" of the ${family} generator is missing`);
    }
    if (String(parameter.shape) !== String(shape)) {
      throw new WeightsError(`tensor "${name}" has shape [${parameter.shape}], expected [${shape}]`);
    }
    const bad = parameter.data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0)
      throw new WeightsError(`tensor "${name}" holds ${parameter.data[bad]} at index ${bad}, not a number`);
  }
  for (const name of parameters.keys()) {
    if (!shapes.has(name)) throw new WeightsError(`tensor "${name}" is no part of a ${family} generator`);
  }
}
