/** Lets Dawn in Node compute without a graphics card, on the SwiftShader that comes with Chromium. */
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findChromium } from "./browser/chromium.js";

/** Where Debian's package keeps what its launcher, a script elsewhere, starts. */
const DEBIAN = "/usr/lib/chromium";

/**
 * The environment that a process needs from its start, since the dynamic linker reads it then. Chromium brings a
 * Vulkan loader beside its driver, so that the machine needs none.
 *
 * Empty where Dawn needs no Vulkan (macOS, Windows), where `VK_ICD_FILENAMES` names a driver already, and where
 * Chromium brings none: Dawn then uses what the machine has.
 */
export function vulkanEnvironment(): Record<string, string> {
  const { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries } = process.env;
  if (process.platform !== "linux" || driver !== undefined) return {};
  const folder = [DEBIAN, dirname(realpathSync(findChromium()))].find(
    (path) => existsSync(join(path, "libvulkan.so.1")) && existsSync(join(path, "vk_swiftshader_icd.json")),
  );
  if (folder === undefined) return {};
  return {
    VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: libraries ? `${folder}:${libraries}` : folder,
  };
}

/**
 * Runs this very command again where its environment lacks something for WebGPU.
 *
 * @returns the exit code of that run; null where nothing was lacking, and the command goes on itself
 */
export function runWithVulkan(): number | null {
  const environment = vulkanEnvironment();
  if (Object.keys(environment).length === 0) return null;
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  return status ?? 1;
}
