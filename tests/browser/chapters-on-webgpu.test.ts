import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { seededManifest } from "../models.js";
import { launch } from "./chromium.js";
import { LONG, pixelsOf, ready, type } from "./figures.js";
import { visit } from "./visit.js";

/**
 * Stand-ins for the book's trained models, of 256 x 256 and few channels: what a graphics device in software computes
 * in seconds. Whether WebGPU's numbers are right is tested elsewhere.
 */
const NARROW = [
  seededManifest(
    "portraits-lite-sg1",
    "stylegan1",
    { resolution: 256, z_space_dim: 512, w_space_dim: 512, mapping_layers: 8, mapping_fmaps: 512, fmaps_base: 1024, fmaps_max: 8 },
    "narrow",
  ),
  seededManifest(
    "portraits-lite-sg2",
    "stylegan2",
    {
      z_dim: 512, c_dim: 0, w_dim: 512, img_resolution: 256, img_channels: 3, mapping_kwargs: { num_layers: 8 },
      synthesis_kwargs: { channel_base: 1024, channel_max: 8, num_fp16_res: 0 },
    },
    "narrow",
  ),
]; // prettier-ignore

/** Each chapter, and its figures that run the network at once. */
const CHAPTERS = {
  adain: ["generator", "steps", "statistics", "maps", "swap", "edit", "off"],
  "droplet-artifacts": ["generator", "knob", "maps", "painted", "strength"],
  "weight-demodulation": ["generator", "forms", "switch", "runs"],
  "lod-blending": ["generator", "fresh", "branches", "skip"],
  "path-length": ["generator", "steps", "direction"],
} as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launch({ webgpu: true });
});
afterAll(() => browser.close());

async function narrow(page: Page): Promise<void> {
  for (const manifest of NARROW)
    await page.route(`**/weights/${manifest.id}/manifest.json`, (route) => route.fulfill({ json: manifest }));
}

describe("on WebGPU, the figures run", () => {
  test.each(Object.entries(CHAPTERS))(
    "of the chapter %s, and again for another seed",
    async (chapter, figures) => {
      const { page, faults, close } = await visit(browser, `${inject("site")}chapters/${chapter}`, {
        prepare: narrow,
      });
      for (const id of figures) {
        const figure = await ready(page, id);
        expect(await figure.locator(".badges").innerText(), id).toMatch(/WebGPU/);
      }
      const picture = page.locator("#generator canvas").first();
      const before = await pixelsOf(picture);
      await type(page.locator("#generator"), /^seed/, 5);
      await expect.poll(() => pixelsOf(picture), LONG).not.toBe(before);
      for (const id of figures) await ready(page, id);
      expect(faults).toEqual([]);
      await close();
    },
  );
});
