/** The kernels' tests need a Vulkan loader and, where there is no graphics card, the SwiftShader of Chromium. */
import { spawnSync } from "node:child_process";
import { findChromium } from "../../browser/chromium.js";

export default function setup(): void {
  findChromium();
  const has = () => spawnSync("sh", ["-c", "ldconfig -p | grep -q libvulkan.so.1"]).status === 0;
  if (process.platform !== "linux" || has() || process.getuid?.() !== 0) return;
  console.log("no Vulkan loader found: installing Debian's");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "libvulkan1"], { stdio: "inherit", env });
}
