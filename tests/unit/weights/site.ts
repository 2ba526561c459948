import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ShardCache } from "../../../lib/weights/download.js";
import { initialise } from "../../../lib/weights/initialise.js";
import type { Manifest, WeightDtype } from "../../../lib/weights/manifest.js";
import type { Parameter } from "../../../lib/weights/parameters.js";
import { writeModel } from "../../../lib/weights/write.js";

/** A StyleGAN2 generator small enough for a test: 32x32, three blocks past 4x4. */
export const SMALL = {
  z_dim: 16,
  c_dim: 0,
  w_dim: 16,
  img_resolution: 32,
  img_channels: 3,
  mapping_kwargs: { num_layers: 2 },
  synthesis_kwargs: { channel_base: 512, channel_max: 32 },
};

export type Files = Map<string, Uint8Array<ArrayBuffer>>;

/** The files of a model as `npm run convert` writes them, in memory. */
export async function smallModel(
  dtype: WeightDtype,
  seed = "test",
): Promise<{ files: Files; manifest: Manifest; parameters: Map<string, Parameter> }> {
  const files: Files = new Map();
  const parameters = new Map(initialise("stylegan2", SMALL, seed));
  const options = { id: "small", title: "Small", dtype, licence: "CC0-1.0" };
  const manifest = await writeModel("stylegan2", SMALL, parameters, options, async ({ file, bytes }) => {
    files.set(file, bytes);
  });
  putManifest(files, manifest);
  return { files, manifest, parameters };
}

export function putManifest(files: Files, manifest: unknown): void {
  files.set("manifest.json", new TextEncoder().encode(JSON.stringify(manifest)));
}

/** A site in memory: a fetch that serves files, with Range, and records what it was asked for. */
export function siteOf(files: Files) {
  const requests: { file: string; range: string | null; cache: string | undefined }[] = [];
  /** Files whose next response breaks off after so many bytes. */
  const breaks = new Map<string, number>();
  async function fetch(url: string, init: RequestInit = {}): Promise<Response> {
    init.signal?.throwIfAborted();
    const file = new URL(url).pathname.slice(1);
    const range = new Headers(init.headers).get("range");
    requests.push({ file, range, cache: init.cache });
    const bytes = files.get(file);
    if (!bytes) return new Response("not found", { status: 404 });
    const start = range ? Number(/bytes=(\d+)-/.exec(range)![1]) : 0;
    const end = breaks.get(file);
    breaks.delete(file);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = start; at < (end ?? bytes.length); at += 4096) {
          controller.enqueue(bytes.slice(at, Math.min(at + 4096, end ?? bytes.length)));
        }
        if (end === undefined) controller.close();
      },
      pull(controller) {
        if (end !== undefined) controller.error(new TypeError("connection lost"));
      },
    });
    const headers = new Headers();
    if (range) headers.set("content-range", `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
    return new Response(body, { status: range ? 206 : 200, headers });
  }
  return { fetch, requests, breaks, url: "http://book.test/manifest.json" };
}

/** Cache Storage in memory. */
export function memoryCache(): ShardCache & { readonly entries: Map<string, Uint8Array<ArrayBuffer>> } {
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    entries,
    async match(url) {
      const bytes = entries.get(url);
      return bytes && new Response(bytes);
    },
    async put(url, response) {
      entries.set(url, new Uint8Array(await response.arrayBuffer()));
    },
    async delete(url) {
      return entries.delete(url);
    },
  };
}

/** A real server on localhost for the same files. */
export async function serve(files: Files): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const bytes = files.get(request.url!.slice(1));
    if (!bytes) response.writeHead(404).end();
    else response.writeHead(200, { "content-length": bytes.length }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/manifest.json`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
