/** Finds a Chromium for the browser tests, installs one where the machine's package manager can, or says so. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

function onPath(name: string): string | null {
  const { status, stdout } = spawnSync("which", [name], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

function installed(): string | null {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  for (const name of NAMES) {
    const path = onPath(name);
    if (path !== null) return path;
  }
  return PLACES.find((path) => existsSync(path)) ?? null;
}

function installWithApt(): void {
  if (process.getuid?.() !== 0 || onPath("apt-get") === null) return;
  console.log("no Chromium found: installing Debian's");
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["update"], { stdio: "inherit", env: environment });
  spawnSync(
    "apt-get",
    ["install", "-y", "--no-install-recommends", "chromium", "libegl1", "fonts-dejavu-core"],
    {
      stdio: "inherit",
      env: environment,
    },
  );
}

/**
 * @returns the path of a Chromium or Chrome
 * @throws one sentence, when there is none and none can be installed
 */
export function findChromium(): string {
  const found = installed();
  if (found !== null) return found;
  installWithApt();
  const now = installed();
  if (now === null)
    throw new Error("the browser tests need Chromium or Chrome: install one, or name it in CHROME_PATH");
  return now;
}

const QUIET = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-quic",
];

/** SwiftShader, a GPU in software, so that WebGPU runs on any machine. */
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
const NO_WEBGPU = ["--disable-gpu", "--disable-features=WebGPU", "--disable-blink-features=WebGPU"];

export function launch({ webgpu }: { webgpu: boolean }): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [...QUIET, ...(webgpu ? WEBGPU : NO_WEBGPU)],
  });
}
