import type { Experiment } from "../experiment/experiment.js";
import {
  type ActiveBackend,
  BACKEND_TITLES,
  chooseBackend,
  type LeftTier,
  stopQuietly,
  type Tier,
} from "./backend.js";
import { EngineFailure, failureOf, isAbort, sentence } from "./failure.js";
import { bring } from "./bring.js";
import type { EngineModel } from "./engineModel.js";
import { disposeQuietly, ModelStore, type ModelStoreOptions } from "./modelStore.js";
import type { BackendName, Measure, Request, Response, Want } from "./protocol.js";
import { render } from "./render.js";
import { selfTest } from "./selfTest.js";
import { transferables } from "./views.js";
import { readerId } from "../weights/keptModels.js";
import { writeModel } from "../weights/write.js";

/** The block that every pass begins with; the mapping network belongs to it. */
const FIRST_RESOLUTION = 4;

/** Bytes of feature maps kept for what the reader does next. */
const DEFAULT_BUDGET = 256 * 2 ** 20;

/** The same on a processor whose machine says nothing of little memory: all but the last map of a full-size network. */
const PROCESSOR_BUDGET = 448 * 2 ** 20;

/** Gigabytes, as browsers round them; a phone has less. */
const AMPLE_MEMORY = 8;

function defaultBudget(backend: BackendName): number {
  const { deviceMemory = AMPLE_MEMORY } = (globalThis.navigator ?? {}) as { deviceMemory?: number };
  return backend === "wasm" && deviceMemory >= AMPLE_MEMORY ? PROCESSOR_BUDGET : DEFAULT_BUDGET;
}

export type StartRequest = Extract<Request, { kind: "start" }>;

export interface SessionOptions extends Partial<Pick<ModelStoreOptions, "fetch" | "cache" | "kept">> {
  /** The back ends to try, best first. */
  readonly tiers: (start: StartRequest) => readonly Tier[];
  readonly send: (response: Response, transfer: ArrayBuffer[]) => void;
  /** Bytes of feature maps to keep per model. */
  readonly budget?: number;
  readonly test?: () => Promise<void>;
}

interface Job {
  readonly id: number;
  readonly experiment: Experiment;
  readonly wants: readonly Want[];
  readonly measure?: Measure;
}

/**
 * The engine itself, whatever carries its messages.
 *
 * 1. `start` chooses a back end and answers which.
 * 2. `describe` is answered from the manifest at once. Renders wait in one queue and run one at a time, in the order
 *    in which they came, so that figures take turns and never need the memory of two passes.
 * 3. `bring` and `write` go on beside the passes: they read files, not the device.
 * 4. `cancel` takes a request out of the queue, ends its pass between two layers, or stops its reading.
 * 5. A pass whose device is lost begins anew on a fresh one; one that loses it twice, or exhausts its memory, goes
 *    on with the next back end, which stays in use. A progress message says so.
 * 6. Every failure is an answer; the session stays usable.
 */
export class Session {
  readonly #queue: { job: Job; abort: AbortController }[] = [];
  #active: { job: Job; abort: AbortController } | null = null;
  /** What `bring` and `write` are at. */
  readonly #errands = new Map<number, AbortController>();
  /** Forgotten, or brought anew, while a pass was running. */
  readonly #forgotten: EngineModel[] = [];
  /** Back ends that failed in use, and are not tried again. */
  readonly #left: LeftTier[] = [];
  #start: StartRequest | null = null;
  #backend: Promise<ActiveBackend> | null = null;
  /** Whether that back end has started. */
  #up = false;
  #models: ModelStore | null = null;

  constructor(private readonly options: SessionOptions) {}

  /** Takes a message of the page. Answers come through `send`; it never throws. */
  receive(request: Request): void {
    switch (request.kind) {
      case "start":
        this.#begin(request);
        break;
      case "describe":
        void this.#describe(request.id, request.model);
        break;
      case "render":
        this.#queue.push({ job: request, abort: new AbortController() });
        void this.#work();
        break;
      case "bring":
        void this.#errand(request.id, (signal) => this.#bring(request, signal));
        break;
      case "write":
        void this.#errand(request.id, (signal) => this.#write(request, signal));
        break;
      case "forget":
        this.#free(this.#models?.forget(request.model));
        break;
      case "cancel":
        this.#cancel(request.id);
        break;
    }
  }

  #begin(request: StartRequest): void {
    const { site } = request;
    this.#start = request;
    const { fetch, cache, kept } = this.options;
    this.#models = new ModelStore({
      site,
      ...(fetch && { fetch }),
      ...(cache !== undefined && { cache }),
      ...(kept !== undefined && { kept }),
    });
    this.#models.onProgress = (model, { loaded, total }) => {
      const job = this.#active?.job;
      if (job?.experiment.model !== model) return;
      const local = model.startsWith("reader:");
      const progress = { kind: "download", loaded, total, ...(local && { local }) } as const;
      this.#send({ kind: "progress", id: job.id, progress });
    };
    this.#ready().catch((error: unknown) =>
      this.#send({ kind: "failed", id: null, failure: failureOf(error).toJSON() }),
    );
  }

  /** The models. @throws {EngineFailure} before `start` */
  get #store(): ModelStore {
    if (this.#models) return this.#models;
    throw new EngineFailure("internal", "The engine was asked for a model before it was started.");
  }

  /** The back end; chosen anew after the last one was given up. */
  #ready(): Promise<ActiveBackend> {
    if (!this.#start)
      throw new EngineFailure("internal", "The engine was asked for a picture before it was started.");
    if (this.#backend) return this.#backend;
    const choice = chooseBackend(this.options.tiers(this.#start), this.options.test ?? selfTest, this.#left);
    this.#backend = choice;
    choice.then(
      (backend) => {
        this.#up = this.#backend === choice;
        this.#send({ kind: "started", backend: backend.report });
        void backend.lost.then(() => {
          if (this.#backend === choice) this.#giveUp();
        });
      },
      () => {
        if (this.#backend === choice) this.#backend = null;
      },
    );
    return choice;
  }

  /** Forgets a back end that can no longer compute; everything on it is gone. */
  #giveUp(): void {
    const backend = this.#backend;
    this.#backend = null;
    this.#up = false;
    this.#models?.clear();
    void backend?.then(stopQuietly, () => undefined);
  }

  #cancel(id: number): void {
    this.#errands.get(id)?.abort();
    if (this.#active?.job.id === id) this.#active.abort.abort();
    const waiting = this.#queue.findIndex(({ job }) => job.id === id);
    if (waiting < 0) return;
    this.#queue.splice(waiting, 1);
    this.#send({ kind: "cancelled", id });
  }

  async #describe(id: number, name: string): Promise<void> {
    try {
      // needs no device: a page can ask for its picture while one is still being started
      this.#send({ kind: "described", id, model: await this.#store.describe(name) });
    } catch (error) {
      this.#send({ kind: "failed", id, failure: failureOf(error).toJSON() });
    }
  }

  /** Does something that does not need the device; whatever comes of it is an answer. */
  async #errand(id: number, work: (signal: AbortSignal) => Promise<Response>): Promise<void> {
    const abort = new AbortController();
    this.#errands.set(id, abort);
    try {
      const response = await work(abort.signal);
      abort.signal.throwIfAborted();
      this.#send(response);
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) this.#send({ kind: "cancelled", id });
      else this.#send({ kind: "failed", id, failure: failureOf(error).toJSON() });
    } finally {
      this.#errands.delete(id);
    }
  }

  async #bring(
    { id, name, file }: Extract<Request, { kind: "bring" }>,
    signal: AbortSignal,
  ): Promise<Response> {
    const model = readerId(name);
    const store = this.#store;
    const { weights, report } = await bring(model, file, {
      signal,
      onFile: (progress) => this.#send({ kind: "progress", id, progress: { kind: "file", ...progress } }),
      onWeights: (progress) => store.onProgress(model, progress),
    });
    signal.throwIfAborted();
    this.#free(store.bring(name, weights));
    return { kind: "brought", id, report };
  }

  async #write(
    { id, model, options }: Extract<Request, { kind: "write" }>,
    signal: AbortSignal,
  ): Promise<Response> {
    const weights = await this.#store.weights(model);
    const { family, config, resolution } = weights;
    try {
      const parameters = await weights.parametersFor(resolution);
      const manifest = await writeModel(family, config, parameters, options, async (shard) => {
        signal.throwIfAborted();
        this.#send({ kind: "shard", id, shard }, [shard.bytes.buffer]);
      });
      return { kind: "written", id, manifest };
    } finally {
      weights.release(); // a pass that needs them reads them again
    }
  }

  /** Frees a model that is no longer in use, once no pass of it can be running. */
  #free(model: EngineModel | undefined): void {
    if (!model) return;
    if (this.#active) this.#forgotten.push(model);
    else disposeQuietly(model);
  }

  async #work(): Promise<void> {
    if (this.#active) return;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      this.#active = next;
      await this.#perform(next.job, next.abort);
      this.#active = null;
      for (const model of this.#forgotten.splice(0)) disposeQuietly(model);
    }
  }

  async #perform(job: Job, abort: AbortController): Promise<void> {
    const { id } = job;
    const started = performance.now();
    let losses = 0;
    for (;;) {
      const attempt = new AbortController();
      const signal = AbortSignal.any([abort.signal, attempt.signal]);
      try {
        await this.#pass(job, signal);
        return this.#send({ kind: "done", id, milliseconds: performance.now() - started });
      } catch (error) {
        if (isAbort(error) || signal.aborted) return this.#send({ kind: "cancelled", id });
        attempt.abort(); // a pass that hangs on a lost device must not go on when it wakes
        const failure = failureOf(error);
        if (failure.kind === "device-lost") losses += 1;
        const next = await this.#goOn(failure, losses);
        if (next === null) return this.#send({ kind: "failed", id, failure: failure.toJSON() });
        this.#send({ kind: "progress", id, progress: { kind: "again", sentence: next } });
      }
    }
  }

  /**
   * What becomes of a pass that failed: a sentence for the reader when it can begin anew (a device lost once: on a
   * fresh one; lost again, or out of memory: on the next back end), null when it cannot.
   */
  async #goOn(failure: EngineFailure, losses: number): Promise<string | null> {
    if (failure.kind !== "device-lost" && failure.kind !== "out-of-memory") return null;
    const name = await this.#backend?.then(
      ({ report }) => report.name,
      () => null,
    );
    this.#giveUp();
    if (failure.kind === "device-lost" && losses === 1)
      return "The graphics device was lost; the computation began anew on a fresh one.";
    const left = new Set([...this.#left.map((tier) => tier.name), name]);
    const next = this.options.tiers(this.#start!).find((tier) => !left.has(tier.name));
    if (!name || !next) return null;
    const reason = failure.kind === "out-of-memory" ? "it ran out of memory" : "its device was lost twice";
    this.#left.push({ name, reason: sentence(reason) });
    return `${BACKEND_TITLES[name]} is left: ${reason}. The computation goes on with ${BACKEND_TITLES[next.name]}.`;
  }

  async #pass(job: Job, signal: AbortSignal): Promise<void> {
    const { id } = job;
    const starting = this.#ready();
    if (!this.#up) this.#prefetch(job.experiment.model);
    const backend = await starting;
    const model = await this.#store.open(job.experiment.model);
    await backend.guard(() =>
      render(model, job.experiment, job.wants, {
        signal,
        settle: () => backend.settle(),
        budget: this.options.budget ?? defaultBudget(backend.report.name),
        ...(job.measure && { measure: job.measure }),
        ...(backend.meter && { meter: backend.meter }),
        send: (view) => this.#send({ kind: "view", id, view }, transferables(view)),
        progress: (progress) => this.#send({ kind: "progress", id, progress }),
      }),
    );
  }

  /** Reads the first block's weights while a device is being started; a failure shows when the pass needs them. */
  #prefetch(id: string): void {
    this.#store
      .weights(id)
      .then((weights) => weights.parametersFor(FIRST_RESOLUTION))
      .catch(() => undefined);
  }

  #send(response: Response, transfer: ArrayBuffer[] = []): void {
    this.options.send(response, transfer);
  }
}
