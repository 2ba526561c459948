import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { type PlainObject, constructorArguments } from "./constructorArguments.js";
import { type Config, imageResolution } from "./config.js";
import type { Dialect, LazyParameter } from "./dialects/dialect.js";
import { genforceStyleGAN1, genforceStyleGAN2 } from "./dialects/genforce.js";
import { nvidiaStyleGAN2, nvidiaStyleGAN3 } from "./dialects/nvidia.js";
import { rosinalityStyleGAN1, rosinalityStyleGAN2 } from "./dialects/rosinality.js";
import { tensorflowStyleGAN1, tensorflowStyleGAN2 } from "./dialects/tensorflow.js";
import { WeightsError } from "./error.js";
import { describePart, MissingTensor } from "./partial.js";
import { inferStyleGAN1, inferStyleGAN2, inferStyleGAN3 } from "./inferConfig.js";
import type { Family } from "./parameters.js";
import { isDesignedBuffer, isNoiseBuffer, parameterCount, parameterShapes } from "./shapes.js";

const DIALECTS: readonly Dialect[] = [
  nvidiaStyleGAN2,
  nvidiaStyleGAN3,
  genforceStyleGAN1,
  genforceStyleGAN2,
  rosinalityStyleGAN1,
  rosinalityStyleGAN2,
  tensorflowStyleGAN1,
  tensorflowStyleGAN2,
];

/** The averaged generator makes the better pictures: preferred where a file has several. */
const AVERAGED = ["G_ema", "Gs", "generator_smooth", "g_ema", "g_running"];

/** A generator found in a checkpoint; none of its values has been read. */
export interface FoundGenerator {
  readonly family: Family;
  readonly config: Config;
  /** Where it comes from: "NVIDIA StyleGAN3". */
  readonly title: string;
  /** Its place in the file: "G_ema". Empty for a file that holds nothing else. */
  readonly path: string;
  readonly averaged: boolean;
  readonly resolution: number;
  readonly conditional: boolean;
  /** Learned values: no filters, noise buffers or running means. */
  readonly parameterCount: number;
  /** Official names and layout. Noise buffers the file lacks are absent, filters may be. */
  readonly parameters: ReadonlyMap<string, LazyParameter>;
}

/**
 * Finds the generator of a checkpoint.
 *
 * 1. Whose names they are is told by one name each dialect has of its own; of several networks the averaged one is
 *    taken.
 * 2. Tensors are given their official names and layout.
 * 3. The config comes from the constructor's arguments where the file has them, else from names and shapes.
 * 4. The config must be one that a network can have: a forged one may ask for a billion layers.
 * 5. Every parameter the config asks for must be there with its shape, and nothing else may be.
 *
 * @throws WeightsError when no family's names are found, or shapes disagree; it says so when the file seems to be
 *   one shard of several.
 */
export async function findGenerator(checkpoint: Checkpoint): Promise<FoundGenerator> {
  try {
    return await find(checkpoint);
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
    const part = describePart(checkpoint, error instanceof MissingTensor);
    throw part === null ? error : new WeightsError(part);
  }
}

async function find(checkpoint: Checkpoint): Promise<FoundGenerator> {
  const { dialect, prefix } = recogniseDialect(checkpoint);
  const tensors = new Map<string, LazyParameter>();
  for (const [name, array] of checkpoint.arrays) {
    if (name.startsWith(prefix)) tensors.set(name.slice(prefix.length), array);
  }
  addAverage(checkpoint, dialect, prefix, tensors);
  const parameters = dialect.translate(tensors);
  const given = constructorArguments(checkpoint.root, prefix.replace(/\.$/, ""));
  const config = {
    ...(await inferConfig(dialect, parameters, given)),
    ...dialect.settings,
  } as unknown as Config;
  checkConfig(config);
  complete(dialect.family, config, parameters);
  const path = prefix.replace(/\.$/, "");
  return {
    family: dialect.family,
    config,
    title: dialect.title,
    path,
    averaged: AVERAGED.includes(path.split(".").at(-1)!),
    resolution: imageResolution(config),
    conditional: ("c_dim" in config ? config.c_dim : (config.label_size ?? 0)) > 0,
    parameterCount: parameterCount(dialect.family, config as never),
    parameters,
  };
}

function recogniseDialect(checkpoint: Checkpoint): { dialect: Dialect; prefix: string } {
  const found: { dialect: Dialect; prefix: string; rank: number }[] = [];
  for (const name of checkpoint.arrays.keys()) {
    for (const dialect of DIALECTS) {
      if (name !== dialect.signature && !name.endsWith(`.${dialect.signature}`)) continue;
      const prefix = name.slice(0, name.length - dialect.signature.length);
      const rank = AVERAGED.includes(prefix.split(".").at(-2) ?? "") ? 0 : 1 + prefix.length;
      found.push({ dialect, prefix, rank });
    }
  }
  found.sort((a, b) => a.rank - b.rank);
  if (found[0]) return found[0];
  const names = [...checkpoint.arrays.keys()].slice(0, 3).join('", "');
  throw new MissingTensor(`no StyleGAN generator in the file: its first arrays are "${names}"`);
}

/** rosinality keeps StyleGAN2's average w beside the generators. */
function addAverage(
  checkpoint: Checkpoint,
  dialect: Dialect,
  prefix: string,
  tensors: Map<string, LazyParameter>,
): void {
  if (dialect !== rosinalityStyleGAN2) return;
  const average = checkpoint.arrays.get(`${prefix.replace(/[^.]+\.$/, "")}latent_avg`);
  if (average) tensors.set("latent_avg", average);
}

async function inferConfig(
  dialect: Dialect,
  parameters: ReadonlyMap<string, LazyParameter>,
  given: PlainObject,
): Promise<PlainObject> {
  if (dialect.family === "stylegan1") return { ...inferStyleGAN1(parameters), ...given } as PlainObject;
  if (dialect.family === "stylegan3") {
    return (typeof given.img_resolution === "number" ? given : inferStyleGAN3(parameters)) as PlainObject;
  }
  const inferred = await inferStyleGAN2(parameters);
  return {
    ...inferred,
    ...given,
    mapping_kwargs: { ...inferred.mapping_kwargs, ...(given.mapping_kwargs as object) },
    synthesis_kwargs: { ...inferred.synthesis_kwargs, ...(given.synthesis_kwargs as object) },
  } as unknown as PlainObject;
}

/** Far above what any trained network has; what is built, or looped over, for each unit. */
const LIMITS: Readonly<Record<string, number>> = {
  num_layers: 100,
  mapping_layers: 100,
  num_critical: 100,
  filter_size: 100,
  conv_kernel: 15,
  lrelu_upsampling: 16,
  margin_size: 1000,
};

function checkConfig(config: Config): void {
  const size = imageResolution(config);
  if (!(Number.isInteger(size) && Number.isInteger(Math.log2(size)) && size >= 4 && size <= 4096))
    throw new WeightsError(`the generator's resolution ${String(size)} is no power of two from 4 to 4096`);
  const parts = [config, ...Object.values(config).filter((value) => value && typeof value === "object")];
  for (const [name, value] of parts.flatMap((part) => Object.entries(part as object))) {
    const limit = LIMITS[name];
    if (limit !== undefined && !(Number.isInteger(value) && value >= 0 && value <= limit))
      throw new WeightsError(`the generator's ${name} is ${String(value)}, expected a number up to ${limit}`);
  }
}

/** Compares what was found with what the config asks for. */
function complete(family: Family, config: Config, parameters: ReadonlyMap<string, LazyParameter>): void {
  const shapes = parameterShapes(family, config as never);
  for (const [name, shape] of shapes) {
    const parameter = parameters.get(name);
    if (!parameter) {
      if (isDesignedBuffer(name) || isNoiseBuffer(name)) continue;
      throw new MissingTensor(`tensor "${name}" of the ${family} generator is missing`);
    }
    if (String(parameter.shape) !== String(shape)) {
      throw new WeightsError(`tensor "${name}" has shape [${parameter.shape}], expected [${shape}]`);
    }
  }
  for (const name of parameters.keys()) {
    if (!shapes.has(name)) throw new WeightsError(`tensor "${name}" is no part of a ${family} generator`);
  }
}
