import type { TrainerRequest, TrainerResponse } from "./trainerProtocol.js";

/** What of a Worker is used; tests bring their own. */
export interface TrainerWorker {
  postMessage(request: TrainerRequest): void;
  onmessage: ((event: MessageEvent<TrainerResponse>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

/**
 * A trainer in a worker of its own. The worker and what it loads (some megabytes) start with the first request.
 *
 * @param site address of the site's root, with a slash at its end: where `wasm/` is
 */
export class TrainerClient {
  #worker: TrainerWorker | null = null;

  constructor(
    private readonly site: string,
    private readonly onResponse: (response: TrainerResponse) => void,
    private readonly createWorker: () => TrainerWorker = moduleWorker,
  ) {}

  send(request: Exclude<TrainerRequest, { kind: "start" }>): void {
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage(request);
    } catch (error) {
      this.#broken(error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends the worker; the next request starts another. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #start(): TrainerWorker {
    const worker = this.createWorker();
    worker.onmessage = ({ data }) => this.onResponse(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#broken(event.message);
    };
    worker.postMessage({ kind: "start", site: this.site });
    return worker;
  }

  #broken(reason: string | undefined): void {
    this.close();
    const why = reason ? ` (${reason.replace(/^Uncaught /, "")})` : "";
    this.onResponse({
      kind: "failed",
      sentence: `The worker that trains broke down${why}. Reset to begin anew.`,
    });
  }
}

/** Framework rewrites `import.meta.resolve` of a local module to the address of its built file. */
function moduleWorker(): TrainerWorker {
  return new Worker(import.meta.resolve("./trainerWorker.js"), {
    type: "module",
  }) as unknown as TrainerWorker;
}
