import { describe, expect, it } from "vitest";
import { fnv1a, hashNormal, hashUniform } from "../../../lib/random/hashNormal.js";

describe("hashNormal", () => {
  it("gives the numbers of a float64 implementation in numpy, rounded to float32", () => {
    const z = hashNormal("book-public/z", 1024);
    expect([z[0], z[1], z[2], z[1023]]).toEqual([
      -0.1678539216518402, -0.009200000204145908, 0.7826089262962341, -0.008288828656077385,
    ]);
    expect(hashNormal("book-public/synthesis.b4.conv1.affine.bias", 8, 1, 0.1)[7]).toBe(0.9302607774734497);
    expect(hashNormal("noise/ä", 3_000_001)[3_000_000]).toBe(-0.21664078533649445);
  });

  it("is standard normal", () => {
    const x = hashNormal("moments", 200_000);
    const moment = (k: number) => x.reduce((sum, v) => sum + v ** k, 0) / x.length;
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
  });
});

describe("hashUniform", () => {
  it("lies strictly between 0 and 1, with mean 1/2", () => {
    const u = hashUniform("uniform", 100_000);
    expect(Math.min(...u.subarray(0, 1000)) > 0 && Math.max(...u.subarray(0, 1000)) < 1).toBe(true);
    expect(u.reduce((a, b) => a + b) / u.length).toBeCloseTo(0.5, 2);
  });
});

describe("fnv1a", () => {
  it("hashes UTF-8 bytes", () => {
    expect(fnv1a("noise/a")).toBe(1641957729);
    expect(fnv1a("")).toBe(0x811c9dc5);
  });
});
