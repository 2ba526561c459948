import { describe, expect, it } from "vitest";
import { freeModelId, modelId } from "../../../lib/weights/modelId.js";

describe("modelId", () => {
  it.each([
    ["network-snapshot-000123.pkl", "network-snapshot-000123"],
    ["C:\\models\\My FFHQ (1024).pt", "my-ffhq-1024"],
    ["/tmp/stylegan2-config-f.v2.pkl", "stylegan2-config-f-v2"],
    ["Моя модель.pkl", "model"],
    [".pkl", "model"],
    ["", "model"],
  ])("makes an id of %s", (file, id) => expect(modelId(file)).toBe(id));

  it("stays within what a file name may hold", () => {
    expect(modelId(`${"long name ".repeat(40)}.pkl`)).toMatch(/^[a-z0-9-]{1,80}$/);
  });
});

describe("freeModelId", () => {
  it("numbers the ids that are taken", () => {
    expect(freeModelId("a", new Set())).toBe("a");
    expect(freeModelId("a", new Set(["a"]))).toBe("a-2");
    expect(freeModelId("a", new Set(["a", "a-2"]))).toBe("a-3");
  });
});
