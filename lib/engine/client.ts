import type { Experiment } from "../experiment/experiment.js";
import type { Manifest } from "../weights/manifest.js";
import type { WriteOptions, WrittenShard } from "../weights/write.js";
import type { Engine, ReaderEngine } from "./client-contract.js";
import { EngineFailure } from "./failure.js";
import type {
  BackendName,
  BackendReport,
  BroughtReport,
  Measure,
  ModelReport,
  Progress,
  Request,
  Response,
  View,
  Want,
} from "./protocol.js";

/** What of a Worker is used; tests bring their own. */
export interface EngineWorker {
  postMessage(request: Request): void;
  onmessage: ((event: MessageEvent<Response>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

export interface ClientOptions {
  /** Address of the site's root, with a slash at its end: where `weights/` and `wasm/` are. */
  readonly site: string;
  /** "wasm": do not try WebGPU. */
  readonly prefer?: BackendName | null;
  /** WebAssembly threads; by default one a core, up to 8. */
  readonly threads?: number;
  readonly createWorker?: () => EngineWorker;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly views: View[];
  readonly onView?: ((view: View) => void) | undefined;
  readonly onShard?: ((shard: WrittenShard) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What the answers to a request are told to, and how it is given up. */
type Listening = Pick<Waiting, "onView" | "onShard" | "onProgress"> & { readonly signal?: AbortSignal };

/** An engine in a worker of its own. */
export class EngineClient implements Engine, ReaderEngine {
  readonly #worker: EngineWorker | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #start!: { resolve: (report: BackendReport) => void; reject: (failure: EngineFailure) => void };
  #backend: Promise<BackendReport>;
  #broken: EngineFailure | null = null;
  #last = 0;

  constructor({ site, prefer = null, threads, createWorker = moduleWorker }: ClientOptions) {
    this.#backend = new Promise((resolve, reject) => (this.#start = { resolve, reject }));
    this.#backend.catch(() => undefined); // whoever needs the back end sees it
    try {
      this.#worker = createWorker();
      this.#worker.onmessage = ({ data }) => this.#receive(data);
      this.#worker.onerror = (event) => {
        event.preventDefault?.();
        this.#break(workerFailure(event.message));
      };
      this.#worker.postMessage({ kind: "start", site, prefer, ...(threads && { threads }) });
    } catch (error) {
      this.#break(workerFailure(error instanceof Error ? error.message : String(error)));
    }
  }

  /** The back end in use; another one after the first was lost. */
  get backend(): Promise<BackendReport> {
    return this.#backend;
  }

  describe(model: string): Promise<ModelReport> {
    return this.#ask((id) => ({ kind: "describe", id, model })) as Promise<ModelReport>;
  }

  bring(
    name: string,
    file: File,
    options: { signal?: AbortSignal; onProgress?: (progress: Progress) => void } = {},
  ): Promise<BroughtReport> {
    return this.#ask((id) => ({ kind: "bring", id, name, file }), options) as Promise<BroughtReport>;
  }

  write(
    model: string,
    options: WriteOptions,
    events: { onShard: (shard: WrittenShard) => void; signal?: AbortSignal },
  ): Promise<Manifest> {
    return this.#ask((id) => ({ kind: "write", id, model, options }), events) as Promise<Manifest>;
  }

  forget(model: string): void {
    this.#worker?.postMessage({ kind: "forget", model });
  }

  render(
    experiment: Experiment,
    wants: readonly Want[],
    options: {
      signal?: AbortSignal;
      onView?: (view: View) => void;
      onProgress?: (progress: Progress) => void;
      measure?: Measure;
    } = {},
  ): Promise<{ readonly views: readonly View[]; readonly milliseconds: number }> {
    const { measure, ...listening } = options;
    const asked = this.#ask(
      (id) => ({ kind: "render", id, experiment, wants, ...(measure && { measure }) }),
      listening,
    );
    return asked as Promise<{ views: View[]; milliseconds: number }>;
  }

  /** Ends the worker; whoever waits gets a failure. */
  close(): void {
    this.#worker?.terminate();
    this.#break(new EngineFailure("internal", "The engine was closed."));
  }

  async #ask(request: (id: number) => Request, listening: Listening = {}): Promise<unknown> {
    const { signal, onView, onShard, onProgress } = listening;
    signal?.throwIfAborted();
    const id = ++this.#last;
    const cancel = () => {
      // The answer to the reader is at once; the worker's own comes when it has finished its layer.
      this.#waiting.get(id)?.reject(abortError(signal!));
      this.#waiting.delete(id);
      this.#worker?.postMessage({ kind: "cancel", id });
    };
    const promise = new Promise<unknown>((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      this.#waiting.set(id, {
        resolve: resolve as Waiting["resolve"],
        reject,
        views: [],
        onView,
        onShard,
        onProgress,
      });
      this.#worker!.postMessage(request(id));
    });
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  #receive(response: Response): void {
    if (response.kind === "started") {
      this.#start.resolve(response.backend);
      this.#backend = Promise.resolve(response.backend);
      return;
    }
    if (response.kind === "failed" && response.id === null) {
      this.#start.reject(new EngineFailure(response.failure.kind, response.failure.sentence));
      return;
    }
    const waiting = this.#waiting.get(response.id!);
    if (!waiting) return; // nobody waits any longer
    switch (response.kind) {
      case "view":
        waiting.views.push(response.view);
        waiting.onView?.(response.view);
        return;
      case "progress":
        if (response.progress.kind === "again") waiting.views.length = 0;
        waiting.onProgress?.(response.progress);
        return;
      case "shard":
        waiting.onShard?.(response.shard);
        return;
      case "brought":
        waiting.resolve(response.report as never);
        break;
      case "written":
        waiting.resolve(response.manifest as never);
        break;
      case "described":
        waiting.resolve(response.model as never);
        break;
      case "done":
        waiting.resolve({ views: waiting.views, milliseconds: response.milliseconds } as never);
        break;
      case "cancelled":
        waiting.reject(abortError());
        break;
      case "failed":
        waiting.reject(new EngineFailure(response.failure.kind, response.failure.sentence));
        break;
    }
    this.#waiting.delete(response.id!);
  }

  #break(failure: EngineFailure): void {
    this.#broken = failure;
    this.#start.reject(failure);
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}

/** Framework rewrites `import.meta.resolve` of a local module to the address of its built file. */
function moduleWorker(): EngineWorker {
  return new Worker(import.meta.resolve("./worker.js"), { type: "module" }) as unknown as EngineWorker;
}

function abortError(signal?: AbortSignal): Error {
  const reason: unknown = signal?.reason;
  if (reason instanceof Error) return reason;
  return new DOMException("the render was cancelled", "AbortError");
}

function workerFailure(message: string | undefined): EngineFailure {
  const why = message ? ` (${message.replace(/^Uncaught /, "")})` : "";
  return new EngineFailure(
    "internal",
    `The engine's worker could not be started or broke down${why}; reload the page to try again.`,
  );
}
