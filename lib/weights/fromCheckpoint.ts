import { type Checkpoint, elementCount } from "../checkpoint/checkpoint.js";
import { WeightsError } from "./error.js";
import { seededNoise } from "./initialise.js";
import { MANIFEST_FORMAT, type Manifest } from "./manifest.js";
import type { Model, Progress } from "./model.js";
import type { Parameter, Parameters } from "./parameters.js";
import { type FoundGenerator, findGenerator } from "./recognise.js";
import { isDesignedBuffer, isNoiseBuffer, parameterShapes, tensorResolution } from "./shapes.js";

export interface CheckpointModelOptions {
  readonly title?: string;
  readonly licence?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A checkpoint's generator as a model: the same interface as one opened from shards. */
export async function modelFromCheckpoint(
  checkpoint: Checkpoint,
  options: CheckpointModelOptions = {},
): Promise<Model> {
  return modelFromGenerator(await findGenerator(checkpoint), options);
}

/**
 * A found generator as a model. Values are read from the file when a resolution first asks for them; each must be
 * finite. Noise the file lacks is drawn from its name (`seededNoise`). Bytes are counted as float32.
 *
 * @throws WeightsError, from `parametersFor`, naming a tensor that holds what is no number.
 */
export function modelFromGenerator(found: FoundGenerator, options: CheckpointModelOptions = {}): Model {
  const { family, config, parameters } = found;
  const shapes = parameterShapes(family, config as never);
  const held = new Map<string, Parameter>();
  let total = 0;
  for (const { shape } of parameters.values()) total += 4 * elementCount(shape);
  let loaded = 0;
  const counted = new Set<string>();

  async function read(name: string, shape: readonly number[]): Promise<Parameter> {
    options.signal?.throwIfAborted();
    const lazy = parameters.get(name);
    if (!lazy) return seededNoise(name, shape);
    // A copy: a view would keep the file in memory.
    const data = (await lazy.read()).slice();
    const bad = data.findIndex((x) => !Number.isFinite(x));
    if (bad >= 0) throw new WeightsError(`tensor "${name}" holds ${data[bad]} at index ${bad}, not a number`);
    if (!counted.has(name)) loaded += 4 * data.length;
    counted.add(name);
    options.onProgress?.({ loaded, total });
    return { shape, data };
  }

  async function load(resolution: number): Promise<Parameters> {
    const out = new Map<string, Parameter>();
    for (const [name, shape] of shapes) {
      if (tensorResolution(family, config, name) > resolution) continue;
      if (!parameters.has(name) && isDesignedBuffer(name) && !isNoiseBuffer(name)) continue;
      const parameter = held.get(name) ?? (await read(name, shape));
      held.set(name, parameter);
      out.set(name, parameter);
    }
    return out;
  }

  let last: Promise<unknown> = Promise.resolve();
  return {
    manifest: manifestOf(found, options),
    family,
    config,
    resolution: found.resolution,
    get progress() {
      return { loaded, total };
    },
    parametersFor(resolution) {
      const next = last.then(() => load(resolution));
      last = next.catch(() => undefined);
      return next;
    },
    release: () => held.clear(),
  };
}

/** The licence is not in the files; NVIDIA's own weights allow no commercial use. */
const UNKNOWN_LICENCE = "not stated in the file; official weights are for non-commercial use";

function manifestOf(found: FoundGenerator, options: CheckpointModelOptions): Manifest {
  return {
    format: MANIFEST_FORMAT,
    id: "checkpoint",
    title: options.title ?? found.title,
    family: found.family,
    config: found.config,
    dtype: "f32",
    tensors: [],
    shards: [],
    source: { kind: "shards" },
    licence: options.licence ?? UNKNOWN_LICENCE,
    card: { from: found.title, path: found.path, parameters: found.parameterCount },
  };
}
