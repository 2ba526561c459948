/**
 * WebGPU through Dawn in Node: our kernels against tfjs's stock operations in turn, and what a pass of 1024x1024 takes
 * of the device.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vulkanEnvironment } from "../vulkan.js";
import type { Row } from "./rows.js";
import { benchWebGPUInBrowser } from "./webgpuInBrowser.js";

/** In Node, and in a browser beside onnxruntime-web. */
export async function benchWebGPU(): Promise<Row[]> {
  return [...inNode(), ...(await benchWebGPUInBrowser())];
}

/** In a process of its own: its back end and its environment are none of the other parts'. */
function inNode(): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    const file = join(folder, "rows.json");
    const script = new URL("webgpuProcess.ts", import.meta.url).pathname;
    const { status } = spawnSync(process.execPath, [...process.execArgv, script, file], {
      stdio: "inherit",
      env: { ...process.env, ...vulkanEnvironment() },
    });
    if (status !== 0) throw new Error(`the benchmark on WebGPU ended with ${status ?? "a signal"}`);
    return JSON.parse(readFileSync(file, "utf8")) as Row[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
