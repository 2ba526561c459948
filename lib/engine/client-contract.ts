import type { Experiment } from "../experiment/experiment.js";
import type { BackendReport, ModelReport, Progress, View, Want } from "./protocol.js";

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
    },
  ): Promise<{ readonly views: readonly View[]; readonly milliseconds: number }>;
}
