import { describe, expect, it } from "vitest";
import { KeptModels } from "../../../lib/weights/keptModels.js";
import type { Manifest } from "../../../lib/weights/manifest.js";
import type { WrittenShard } from "../../../lib/weights/write.js";
import { expectSameBits } from "../checkpoint/sameBits.js";
import { memoryCache, smallModel } from "./site.js";

function storage() {
  const cache = memoryCache();
  const keys = async () => [...cache.entries.keys()].map((url) => ({ url }));
  return { cache, kept: new KeptModels({ ...cache, keys }) };
}

/** Hands a model's shards over as the engine does. */
async function writer() {
  const { files, manifest, parameters } = await smallModel("f32");
  const shards: WrittenShard[] = manifest.shards.map(({ file, sha256 }) => ({
    file,
    sha256,
    bytes: files.get(file)!,
  }));
  const write = async (onShard: (shard: WrittenShard) => void): Promise<Manifest> => {
    shards.forEach(onShard);
    return manifest;
  };
  return { shards, manifest, parameters, write };
}

describe("KeptModels", () => {
  it("gives back what was kept, bit for bit", async () => {
    const { kept } = storage();
    const { parameters, write } = await writer();
    await kept.keep("mine", write);
    expect(await kept.names()).toEqual(["mine"]);
    const read = await (await kept.open("mine")).parametersFor(32);
    expect(read.size).toBe(parameters.size);
    for (const [name, parameter] of read) expectSameBits(parameter, parameters.get(name)!, name);
  });

  it("hands out manifest and shards as files", async () => {
    const { kept } = storage();
    const { shards, manifest, write } = await writer();
    await kept.keep("mine", write);
    const files = await kept.files("mine");
    expect(files.map(({ file }) => file)).toEqual(["manifest.json", ...shards.map(({ file }) => file)]);
    expect(JSON.parse(await files[0]!.blob.text())).toEqual(JSON.parse(JSON.stringify(manifest)));
    expect(new Uint8Array(await files[1]!.blob.arrayBuffer())).toEqual(new Uint8Array(shards[0]!.bytes));
  });

  it("deletes a model and leaves the others", async () => {
    const { cache, kept } = storage();
    const { write } = await writer();
    await kept.keep("mine", write);
    const one = cache.entries.size;
    await kept.keep("mine-2", write);
    await kept.remove("mine");
    expect(await kept.names()).toEqual(["mine-2"]);
    expect(cache.entries.size).toBe(one);
    await expect(kept.open("mine")).rejects.toThrow(/"mine" is not kept in this browser/);
  });

  it.each([
    ["the writing fails", (shards: WrittenShard[]) => shards.slice(0, 0)],
    ["the writing fails after a shard", (shards: WrittenShard[]) => shards.slice(0, 1)],
  ])("keeps nothing when %s", async (_, some) => {
    const { cache, kept } = storage();
    const { shards } = await writer();
    const writing = kept.keep("mine", async (onShard) => {
      some(shards).forEach(onShard);
      throw new Error("cancelled");
    });
    await expect(writing).rejects.toThrow("cancelled");
    expect(cache.entries.size).toBe(0);
  });

  it("keeps nothing when the browser has no room", async () => {
    const { cache } = storage();
    const { write } = await writer();
    const full = new KeptModels({
      ...cache,
      keys: async () => [...cache.entries.keys()].map((url) => ({ url })),
      put: () => Promise.reject(new DOMException("no room", "QuotaExceededError")),
    });
    await expect(full.keep("mine", write)).rejects.toMatchObject({ name: "QuotaExceededError" });
    expect(cache.entries.size).toBe(0);
  });

  it("clears away what a closed page left half written, and no complete model", async () => {
    const { cache, kept } = storage();
    const { write } = await writer();
    await kept.keep("mine", write);
    const whole = [...cache.entries.keys()];
    cache.entries.set("https://kept.invalid/half/half-000.safetensors?sha256=0", new Uint8Array(4));
    expect(await kept.names()).toEqual(["mine"]);
    await kept.keep("mine-2", write);
    expect([...cache.entries.keys()].filter((url) => /half/.test(url))).toEqual([]);
    expect(whole.every((url) => cache.entries.has(url))).toBe(true);
  });

  it("says that a copy is damaged when a shard's bytes have changed or are gone", async () => {
    for (const damage of ["flip", "delete"]) {
      const { cache, kept } = storage();
      const { write } = await writer();
      await kept.keep("mine", write);
      const url = [...cache.entries.keys()].find((key) => key.includes(".safetensors"))!;
      if (damage === "flip") cache.entries.get(url)![100]! ^= 1;
      else cache.entries.delete(url);
      const model = await kept.open("mine");
      await expect(model.parametersFor(32)).rejects.toThrow(/"Small" in this browser is damaged; delete it/);
    }
  });
});
