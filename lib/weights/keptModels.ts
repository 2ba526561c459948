import { type ShardCache, shardKey } from "./download.js";
import { WeightsError } from "./error.js";
import { type Manifest, parseManifest } from "./manifest.js";
import { type Model, type OpenOptions, modelFromManifest } from "./model.js";
import { type ModelEntry, modelEntry } from "./modelList.js";
import type { WrittenShard } from "./write.js";

/** The part of Cache Storage that is used. */
export interface KeptStorage extends ShardCache {
  keys(): Promise<readonly { readonly url: string }[]>;
}

/** A file of a kept model. */
export interface KeptFile {
  readonly file: string;
  readonly blob: Blob;
}

/** The id by which the engine knows a reader's model. */
export function readerId(name: string): string {
  return `reader:${name}`;
}

/** Stands before each file's name; nothing is ever fetched from there (".invalid" is reserved for that). */
const ROOT = "https://kept.invalid/";
const MANIFEST = "manifest.json";

/**
 * The models that a reader keeps in this browser, by name. Each is stored as the book stores its own: a manifest and
 * shards with their hashes. The manifest is written last, so a model that has one is complete.
 */
export class KeptModels {
  constructor(private readonly storage: KeptStorage) {}

  /** Names of the complete models, in alphabetical order. */
  async names(): Promise<string[]> {
    const places = await this.#places();
    return places.filter(({ file }) => file === MANIFEST).map(({ name }) => name);
  }

  /** The complete models, by name; null for one that this version of the book cannot use. */
  async list(): Promise<{ readonly name: string; readonly entry: ModelEntry | null }[]> {
    const names = await this.names();
    return Promise.all(
      names.map(async (name) => {
        const manifest = await this.manifest(name).catch(() => null);
        return { name, entry: manifest && modelEntry(readerId(name), manifest) };
      }),
    );
  }

  /** @throws {WeightsError} when there is no such model, or its manifest is not usable */
  async manifest(name: string): Promise<Manifest> {
    const response = await this.storage.match(addressOf(name, MANIFEST));
    if (!response)
      throw new WeightsError(`the model "${name}" is not kept in this browser; bring its file again`);
    return parseManifest(await response.json().catch(() => null));
  }

  /**
   * Opens a model as `openModel` opens the book's: shards are read as resolutions ask for them, and checked.
   * @throws {WeightsError} as {@link manifest}; later, from `parametersFor`, for a shard that is damaged or gone
   */
  async open(name: string, options: Pick<OpenOptions, "onProgress"> = {}): Promise<Model> {
    const manifest = await this.manifest(name);
    const fetch = () =>
      Promise.reject(
        new WeightsError(
          `the copy of "${manifest.title}" in this browser is damaged; delete it and bring its file again`,
        ),
      );
    return modelFromManifest(manifest, addressOf(name, MANIFEST), { ...options, fetch, cache: this.storage });
  }

  /**
   * Keeps a model.
   *
   * 1. What earlier writings left behind is deleted. (One page at a time may keep: see {@link exclusively}.)
   * 2. `write` hands over the shards in order and gives the manifest; shards are put one after the other.
   * 3. The manifest is put last. When anything fails, nothing of the model stays.
   *
   * @throws what `write` throws; QuotaExceededError when the browser has no room
   */
  async keep(
    name: string,
    write: (onShard: (shard: WrittenShard) => void) => Promise<Manifest>,
  ): Promise<Manifest> {
    await this.#sweep();
    await this.remove(name); // kept before: another precision takes its place
    let puts: Promise<unknown> = Promise.resolve();
    try {
      const manifest = await write((shard) => {
        puts = puts.then(() => this.#putShard(name, shard));
        puts.catch(() => undefined); // seen below
      });
      await puts;
      await this.storage.put(addressOf(name, MANIFEST), new Response(JSON.stringify(manifest)));
      return manifest;
    } catch (error) {
      await puts.catch(() => undefined);
      await this.remove(name);
      throw error;
    }
  }

  /** Manifest and shards, as files of a folder. @throws {WeightsError} when one is missing */
  async files(name: string): Promise<KeptFile[]> {
    const manifest = await this.manifest(name);
    const files: KeptFile[] = [
      { file: MANIFEST, blob: new Blob([`${JSON.stringify(manifest, null, 1)}\n`]) },
    ];
    for (const { file, sha256 } of manifest.shards) {
      const response = await this.storage.match(shardKey(addressOf(name, file), sha256));
      if (!response)
        throw new WeightsError(`shard "${file}" of "${manifest.title}" is gone; bring the model again`);
      files.push({ file, blob: await response.blob() });
    }
    return files;
  }

  /** Deletes a model, complete or not: the manifest first, so that no half of it is ever taken for a model. */
  async remove(name: string): Promise<void> {
    await this.storage.delete(addressOf(name, MANIFEST));
    for (const place of await this.#places()) if (place.name === name) await this.storage.delete(place.url);
  }

  async #putShard(name: string, { file, sha256, bytes }: WrittenShard): Promise<void> {
    const headers = { "content-length": String(bytes.length) };
    await this.storage.put(shardKey(addressOf(name, file), sha256), new Response(bytes, { headers }));
  }

  async #sweep(): Promise<void> {
    const places = await this.#places();
    const complete = new Set(places.filter(({ file }) => file === MANIFEST).map(({ name }) => name));
    for (const { name, url } of places) if (!complete.has(name)) await this.storage.delete(url);
  }

  async #places(): Promise<{ url: string; name: string; file: string }[]> {
    const places = (await this.storage.keys()).flatMap(({ url }) => {
      const [, name, file] = /^https:\/\/kept\.invalid\/([^/?]+)\/([^/?]+)/.exec(url) ?? [];
      return name && file ? [{ url, name, file }] : [];
    });
    return places.sort((a, b) => (a.url < b.url ? -1 : 1));
  }
}

function addressOf(name: string, file: string): string {
  return `${ROOT}${name}/${file}`;
}

/** Runs work while no other page of this site is keeping a model. */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  if (typeof navigator === "undefined" || !navigator.locks) return work();
  return navigator.locks.request("inside-stylegan-keep", work) as Promise<T>;
}

/** The kept models of this site, or null where the browser lets a page store nothing (private windows, plain http). */
export async function openKeptModels(): Promise<KeptModels | null> {
  try {
    return typeof caches === "undefined"
      ? null
      : new KeptModels(await caches.open("inside-stylegan-kept-models"));
  } catch {
    return null;
  }
}
