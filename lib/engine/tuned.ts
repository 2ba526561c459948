import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { DIVISIONS, isSoftware, useDivision, type DivisionName } from "../webgpu/tiling.js";
import { tune } from "../webgpu/tuning.js";

const CACHE_NAME = "inside-stylegan-tuning";

/** Another number where the programs have changed, so that devices are measured anew. */
const VERSION = 1;

/** The part of Cache Storage that is used. */
export type TuningCache = Pick<Cache, "match" | "put">;

/**
 * Has a device's convolutions be divided as was measured to be fastest on it: once, on the first visit; later ones
 * read what this browser kept. Devices in software, and browsers that keep nothing, go on with what is usual.
 *
 * @param measure see `tune`
 */
export async function useTuned(
  backend: WebGPUBackend,
  info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description">,
  openCache: () => Promise<TuningCache | null> = openTuningCache,
  measure: (backend: WebGPUBackend) => Promise<DivisionName> = tune,
): Promise<void> {
  if (isSoftware(backend)) return;
  try {
    const cache = await openCache();
    if (!cache) return;
    const words = [info.vendor, info.architecture, info.device, info.description].map(encodeURIComponent);
    const key = `https://tuning.invalid/${VERSION}/${words.join("/")}`;
    const known = await (await cache.match(key))?.text();
    if (known !== undefined && Object.hasOwn(DIVISIONS, known)) useDivision(backend, known as DivisionName);
    else await cache.put(key, new Response(await measure(backend)));
  } catch {
    // A device that could not be measured is divided as usual; if it cannot compute, the self-test says so.
  }
}

/** Cache Storage, or null where it is missing or forbidden. */
async function openTuningCache(): Promise<TuningCache | null> {
  return typeof caches === "undefined" ? null : caches.open(CACHE_NAME);
}
