import { CheckpointError } from "../checkpoint/error.js";
import { readSafetensors } from "../checkpoint/safetensors.js";
import { bytesSource } from "../checkpoint/source.js";
import { WeightsError } from "./error.js";
import type { ManifestTensor } from "./manifest.js";
import type { Parameter } from "./parameters.js";

/**
 * The tensors of one shard as float32; of a tensor cut into parts, the part this shard holds.
 *
 * 1. The shard is a safetensors file; each listed tensor must be in it with its shape.
 * 2. Bytes with a tensor "<name>.scale" are expanded: value = q * scale[o], o the first axis.
 * 3. F16 and F32 are taken as they are.
 *
 * @throws WeightsError naming the file and the tensor.
 */
export async function decodeShard(
  file: string,
  bytes: Uint8Array,
  tensors: readonly ManifestTensor[],
): Promise<Map<string, Parameter>> {
  const checkpoint = await readSafetensors(bytesSource(bytes)).catch((error: unknown) => {
    if (error instanceof CheckpointError) throw new WeightsError(`shard "${file}": ${error.message}`);
    throw error;
  });
  const out = new Map<string, Parameter>();
  for (const { name, shape: whole, rows } of tensors) {
    const shape = rows ? [rows[1] - rows[0], ...whole.slice(1)] : whole;
    const array = checkpoint.arrays.get(name);
    if (!array) throw new WeightsError(`shard "${file}" does not hold tensor "${name}"`);
    if (String(array.shape) !== String(shape)) {
      throw new WeightsError(
        `shard "${file}" holds "${name}" with shape [${array.shape}], the manifest says [${shape}]`,
      );
    }
    // A copy: a view would keep the whole shard in memory for one tensor.
    const data = (await array.read()).slice();
    if (array.dtype === "I8") {
      const scale = await checkpoint.arrays.get(`${name}.scale`)?.read();
      if (!scale || scale.length !== (shape[0] ?? 1)) {
        throw new WeightsError(`shard "${file}" has no fitting scales for tensor "${name}"`);
      }
      scaleRows(data, scale);
    }
    out.set(name, { shape, data });
  }
  return out;
}

/** Multiplies each row (all elements with the same first index) by its scale, in place. */
export function scaleRows(data: Float32Array, scale: Float32Array): void {
  const row = data.length / scale.length;
  for (let o = 0; o < scale.length; ++o) {
    const s = scale[o]!;
    for (let i = o * row; i < (o + 1) * row; ++i) data[i]! *= s;
  }
}
