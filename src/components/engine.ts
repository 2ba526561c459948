import { EngineClient } from "../lib/engine/client.js";
import { siteRoot } from "./site.js";

let shared: EngineClient | null = null;

/**
 * The page's engine; all its figures share one worker. In the page's address, `?backend=wasm` leaves WebGPU out, and
 * `?threads=2` asks for that many WebAssembly threads.
 */
export function openEngine(): EngineClient {
  const asked = new URL(location.href).searchParams;
  const prefer = asked.get("backend") === "wasm" ? "wasm" : null;
  const threads = /^[1-9]$/.exec(asked.get("threads") ?? "")?.[0];
  shared ??= new EngineClient({ site: siteRoot(), prefer, ...(threads && { threads: Number(threads) }) });
  return shared;
}

// Starts with this module, which a built page asks for before all others: code and device come up while the page does.
openEngine();
