import type { ShardCache } from "../weights/download.js";
import { type KeptModels, openKeptModels, readerId } from "../weights/keptModels.js";
import { openModel, type Model, type Progress } from "../weights/model.js";
import { describeWeights, EngineModel } from "./engineModel.js";
import { EngineFailure } from "./failure.js";
import type { ModelReport } from "./protocol.js";

/** Models in memory at once; a chapter that compares two needs both. */
const MOST_MODELS = 2;

export interface ModelStoreOptions {
  /** Address of the site's root, with a slash at its end. */
  readonly site: string;
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
  /** Left out: the site's Cache Storage. null: keep nothing. */
  readonly cache?: ShardCache | null;
  /** Left out: what this browser keeps. null: nothing. */
  readonly kept?: KeptModels | null;
}

/**
 * The models in use, the latest last; when a third is asked for, the one unused for longest is freed.
 * Ids are folders of the site's `weights/`; `reader:<name>` is a model that the reader brought, or keeps in this
 * browser.
 */
export class ModelStore {
  readonly #models = new Map<string, EngineModel>();
  readonly #brought = new Map<string, Model>();
  /** Manifests that have been read; weights come with the first pass. */
  readonly #opened = new Map<string, Promise<Model>>();
  /** Set by who waits for a download. */
  onProgress: (model: string, progress: Progress) => void = () => undefined;

  constructor(private readonly options: ModelStoreOptions) {}

  /**
   * Makes a reader's model available as `reader:<name>`.
   * @returns the one that had this name, see {@link forget}
   */
  bring(name: string, model: Model): EngineModel | undefined {
    const replaced = this.forget(readerId(name));
    this.#brought.set(readerId(name), model);
    return replaced;
  }

  /**
   * Lets go of a reader's model.
   * @returns it, if it was in memory: to be disposed once no pass of it runs
   */
  forget(id: string): EngineModel | undefined {
    const model = this.#models.get(id);
    this.#models.delete(id);
    this.#brought.delete(id);
    this.#opened.delete(id);
    return model;
  }

  /** What a model is made of; takes no place in memory. @throws as {@link open} */
  async describe(id: string): Promise<ModelReport> {
    const open = this.#models.get(id);
    if (open) return open.report;
    return describeWeights(id, await this.weights(id));
  }

  /**
   * A model to run. It stays in memory until two others have been opened.
   * @throws {WeightsError} when the manifest cannot be read
   * @throws {EngineFailure} for an id that names nothing
   */
  async open(id: string): Promise<EngineModel> {
    const model = this.#models.get(id) ?? new EngineModel(id, await this.weights(id));
    this.#models.delete(id);
    this.#models.set(id, model); // the latest is last
    for (const [oldest, old] of this.#models) {
      if (this.#models.size <= MOST_MODELS) break;
      old.dispose();
      this.#models.delete(oldest);
    }
    return model;
  }

  /** Frees every model; they are opened again when asked for. A device that is gone has freed their tensors itself. */
  clear(): void {
    for (const model of this.#models.values()) disposeQuietly(model);
    this.#models.clear();
  }

  /** The weights of a model, whether or not it has been opened. @throws as {@link open} */
  async weights(id: string): Promise<Model> {
    const known = this.#brought.get(id) ?? this.#opened.get(id);
    if (known) return known;
    const opening = id.startsWith("reader:") ? this.#openKept(id) : this.#openOfSite(id);
    this.#opened.set(id, opening);
    opening.catch(() => this.#opened.delete(id)); // the next request tries again
    return opening;
  }

  async #openKept(id: string): Promise<Model> {
    const name = id.slice("reader:".length);
    const kept = this.options.kept === undefined ? await openKeptModels() : this.options.kept;
    if (!(await kept?.names())?.includes(name))
      throw new EngineFailure(
        "bad-experiment",
        `The model "${name}" is not kept in this browser; bring its file again on the page "Bring your own model".`,
      );
    return kept!.open(name, { onProgress: (progress) => this.onProgress(id, progress) });
  }

  async #openOfSite(id: string): Promise<Model> {
    if (!/^[\w-]+$/.test(id))
      throw new EngineFailure("bad-experiment", `There is no model named "${id}"; choose one of the book's.`);
    const { site, fetch, cache } = this.options;
    return openModel(`${site}weights/${id}/manifest.json`, {
      ...(fetch && { fetch }),
      ...(cache !== undefined && { cache }),
      onProgress: (progress) => this.onProgress(id, progress),
    });
  }
}

/** Frees a model whose back end may be gone: the tensors of one that no longer exists cannot be disposed. */
export function disposeQuietly(model: EngineModel): void {
  try {
    model.dispose();
  } catch {
    // They went with it.
  }
}
