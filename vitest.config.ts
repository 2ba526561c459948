import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    poolOptions: { forks: { maxForks: 2 } },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["tests/unit/**/*.test.ts"], exclude: ["tests/unit/webgpu/**"] },
      },
      {
        extends: true,
        test: {
          name: "webgpu",
          include: ["tests/unit/webgpu/**/*.test.ts"],
          // a graphics card in software compiles slowly, and shares the processor
          poolOptions: { forks: { singleFork: true } },
          testTimeout: 600_000,
          hookTimeout: 600_000,
          globalSetup: ["tests/unit/webgpu/global-setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          poolOptions: { forks: { singleFork: true } },
          testTimeout: 600_000,
          hookTimeout: 600_000,
          globalSetup: ["tests/browser/global-setup.ts"],
        },
      },
    ],
  },
});
