/** The worker that trains in a page: carries messages between the page and the trainer. */
import * as tf from "@tensorflow/tfjs-core";
import { nextTurn } from "../networks/run.js";
import { Trainer } from "./trainer.js";
import type { TrainerRequest, TrainerResponse } from "./trainerProtocol.js";
import { wasmTier, type WasmPackage } from "./wasmTier.js";

interface WorkerScope {
  postMessage(message: TrainerResponse): void;
  onmessage: ((event: MessageEvent<TrainerRequest>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const send = (response: TrainerResponse) => scope.postMessage(response);

/** WebAssembly, else plain JavaScript, which is slower but goes everywhere. */
async function startBackend(site: string): Promise<{ device: string; tried: string | null }> {
  try {
    const load = () =>
      import("@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js") as Promise<WasmPackage>;
    // The tensors are small: a second thread would only be waited for.
    const { device } = await wasmTier(load, `${site}wasm/`, 1).start();
    return { device, tried: null };
  } catch (error) {
    await import("@tensorflow/tfjs-backend-cpu");
    if (!(await tf.setBackend("cpu"))) throw error;
    await tf.ready();
    return { device: "JavaScript, slowly", tried: error instanceof Error ? error.message : String(error) };
  }
}

const trainer = new Trainer({ send, breathe: nextTurn });
let ready: Promise<void> = Promise.resolve();

scope.onmessage = ({ data }) => {
  if (data.kind === "start")
    ready = startBackend(data.site).then(
      (started) => send({ kind: "started", ...started }),
      (error: unknown) => {
        send({ kind: "failed", sentence: `Nothing on this machine can train: ${String(error)}.` });
        throw error;
      },
    );
  else
    ready.then(
      () => trainer.receive(data),
      () => undefined, // told already
    );
};
