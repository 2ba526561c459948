import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { hashUniform } from "../../../lib/random/hashNormal.js";
import { sha256Hex, sha256Plain } from "../../../lib/weights/sha256.js";

it("sha256Plain agrees with Node's SHA-256 at every length around a block", async () => {
  const bytes = Uint8Array.from(hashUniform("sha", 300), (u) => u * 256);
  for (let length = 0; length <= 300; ++length) {
    const expected = createHash("sha256").update(bytes.subarray(0, length)).digest("hex");
    expect(Buffer.from(sha256Plain(bytes.subarray(0, length))).toString("hex")).toBe(expected);
    expect(await sha256Hex(bytes.subarray(0, length))).toBe(expected);
  }
});
