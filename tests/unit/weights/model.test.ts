import { describe, expect, it } from "vitest";
import { WeightsError } from "../../../lib/weights/error.js";
import { initialise } from "../../../lib/weights/initialise.js";
import { openModel } from "../../../lib/weights/model.js";
import type { Parameters } from "../../../lib/weights/parameters.js";
import { MAX_SHARD, writeModel } from "../../../lib/weights/write.js";
import { SMALL, memoryCache, putManifest, serve, siteOf, smallModel } from "./site.js";

const MOST = 32;

/** Bytes compared at once: element by element, vitest takes seconds for a million numbers. */
function expectSame(actual: Parameters, expected: Parameters): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, { shape, data }] of actual) {
    expect(shape, name).toEqual(expected.get(name)!.shape);
    expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(expected.get(name)!.data.buffer)), name).toBe(
      0,
    );
  }
}

/** normal("noise/synthesis.b8.conv1.noise_const", 0..2) */
const NOISE_B8_CONV1 = [0.879129946231842, 0.04464995861053467, 1.5703130960464478];

describe("openModel", () => {
  it("gives back f32 weights bit for bit", async () => {
    const { files, parameters } = await smallModel("f32");
    const { fetch, url } = siteOf(files);
    const model = await openModel(url, { fetch, cache: null });
    const read = await model.parametersFor(MOST);
    expectSame(read, parameters);
  });

  it("stays within half a step of each channel's scale with q8, and within half precision with f16", async () => {
    for (const [dtype, step] of [
      ["q8", 1 / 254],
      ["f16", 1 / 2048],
    ] as const) {
      const { files, parameters } = await smallModel(dtype);
      const { fetch, url } = siteOf(files);
      const read = await (await openModel(url, { fetch, cache: null })).parametersFor(MOST);
      for (const [name, { shape, data }] of read) {
        const original = parameters.get(name)!.data;
        const row = data.length / (shape.length >= 2 ? shape[0]! : data.length);
        for (let i = 0; i < data.length; i += row) {
          const peak = Math.max(...original.subarray(i, i + row).map(Math.abs));
          for (let k = i; k < i + row; ++k) {
            const bound = shape.length >= 2 ? 1.0001 * step * peak : 0;
            if (!(Math.abs(data[k]! - original[k]!) <= bound)) expect.fail(`${dtype} ${name} at ${k}`);
          }
        }
      }
    }
  });

  it("loads the mapping network and 4x4 first, and only what a resolution needs", async () => {
    const { files } = await smallModel("f32");
    const { fetch, url } = siteOf(files);
    const model = await openModel(url, { fetch, cache: null });
    const first = await model.parametersFor(4);
    expect([...first.keys()].every((name) => /^(mapping|synthesis\.b4)\./.test(name))).toBe(true);
    expect(first.has("mapping.fc1.weight") && first.has("synthesis.b4.torgb.weight")).toBe(true);
    const next = await model.parametersFor(8);
    expect(next.get("synthesis.b4.const")).toBe(first.get("synthesis.b4.const"));
    expect(next.has("synthesis.b8.conv0.weight")).toBe(true);
    expect(next.has("synthesis.b16.conv0.weight")).toBe(false);
  });

  it("counts bytes up to the total, never backwards", async () => {
    const { files } = await smallModel("q8");
    const { fetch, url } = siteOf(files);
    const seen: number[] = [];
    let total = 0;
    const onProgress = (p: { loaded: number; total: number }) => {
      seen.push(p.loaded);
      total = p.total;
    };
    const model = await openModel(url, { fetch, cache: null, onProgress });
    await model.parametersFor(MOST);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(total);
    expect(total).toBe([...files].reduce((sum, [f, b]) => sum + (f === "manifest.json" ? 0 : b.length), 0));
  });

  it("keeps shards, so that a second visit asks for the manifest only", async () => {
    const { files } = await smallModel("q8");
    const cache = memoryCache();
    const { fetch, url, requests } = siteOf(files);
    await (await openModel(url, { fetch, cache })).parametersFor(MOST);
    requests.length = 0;
    const again = await (await openModel(url, { fetch, cache })).parametersFor(MOST);
    expect(again.size).toBeGreaterThan(20);
    expect(requests.map(({ file }) => file)).toEqual(["manifest.json"]);
  });

  it("replaces a kept shard that has been altered", async () => {
    const { files } = await smallModel("q8");
    const cache = memoryCache();
    const { fetch, url } = siteOf(files);
    const first = await (await openModel(url, { fetch, cache })).parametersFor(MOST);
    for (const bytes of cache.entries.values()) bytes[bytes.length - 1]! ^= 1;
    const second = await (await openModel(url, { fetch, cache })).parametersFor(MOST);
    expectSame(second, first);
  });

  it("works on when the cache refuses to store", async () => {
    const { files } = await smallModel("q8");
    const { fetch, url } = siteOf(files);
    const full = { ...memoryCache(), put: async () => Promise.reject(new Error("QuotaExceededError")) };
    const parameters = await (await openModel(url, { fetch, cache: full })).parametersFor(MOST);
    expect(parameters.size).toBeGreaterThan(20);
  });

  it("resumes a broken transfer from the byte it had reached", async () => {
    const { files, manifest } = await smallModel("f32");
    const { fetch, url, requests, breaks } = siteOf(files);
    breaks.set(manifest.shards[0]!.file, 20_000);
    await (await openModel(url, { fetch, cache: null })).parametersFor(4);
    expect(requests.map(({ range }) => range)).toEqual([null, null, "bytes=20000-"]);
  });

  it("keeps a partial shard over a failed call, and says that trying again may help", async () => {
    const { files, manifest } = await smallModel("f32");
    const site = siteOf(files);
    const shard = manifest.shards[0]!.file;
    let down = true;
    const fetch = async (url: string, init?: RequestInit) => {
      if (down && site.requests.length >= 2) throw new TypeError("offline");
      return site.fetch(url, init);
    };
    site.breaks.set(shard, 20_000);
    const model = await openModel(site.url, { fetch, cache: null });
    const error = await model.parametersFor(4).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(WeightsError);
    expect((error as WeightsError).retry).toBe(true);
    expect((error as WeightsError).message).toContain("offline");
    down = false;
    await model.parametersFor(4);
    expect(site.requests.at(-1)!.range).toBe("bytes=20000-");
  });

  it("fetches an altered shard once more past the caches, then refuses it", async () => {
    const { files, manifest } = await smallModel("q8");
    const { file } = manifest.shards[0]!;
    files.get(file)!.fill(7, -1);
    const { fetch, url, requests } = siteOf(files);
    const cache = memoryCache();
    const model = await openModel(url, { fetch, cache });
    await expect(model.parametersFor(4)).rejects.toThrow(
      `shard "${file}" was altered: its SHA-256 is not the manifest's, also when fetched again`,
    );
    expect(requests.slice(1).map((r) => r.cache)).toEqual([undefined, "reload"]);
    expect(cache.entries.size).toBe(0);
  });

  it("recovers when only the first copy of a shard was bad", async () => {
    const { files, manifest } = await smallModel("q8");
    const { file } = manifest.shards[0]!;
    const good = files.get(file)!;
    files.set(file, good.slice().fill(7, -1));
    const site = siteOf(files);
    const fetch = (url: string, init?: RequestInit) => {
      if (init?.cache === "reload") files.set(file, good);
      return site.fetch(url, init);
    };
    expect((await (await openModel(site.url, { fetch, cache: null })).parametersFor(4)).size).toBeGreaterThan(
      5,
    );
  });

  it("names a missing, a short and a long shard", async () => {
    const { files, manifest } = await smallModel("q8");
    const { file, bytes } = manifest.shards[0]!;
    const good = files.get(file)!;
    const failure = async () => {
      const { fetch, url } = siteOf(files);
      return (await openModel(url, { fetch, cache: null })).parametersFor(4);
    };
    files.delete(file);
    await expect(failure()).rejects.toThrow(`shard "${file}" is missing (HTTP 404`);
    files.set(file, good.slice(0, -10));
    await expect(failure()).rejects.toThrow(`shard "${file}" has ${bytes - 10} bytes, not ${bytes}`);
    files.set(file, new Uint8Array([...good, 0]));
    await expect(failure()).rejects.toThrow(`shard "${file}" is longer than ${bytes} bytes`);
  });

  it("rebuilds missing noise from its name, and needs no filters", async () => {
    const { files, manifest } = await smallModel("f32");
    putManifest(files, {
      ...manifest,
      tensors: manifest.tensors.filter(({ name }) => !name.endsWith("noise_const")),
    });
    const { fetch, url } = siteOf(files);
    const parameters = await (await openModel(url, { fetch, cache: null })).parametersFor(8);
    const noise = parameters.get("synthesis.b8.conv1.noise_const")!;
    expect(noise.shape).toEqual([8, 8]);
    // From an implementation of the hash in numpy, float64 rounded to float32.
    expect([...noise.data.subarray(0, 3)]).toEqual(NOISE_B8_CONV1);
    expect(parameters.has("synthesis.b8.resample_filter")).toBe(false);
  });

  it("draws the weights of a model whose source is a seed", async () => {
    const manifest = {
      format: "inside-stylegan-weights/1",
      id: "seeded",
      title: "Seeded",
      family: "stylegan2",
      config: SMALL,
      dtype: "f32",
      tensors: [],
      shards: [],
      source: { kind: "initialise", seed: "book" },
      licence: "CC0-1.0",
    };
    const files = new Map();
    putManifest(files, manifest);
    const { fetch, url } = siteOf(files);
    const model = await openModel(url, { fetch, cache: null });
    expectSame(await model.parametersFor(MOST), initialise("stylegan2", SMALL, "book"));
    expect(model.progress).toEqual({ loaded: 0, total: 0 });
  });

  it("stops when told to", async () => {
    const { files } = await smallModel("q8");
    const { fetch, url } = siteOf(files);
    const controller = new AbortController();
    const model = await openModel(url, { fetch, cache: null, signal: controller.signal });
    controller.abort(new Error("reader left"));
    await expect(model.parametersFor(4)).rejects.toThrow("reader left");
  });

  it("refuses manifests that do not fit together, each with one sentence", async () => {
    const { files, manifest } = await smallModel("q8");
    const change: [object, RegExp][] = [
      [{ format: "other/9" }, /format "other\/9"/],
      [{ family: "biggan" }, /unknown family "biggan"/],
      [{ config: { ...SMALL, img_resolution: 48 } }, /resolution 48/],
      [{ config: { ...SMALL, w_dim: 8 } }, /has shape \[.*\], its config asks for/],
      [{ tensors: manifest.tensors.slice(1) }, /tensor "mapping.w_avg" is not listed/],
      [{ tensors: [...manifest.tensors, manifest.tensors[0]] }, /listed twice/],
      [{ tensors: [...manifest.tensors, { name: "x", shape: [], shard: 0 }] }, /"x" is no part/],
      [{ shards: [{ ...manifest.shards[0], file: "../x" }] }, /no plain file name/],
      [{ source: { kind: "magic" } }, /unknown source "magic"/],
    ];
    for (const [patch, message] of change) {
      putManifest(files, { ...manifest, ...patch });
      const { fetch, url } = siteOf(files);
      const error = await openModel(url, { fetch, cache: null }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(WeightsError);
      expect((error as Error).message).toMatch(message);
    }
  });

  it("works over real HTTP with the platform's own fetch", async () => {
    const { files, parameters } = await smallModel("f32");
    const server = await serve(files);
    try {
      const read = await (await openModel(server.url)).parametersFor(MOST);
      expectSame(read, parameters);
    } finally {
      await server.close();
    }
  });
});

describe("writeModel", () => {
  it("cuts a tensor longer than a shard into rows, and openModel puts it together", async () => {
    const config = {
      ...SMALL,
      img_resolution: 4,
      synthesis_kwargs: { channel_base: 4096, channel_max: 520 },
    };
    const parameters = initialise("stylegan2", config, "long");
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    const options = { id: "long", title: "Long", dtype: "f32" as const, licence: "CC0-1.0" };
    const manifest = await writeModel("stylegan2", config, parameters, options, async ({ file, bytes }) => {
      files.set(file, bytes);
    });
    expect(manifest.tensors.filter(({ name }) => name === "synthesis.b4.conv1.weight").length).toBe(2);
    expect(Math.max(...[...files.values()].map((b) => b.length))).toBeLessThanOrEqual(MAX_SHARD);
    putManifest(files, manifest);
    const { fetch, url } = siteOf(files);
    const read = await (await openModel(url, { fetch, cache: null })).parametersFor(4);
    expectSame(read, parameters);
    // released while its last shard comes, a model still gives what the ones before it held
    const [first] = manifest.shards;
    const model = await openModel(url, {
      fetch,
      cache: null,
      onProgress: ({ loaded }) => loaded > first!.bytes && model.release(),
    });
    expectSame(await model.parametersFor(4), parameters);
    expectSame(await model.parametersFor(4), parameters);
  });

  it("refuses values that are not numbers, and names the tensor", async () => {
    const parameters = new Map(initialise("stylegan2", SMALL, "nan"));
    parameters.get("synthesis.b8.conv0.weight")!.data[5] = NaN;
    const options = { id: "nan", title: "NaN", dtype: "f32" as const, licence: "CC0-1.0" };
    await expect(writeModel("stylegan2", SMALL, parameters, options, async () => undefined)).rejects.toThrow(
      'tensor "synthesis.b8.conv0.weight" holds NaN at index 5',
    );
  });
});
