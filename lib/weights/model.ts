import { elementCount } from "../checkpoint/checkpoint.js";
import { type Config, imageResolution } from "./config.js";
import {
  type DownloadOptions,
  type PartialDownload,
  type ShardCache,
  downloadShard,
  openShardCache,
} from "./download.js";
import { WeightsError } from "./error.js";
import { initialTensor, seededNoise } from "./initialise.js";
import { type Manifest, parseManifest } from "./manifest.js";
import type { Family, Parameter, Parameters } from "./parameters.js";
import { decodeShard } from "./shard.js";
import { isDesignedBuffer, isNoiseBuffer, parameterShapes, tensorResolution } from "./shapes.js";

export interface Progress {
  /** Bytes here, and bytes in all. */
  readonly loaded: number;
  readonly total: number;
}

/** A generator's weights, wherever they come from. */
export interface Model {
  readonly manifest: Manifest;
  readonly family: Family;
  readonly config: Config;
  /** Side of the picture in pixels. */
  readonly resolution: number;
  readonly progress: Progress;
  /**
   * Everything the network needs up to a resolution: the mapping network and the 4x4 block for 4, and so on. Each call
   * holds what the one before it held, in the same arrays.
   */
  parametersFor(resolution: number): Promise<Parameters>;
  /** Forgets the decoded arrays; a later call reads them again from the cache. */
  release(): void;
}

export interface OpenOptions {
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
  /** Left out: the site's Cache Storage. null: keep nothing. */
  readonly cache?: ShardCache | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Opens the model a manifest.json describes. Only the manifest is read now; shards come with `parametersFor`, strictly
 * one at a time, each checked against its SHA-256 and kept in the cache.
 *
 * @throws WeightsError when the manifest cannot be had or used.
 */
export async function openModel(manifestUrl: string, options: OpenOptions = {}): Promise<Model> {
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const manifest = parseManifest(await fetchManifest(manifestUrl, fetch, options.signal));
  const cache = options.cache === undefined ? await openShardCache() : options.cache;
  return modelFromManifest(manifest, manifestUrl, { ...options, fetch, cache });
}

async function fetchManifest(
  url: string,
  fetch: NonNullable<OpenOptions["fetch"]>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeightsError(`the manifest ${url} could not be loaded (${reason}); try again`, true);
  }
  if (!response.ok) throw new WeightsError(`the manifest ${url} is missing (HTTP ${response.status})`);
  try {
    return await response.json();
  } catch {
    throw new WeightsError(`the manifest ${url} is not valid JSON`);
  }
}

/** A model whose manifest has been read: `base` is the address its shards' file names are relative to. */
export function modelFromManifest(
  manifest: Manifest,
  base: string,
  options: DownloadOptions & Pick<OpenOptions, "onProgress">,
): Model {
  const { family, config, source } = manifest;
  const total = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const received = manifest.shards.map(() => 0);
  const partials = new Map<string, PartialDownload>();
  const held = new Map<string, Parameter>();
  const loadedShards = new Set<number>();
  const progress = () => ({ loaded: received.reduce((a, b) => a + b, 0), total });

  async function loadShard(index: number): Promise<void> {
    const shard = manifest.shards[index]!;
    const onBytes = (bytes: number) => {
      // Never backwards: a shard fetched again, or read again after `release`, has been counted.
      if (bytes <= received[index]!) return;
      received[index] = bytes;
      options.onProgress?.(progress());
    };
    const url = new URL(shard.file, absolute(base)).href;
    const bytes = await downloadShard(url, shard, partials, { ...options, onBytes });
    const tensors = manifest.tensors.filter((tensor) => tensor.shard === index);
    const decoded = await decodeShard(shard.file, bytes, tensors);
    for (const { name, shape, rows } of tensors) {
      const parameter = decoded.get(name)!;
      if (!rows) held.set(name, parameter);
      else placeRows(held, name, shape, rows[0], parameter);
    }
    loadedShards.add(index);
  }

  const shardsOf = new Map<string, number[]>();
  for (const { name, shard } of manifest.tensors) shardsOf.set(name, [...(shardsOf.get(name) ?? []), shard]);
  async function load(resolution: number): Promise<Parameters> {
    const wanted: [string, number[]][] = [];
    for (const entry of parameterShapes(family, config as never)) {
      const needed = tensorResolution(family, config, entry[0]) <= resolution;
      if (needed && (!isDesignedBuffer(entry[0]) || shardsOf.has(entry[0]))) wanted.push(entry);
    }
    const shards = new Set(wanted.flatMap(([name]) => shardsOf.get(name) ?? []));
    for (const index of [...shards].sort((a, b) => a - b)) {
      if (!loadedShards.has(index)) await loadShard(index);
    }
    const out = new Map<string, Parameter>();
    for (const [name, shape] of wanted) {
      let parameter = held.get(name);
      if (!parameter) {
        if (source.kind === "initialise") parameter = initialTensor(family, config, source.seed, name, shape);
        else if (isNoiseBuffer(name)) parameter = seededNoise(name, shape);
        else throw new WeightsError(`tensor "${name}" is in no shard`);
        held.set(name, parameter);
      }
      out.set(name, parameter);
    }
    return out;
  }

  // Calls wait for each other, so that no two shards are under way at once.
  let last: Promise<unknown> = Promise.resolve();
  return {
    manifest,
    family,
    config,
    resolution: imageResolution(config),
    get progress() {
      return progress();
    },
    parametersFor(resolution) {
      const next = last.then(() => load(resolution));
      last = next.catch(() => undefined);
      return next;
    },
    release() {
      // after the loads that were asked for before: one under way still needs what it holds
      last = last.then(() => {
        held.clear();
        loadedShards.clear();
      });
    },
  };
}

/** Copies some rows of a tensor that is cut across shards to their place in the whole. */
function placeRows(
  held: Map<string, Parameter>,
  name: string,
  shape: readonly number[],
  begin: number,
  part: Parameter,
): void {
  const whole = held.get(name) ?? { shape, data: new Float32Array(elementCount(shape)) };
  whole.data.set(part.data, (begin * whole.data.length) / (shape[0] ?? 1));
  held.set(name, whole);
}

function absolute(url: string): string {
  return typeof location === "undefined" ? url : new URL(url, location.href).href;
}
