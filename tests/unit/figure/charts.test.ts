import { describe, expect, it } from "vitest";
import { comparePictures } from "../../../lib/figure/difference.js";
import { formatBytes, formatCount, formatDuration, formatValue } from "../../../lib/figure/format.js";
import { powersOfTen } from "../../../lib/figure/histogram.js";
import { layerDeviation, logDomain } from "../../../lib/figure/layer-chart.js";
import { describeStage, momentDomains } from "../../../lib/figure/moments.js";

const statistics = (mean: number[], std: number[]) => {
  const [m, s] = [Float32Array.from(mean), Float32Array.from(std)];
  return { mean: m, std: s, min: m, max: m, peak: s };
};

describe("layerDeviation", () => {
  it("is the root mean square of the channels' standard deviations", () => {
    expect(layerDeviation({ std: Float32Array.of(3, 4, 0, 0) })).toBeCloseTo(2.5);
    expect(layerDeviation({ std: new Float32Array(7).fill(1) })).toBe(1);
  });
});

describe("axes", () => {
  it("hold all positive values between powers of ten", () => {
    const [low, high] = logDomain([0.3, 40, -1, NaN]);
    expect(low).toBeLessThan(0.1);
    expect(high).toBe(100);
    expect(logDomain([])[1]).toBe(10);
    expect(logDomain([1, 1])[1]).toBe(10);
  });

  it("hold every mean, zero, and every standard deviation of all stages", () => {
    const { mean, std } = momentDomains([
      { label: "a", statistics: statistics([2, 4], [1, 2]) },
      { label: "b", statistics: statistics([-1, NaN], [5, 0]) },
    ]);
    expect(mean[0]).toBeLessThan(-1);
    expect(mean[1]).toBeGreaterThan(4);
    expect(std).toEqual([0, 5.25]);
  });

  it("count pixels in powers of ten, a handful of them", () => {
    expect(powersOfTen(2000)).toEqual([0, 1, 10, 100, 1000]);
    expect(powersOfTen(1048576).length).toBeLessThanOrEqual(5);
  });
});

describe("describeStage", () => {
  it("says how far means and standard deviations reach", () => {
    const text = describeStage({ label: "normalized", statistics: statistics([0, 0], [1, 1]) });
    expect(text).toBe("normalized: 2 channels, means 0 to 0, standard deviations 1.00 to 1.00");
  });
});

describe("comparePictures", () => {
  it("measures the distance of each pixel, its mean and the PSNR, whatever alpha says", () => {
    const a = Uint8ClampedArray.of(10, 20, 30, 255, 0, 0, 0, 255);
    const b = Uint8ClampedArray.of(13, 20, 30, 0, 0, 0, 0, 255);
    const { distance, mean, most, psnr } = comparePictures(a, b);
    expect([...distance]).toEqual([1, 0]);
    expect([mean, most]).toEqual([0.5, 1]);
    expect(psnr).toBeCloseTo(10 * Math.log10(255 ** 2 / (9 / 6)));
    expect(comparePictures(a, a).psnr).toBe(Infinity);
  });

  it("refuses pictures of different sizes", () => {
    expect(() => comparePictures(new Uint8ClampedArray(4), new Uint8ClampedArray(8))).toThrow(
      /4 and 8 bytes/,
    );
  });
});

describe("numbers in figures", () => {
  it("have three significant places, a true minus, and exponents only when they must", () => {
    expect([0, -0.03141, 2.3456, -123.45, 12345.6, 1e-7, 2e9].map(formatValue)).toEqual([
      "0",
      "−0.031",
      "2.35",
      "−123.5",
      "12,346",
      "1e−7",
      "2e+9",
    ]);
    expect([NaN, -Infinity].map(formatValue)).toEqual(["not a number", "−∞"]);
  });

  it("have units", () => {
    expect(formatBytes(28_340_000)).toBe("28.3 MB");
    expect(formatBytes(812_345)).toBe("812 kB");
    expect([formatDuration(36.4), formatDuration(4321), formatDuration(80_120)]).toEqual([
      "36 ms",
      "4.32 s",
      "80.1 s",
    ]);
    expect([formatCount(26_200_000), formatCount(512)]).toEqual(["26.2 M", "512"]);
  });
});
