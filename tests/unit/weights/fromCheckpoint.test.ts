import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readCheckpoint } from "../../../lib/checkpoint/read.js";
import { modelFromCheckpoint } from "../../../lib/weights/fromCheckpoint.js";
import { loadCase } from "../../golden.js";

async function open(name: string, onProgress?: (p: { loaded: number; total: number }) => void) {
  const { dir, case: golden } = await loadCase(name);
  const bytes = await readFile(join(dir, golden.files[0]!.file));
  return modelFromCheckpoint(await readCheckpoint(new Blob([bytes])), { onProgress });
}

it("modelFromCheckpoint reads only what a resolution needs, and counts to the total", async () => {
  const seen: number[] = [];
  const model = await open("ckpt-sg2ada-pkl", ({ loaded }) => seen.push(loaded));
  const first = await model.parametersFor(4);
  expect(first.has("synthesis.b4.const") && first.has("mapping.w_avg")).toBe(true);
  expect(first.has("synthesis.b8.conv0.weight")).toBe(false);
  expect(model.progress.loaded).toBeLessThan(model.progress.total);
  const all = await model.parametersFor(model.resolution);
  expect(all.get("synthesis.b4.const")).toBe(first.get("synthesis.b4.const"));
  expect(model.progress.loaded).toBe(model.progress.total);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

it("modelFromCheckpoint keeps the constructor's arguments of a conditional snapshot", async () => {
  const model = await open("ckpt-sg2ada-pkl-cond");
  expect(model.config).toMatchObject({
    c_dim: 3,
    synthesis_kwargs: { architecture: "resnet", conv_clamp: 256 },
  });
});
