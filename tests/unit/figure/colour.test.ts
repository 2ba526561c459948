import { describe, expect, it } from "vitest";
import { divergingScale, sequentialScale, TABLE_SIZE, tableIndex } from "../../../lib/figure/colour.js";
import { maxMagnitude, paint, robustMagnitude } from "../../../lib/figure/paint.js";

const rgb = (text: string) => text.match(/\d+/g)!.map(Number) as [number, number, number];
const luma = ([r, g, b]: readonly number[]) => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

describe("the diverging scale", () => {
  it("gives zero the middle of its table, in both themes", () => {
    expect(tableIndex(0, -3, 3)).toBe((TABLE_SIZE - 1) / 2);
    expect(luma(rgb(divergingScale(3, "light").colour(0)))).toBeGreaterThan(235);
    expect(luma(rgb(divergingScale(3, "dark").colour(0)))).toBeLessThan(40);
  });

  it("is blue below zero and orange above", () => {
    for (const theme of ["light", "dark"] as const) {
      const scale = divergingScale(1, theme);
      const [r, , b] = rgb(scale.colour(-0.6));
      const [R, , B] = rgb(scale.colour(0.6));
      expect(b).toBeGreaterThan(r);
      expect(R).toBeGreaterThan(B);
    }
  });

  it("clamps what lies beyond its domain", () => {
    const scale = divergingScale(2);
    expect(scale.colour(99)).toBe(scale.colour(2));
    expect(scale.colour(-99)).toBe(scale.colour(-2));
  });

  it("refuses a magnitude that spans nothing", () => {
    for (const bad of [0, -1, NaN, Infinity]) expect(() => divergingScale(bad)).toThrow(RangeError);
  });
});

describe("the sequential scale", () => {
  it("grows lighter all the way", () => {
    const scale = sequentialScale(10);
    const lumas = Array.from({ length: 11 }, (_, i) => luma(rgb(scale.colour(i))));
    for (let i = 1; i < lumas.length; ++i) expect(lumas[i]).toBeGreaterThan(lumas[i - 1]!);
  });

  it("refuses an empty domain", () => {
    expect(() => sequentialScale(1, 1)).toThrow(/low < high/);
  });
});

describe("paint", () => {
  it("writes opaque RGBA of the same colours as the scale, from an offset", () => {
    const scale = divergingScale(1);
    const out = new Uint8ClampedArray(8);
    paint(Float32Array.of(9, 9, -1, 0.5), scale, out, 2, 2);
    expect([...out.slice(0, 3)]).toEqual(rgb(scale.colour(-1)));
    expect([...out.slice(4, 7)]).toEqual(rgb(scale.colour(0.5)));
    expect([out[3], out[7]]).toEqual([255, 255]);
  });

  it("shows values that are not finite in a colour of their own", () => {
    const out = new Uint8ClampedArray(8);
    paint(Float32Array.of(NaN, Infinity), divergingScale(1), out);
    expect([...out]).toEqual([255, 0, 255, 255, 255, 0, 255, 255]);
  });

  it("refuses a picture too small for its values", () => {
    expect(() => paint(new Float32Array(2), divergingScale(1), new Uint8ClampedArray(7))).toThrow(
      /8 bytes, not 7/,
    );
  });
});

describe("robustMagnitude", () => {
  it("passes over a few spikes, which maxMagnitude does not", () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i < 990 ? (i % 7) - 3 : 500));
    expect(robustMagnitude(values, 0.98)).toBe(3);
    expect(maxMagnitude(values)).toBe(500);
  });

  it("falls back on the largest value when nearly all are zero, and on 1 when all are", () => {
    const spike = new Float32Array(1000);
    spike[17] = -4;
    expect(robustMagnitude(spike)).toBe(4);
    expect(robustMagnitude(new Float32Array(9))).toBe(1);
    expect(maxMagnitude(Float32Array.of(NaN, 2, -Infinity))).toBe(2);
  });
});
