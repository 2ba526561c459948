import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { readCheckpoint } from "../../../lib/checkpoint/read.js";
import { writeSafetensors } from "../../../lib/checkpoint/writeSafetensors.js";
import { findGenerator } from "../../../lib/weights/recognise.js";
import { loadCase, withPrefix } from "../../golden.js";

const text = (words: string) => new TextEncoder().encode(words);

async function sentenceFor(bytes: Uint8Array): Promise<string> {
  try {
    await findGenerator(await readCheckpoint(bytes));
  } catch (error) {
    return (error as Error).message;
  }
  return "no complaint";
}

describe("a file that is no checkpoint", () => {
  it.each([
    ["Weights are in the other folder.\n", "Weights are in the other folder."],
    ["# Read me\n\nThis is text.\n", "# Read me"],
    ["Über Gewichte\n", "Über Gewichte"],
    ["c'est un texte\n", "c'est un texte"],
  ])("is called a text when it is one, with its beginning: %j", async (content, beginning) => {
    expect(await sentenceFor(text(content))).toBe(
      `this is a text that begins with "${beginning}", not a checkpoint (at byte 0)`,
    );
  });

  it("is called a JSON text, and what to do with a list of shards is said", async () => {
    const index = text('{"weight_map": {"a": "model-00001-of-00002.safetensors"}}');
    expect(await sentenceFor(index)).toMatch(/^this is a JSON text.* join those into one/);
  });

  it("is still read as a pickle when it is one of protocol 0, which is text", async () => {
    expect(await sentenceFor(text("cos\nsystem\n(S'ls'\ntR."))).toMatch(/asks for os\.system/);
    expect(await sentenceFor(text("(dp0\nS'a'\np1\nI1\ns."))).toMatch(/holds no arrays/);
  });
});

describe("one shard of several", () => {
  it.each(["shard-00", "shard-03"])("of the book's own is called so: %s", async (name) => {
    const path = new URL(`../../../data/weights/portraits-lite-sg2/${name}.safetensors`, import.meta.url);
    expect(await sentenceFor(new Uint8Array(await readFile(path)))).toMatch(
      /^this is a shard of one of the book's own models/,
    );
  });

  it("is told from a whole generator, wherever its tensors are cut", async () => {
    const { weights } = await loadCase("ckpt-sg2ada-pkl");
    const whole = [...withPrefix(weights, "G_ema/")];
    const shard = (part: typeof whole) =>
      sentenceFor(
        writeSafetensors(
          part.map(([name, { shape, data }]) => ({
            name,
            shape,
            dtype: "F32" as const,
            bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
          })),
        ),
      );
    expect(await shard(whole)).toBe("no complaint");
    for (const part of [whole.slice(0, 3), whole.slice(0, -1), whole.slice(-6)])
      expect(await shard(part)).toMatch(
        /^this seems to be one of several shards of a generator .* join all shards/,
      );
  });
});
