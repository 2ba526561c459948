import { expect, inject, test } from "vitest";
import { launch } from "./chromium.js";
import { visit } from "./visit.js";

/** A graphics driver that computes demodulation one in fifty too large; it runs in front of the worker's own code. */
const WRONG = `
  if (globalThis.GPUDevice) {
    const create = GPUDevice.prototype.createShaderModule;
    GPUDevice.prototype.createShaderModule = function (descriptor) {
      const code = descriptor.code.replace("inverseSqrt(energy)", "inverseSqrt(energy) * 1.02");
      return create.call(this, { ...descriptor, code });
    };
  }
`;

test("kernels that compute wrong numbers are left for the stock operations, and the status line says so", async () => {
  const browser = await launch({ webgpu: true });
  const { page, faults, close } = await visit(browser, `${inject("site")}chapters/weight-demodulation`, {
    prepare: (page) =>
      page.route(/engine\/worker\.[0-9a-f]+\.js/, async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: WRONG + (await response.text()) });
      }),
  });
  const badge = page.locator("figure.book-figure .badge").first();
  await expect
    .poll(() => badge.textContent(), { timeout: 300_000 })
    .toMatch(
      /^WebGPU.*\(without its fast kernels: .*computed wrong numbers in the start-up test .*relative error 0\.0/,
    );
  expect(faults).toEqual([]);
  await close();
  await browser.close();
});
