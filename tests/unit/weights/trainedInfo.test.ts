import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../../lib/weights/manifest.js";
import { trainedUpTo } from "../../../lib/weights/trainedInfo.js";

describe("trainedUpTo", () => {
  it("is the highest resolution of any stage's views", () => {
    const stages = [{ top: 64 }, { views: ["32:0:8"] }, { views: ["64:32:8", "256:96:5"] }];
    expect(trainedUpTo({ trained: { stages } })).toBe(256);
    expect(trainedUpTo({ trained: { stages: [{ top: 64, batch: 16 }] } })).toBe(64);
  });

  it("is unknown where the manifest does not say", () => {
    expect(trainedUpTo({ trained: null })).toBeNull();
    expect(trainedUpTo({})).toBeNull();
    expect(trainedUpTo({ trained: { stages: [{ minutes: 3 }] } })).toBeNull();
  });

  it.each(["portraits-lite-sg1", "portraits-lite-sg2"])("is known of the shipped %s", (id) => {
    const text = readFileSync(new URL(`../../../data/weights/${id}/manifest.json`, import.meta.url), "utf8");
    expect(trainedUpTo(parseManifest(JSON.parse(text)))).toBeGreaterThanOrEqual(64);
  });
});
