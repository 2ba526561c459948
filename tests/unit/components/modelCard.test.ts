import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cardTables, type CardMetrics } from "../../../src/components/model-card.js";

const metrics = (id: string): CardMetrics => {
  const file = new URL(`../../../data/weights/${id}/manifest.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { card: { metrics: CardMetrics } }).card.metrics;
};

describe("cardTables", () => {
  it.each(["portraits-lite-sg1", "portraits-lite-sg2"])("shows every figure of %s, none undefined", (id) => {
    const tables = cardTables(metrics(id));
    expect(new Set(tables.map(({ name }) => name)).size).toBe(5);
    for (const { head, rows } of tables) {
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row).toHaveLength(head.length);
        expect(row.join()).not.toMatch(/undefined|NaN/);
      }
    }
  });

  it("says a figure with its standard error, rounded", () => {
    const estimate = { mean: 28.137, error: 0.0789 };
    const fidelity = { psnr: estimate, psnr_face: estimate, ssim: estimate, ssim_face: estimate, baseline: estimate, baseline_face: estimate, count: 3, band_energy_ratio: { 16: 0.5 }, psnr_by_resolution: {} }; // prettier-ignore
    const [first, levels] = cardTables({ fidelity });
    expect(first!.rows[0]).toEqual(["PSNR, dB", "28.1 ± 0.1", "28.1 ± 0.1"]);
    expect(levels!.rows).toEqual([["16", "–", "0.50", "–", "–"]]);
  });

  it("leaves out what was not measured", () => {
    expect(cardTables({})).toEqual([]);
  });
});
