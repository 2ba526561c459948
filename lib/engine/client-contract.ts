import type { Experiment } from "../experiment/experiment.js";
import type { Manifest } from "../weights/manifest.js";
import type { WriteOptions, WrittenShard } from "../weights/write.js";
import type { BackendReport, BroughtReport, Measure, ModelReport, Progress, View, Want } from "./protocol.js";

/**
 * The engine as figures see it. `client.ts` implements it over a worker; tests implement it with stored views.
 */
export interface Engine {
  /** Which back end runs; rejects with an EngineFailure when none does. */
  readonly backend: Promise<BackendReport>;
  /** Layers, size and origin of a model; rejects with an EngineFailure for an unknown one. */
  describe(model: string): Promise<ModelReport>;
  /**
   * Runs a pass for an experiment and hands over the wanted views as they come.
   * Passes queue; a pass stops as soon as all its wants are served (a view of layer 6 runs six layers).
   * Aborting the signal stops it between two layers and rejects with an AbortError.
   * @throws {EngineFailure} with a kind and one sentence for the reader
   */
  render(
    experiment: Experiment,
    wants: readonly Want[],
    options?: {
      signal?: AbortSignal;
      onView?: (view: View) => void;
      onProgress?: (progress: Progress) => void;
      measure?: Measure;
    },
  ): Promise<{ readonly views: readonly View[]; readonly milliseconds: number }>;
}

/** What the engine does with models that a reader brings. */
export interface ReaderEngine {
  /**
   * Looks into a checkpoint and makes its generator available as the model `reader:<name>`. None of its weights is
   * read, and nothing runs. `onProgress` hears of the bytes looked through.
   * @throws {EngineFailure} "bad-file" with one sentence; an AbortError when the signal aborts
   */
  bring(
    name: string,
    file: File,
    options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void },
  ): Promise<BroughtReport>;
  /**
   * Writes a model as the book's shards, in order, and gives their manifest.
   * @throws {EngineFailure} when its weights cannot be read; an AbortError when the signal aborts
   */
  write(
    model: string,
    options: WriteOptions,
    events: { onShard: (shard: WrittenShard) => void; signal?: AbortSignal },
  ): Promise<Manifest>;
  /** Frees a reader's model. It can be opened again only if this browser keeps it. */
  forget(model: string): void;
}
