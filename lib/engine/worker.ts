/** The engine's worker: carries messages between the page and the session. */
import type { Tier } from "./backend.js";
import type { Request } from "./protocol.js";
import { Session, type StartRequest } from "./session.js";
import { type WasmPackage, wasmTier } from "./wasmTier.js";
import { webgpuTier } from "./webgpuTier.js";

/** What of a worker's global scope is used. */
interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Request>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;

// The package's other builds import Node's modules when they are bundled for the page.
const loadWasm = () =>
  import("@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js") as Promise<WasmPackage>;

function tiers({ site, prefer, threads }: StartRequest): readonly Tier[] {
  const wasm = wasmTier(loadWasm, `${site}wasm/`, threads);
  return prefer === "wasm" ? [wasm] : [webgpuTier, wasm];
}

const session = new Session({ tiers, send: (response, transfer) => scope.postMessage(response, transfer) });
scope.onmessage = ({ data }) => session.receive(data);
