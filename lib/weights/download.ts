import { WeightsError } from "./error.js";
import type { ManifestShard } from "./manifest.js";
import { sha256Hex } from "./sha256.js";

/** The part of Cache Storage that is used; null where a page has none. */
export interface ShardCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

export interface DownloadOptions {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly cache: ShardCache | null;
  readonly signal?: AbortSignal;
  /** Called with the number of bytes of this shard that are here. */
  readonly onBytes?: (received: number) => void;
}

/** What has come of a shard whose download broke off. */
export interface PartialDownload {
  readonly bytes: Uint8Array<ArrayBuffer>;
  received: number;
}

/** Under what a shard is put in the cache: other bytes of the same name are another entry. */
export function shardKey(url: string, sha256: string): string {
  return `${url}?sha256=${sha256}`;
}

/** Times a transfer that breaks is taken up again within one call. */
const RESUMPTIONS = 3;

/**
 * The verified bytes of one shard.
 *
 * 1. The copy kept in the cache, if its hash is right; a wrong copy is deleted.
 * 2. Else the network; a transfer that breaks is resumed from where it stopped (a Range request).
 * 3. If size or hash are wrong, fetched once more past every cache, then refused.
 * 4. Good bytes are put in the cache before they are returned; a cache that is full or forbidden is done without.
 *
 * @param partials keeps what a broken download had got to, for the next call.
 * @throws WeightsError: missing, short, altered, or the network failed; `signal`'s reason when aborted.
 */
export async function downloadShard(
  url: string,
  shard: ManifestShard,
  partials: Map<string, PartialDownload>,
  options: DownloadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = shardKey(url, shard.sha256);
  const kept = await fromCache(key, shard, options.cache);
  if (kept) {
    options.onBytes?.(kept.length);
    return kept;
  }
  let problem = "";
  for (const attempt of [0, 1]) {
    const again: RequestInit = attempt === 0 ? {} : { cache: "reload" };
    const bytes = await transfer(url, shard, partials, options, again);
    if (!bytes) problem = `is longer than ${shard.bytes} bytes`;
    else if (bytes.length === shard.bytes) {
      if ((await sha256Hex(bytes)) === shard.sha256) {
        await keep(key, bytes, options.cache);
        return bytes;
      }
      problem = "was altered: its SHA-256 is not the manifest's";
    } else problem = `has ${bytes.length} bytes, not ${shard.bytes}`;
  }
  throw new WeightsError(`shard "${shard.file}" ${problem}, also when fetched again`);
}

async function fromCache(key: string, shard: ManifestShard, cache: ShardCache | null) {
  if (!cache) return undefined;
  try {
    const response = await cache.match(key);
    if (!response) return undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length === shard.bytes && (await sha256Hex(bytes)) === shard.sha256) return bytes;
    await cache.delete(key);
  } catch {
    // A cache that cannot be read is as good as none.
  }
  return undefined;
}

async function keep(key: string, bytes: Uint8Array<ArrayBuffer>, cache: ShardCache | null): Promise<void> {
  try {
    // Awaited: a page closed right after the last shard must still find it kept.
    await cache?.put(key, new Response(bytes, { headers: { "content-length": String(bytes.length) } }));
  } catch {
    // Out of quota, or storage forbidden: the book works on, it will only load again next time.
  }
}

/** Fetches a shard whole, taking up a broken transfer where it stopped. May return fewer bytes than asked, undefined when
 * there are more. */
async function transfer(
  url: string,
  shard: ManifestShard,
  partials: Map<string, PartialDownload>,
  options: DownloadOptions,
  init: RequestInit,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const partial = partials.get(url) ?? { bytes: new Uint8Array(shard.bytes), received: 0 };
  partials.set(url, partial);
  for (let attempt = 0; ; ++attempt) {
    try {
      const bytes = await receive(url, shard, partial, options, init);
      partials.delete(url);
      return bytes;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof WeightsError) throw error;
      if (attempt < RESUMPTIONS) continue;
      const reason = error instanceof Error ? error.message : String(error);
      throw new WeightsError(
        `shard "${shard.file}" could not be loaded (${reason}); check the connection and try again`,
        true,
      );
    }
  }
}

async function receive(
  url: string,
  shard: ManifestShard,
  partial: PartialDownload,
  { fetch, signal, onBytes }: DownloadOptions,
  init: RequestInit,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const headers = partial.received > 0 ? { range: `bytes=${partial.received}-` } : undefined;
  const response = await fetch(url, { ...init, headers, signal });
  if (response.status === 404 || response.status === 410) {
    throw new WeightsError(`shard "${shard.file}" is missing (HTTP ${response.status} for ${url})`);
  }
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const start = response.status === 206 ? rangeStart(response) : 0;
  // A server that ignores the range sends everything again; one that sends another range is asked for everything.
  if (start !== partial.received) partial.received = 0;
  if (start !== partial.received) throw new Error(`the server sent bytes from ${start}`);
  const reader = response.body?.getReader();
  if (!reader) throw new Error("the response has no body");
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (partial.received + value.length > shard.bytes) {
      await reader.cancel();
      return undefined;
    }
    partial.bytes.set(value, partial.received);
    partial.received += value.length;
    onBytes?.(partial.received);
  }
  return partial.received === shard.bytes ? partial.bytes : partial.bytes.slice(0, partial.received);
}

function rangeStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? 0);
}

const CACHE_NAME = "inside-stylegan-weights";

/** This site's shard cache, or null where Cache Storage is missing or forbidden. */
export async function openShardCache(): Promise<ShardCache | null> {
  try {
    return typeof caches === "undefined" ? null : await caches.open(CACHE_NAME);
  } catch {
    return null;
  }
}
