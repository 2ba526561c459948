import { describe, expect, it } from "vitest";
import {
  extremeSeeds,
  seedsIn,
  spreadOfChannels,
  type StyleSample,
} from "../../../../src/components/chapters/adain-style-samples.js";

const sample = (seed: number, scale: number[], shift: number[]): StyleSample => ({
  seed,
  scale: Float32Array.from(scale),
  shift: Float32Array.from(shift),
});
const SAMPLES = [sample(0, [1, 5], [0, 2]), sample(1, [3, 5], [4, 2]), sample(2, [-1, 8], [2, 2])];

describe("spreadOfChannels", () => {
  it("gives each channel the mean and the standard deviation of its style over the seeds", () => {
    const [first, second] = spreadOfChannels(SAMPLES);
    expect(first!.scale).toEqual({ mean: 1, std: Math.sqrt(8 / 3) });
    expect(first!.shift.mean).toBe(2);
    expect(second!.scale.mean).toBe(6);
    expect(second!.shift).toEqual({ mean: 2, std: 0 });
    expect(spreadOfChannels([])).toEqual([]);
  });
});

describe("extremeSeeds", () => {
  it("begins with the most extreme seed of either end, and of two alike with the lower seed", () => {
    expect(extremeSeeds(SAMPLES, 0, "low", 2)).toEqual([2, 0]);
    expect(extremeSeeds(SAMPLES, 0, "high", 2)).toEqual([1, 0]);
    expect(extremeSeeds(SAMPLES, 1, "low", 2)).toEqual([0, 1]);
  });
});

describe("seedsIn", () => {
  it("reads the seeds of an address, each once", () => {
    expect(seedsIn("3,17,199,3", 200, 8)).toEqual([3, 17, 199]);
  });
  it("refuses other texts, seeds beyond the last one, and too many", () => {
    for (const text of ["", "low", "3,", "3;4", "-1", "1.5", "200"]) expect(seedsIn(text, 200, 8)).toBeNull();
    expect(seedsIn("1,2,3", 200, 2)).toBeNull();
  });
});
