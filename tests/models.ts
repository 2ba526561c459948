/** What tests of the engine have in common: small models with weights from the initialiser. */
import { EngineModel } from "../lib/engine/engineModel.js";
import type { StartedTier } from "../lib/engine/backend.js";
import type { View, Want } from "../lib/engine/protocol.js";
import { render } from "../lib/engine/render.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../lib/experiment/experiment.js";
import type { Config } from "../lib/weights/config.js";
import { initialise } from "../lib/weights/initialise.js";
import type { Manifest } from "../lib/weights/manifest.js";

/** A StyleGAN1 generator small enough for a test: 32x32, three blocks past 4x4. */
export const SMALL_STYLEGAN1 = {
  resolution: 32,
  z_space_dim: 16,
  w_space_dim: 16,
  mapping_layers: 2,
  mapping_fmaps: 16,
  fmaps_base: 256,
  fmaps_max: 16,
};

/** The manifest of a model without files: its weights are made from a seed. */
export function seededManifest(
  id: string,
  family: "stylegan1" | "stylegan2",
  config: object,
  seed: string,
): Manifest {
  return {
    format: "inside-stylegan-weights/1",
    id,
    title: `${id}, ${family}`,
    family,
    config: config as never,
    dtype: "f32",
    tensors: [],
    shards: [],
    source: { kind: "initialise", seed },
    licence: "CC0-1.0",
  };
}

/** A model for the engine's renders, its weights made from a seed. */
export function seededModel(
  family: "stylegan1" | "stylegan2",
  config: object,
  seed: string,
  id = "small",
): EngineModel {
  const { img_resolution, resolution = img_resolution } = config as Record<string, number>;
  return new EngineModel(id, {
    manifest: seededManifest(id, family, config, seed),
    family,
    config: config as Config,
    resolution: resolution!,
    progress: { loaded: 1, total: 1 },
    parametersFor: async () => initialise(family, config as never, seed),
    release() {},
  });
}

/** What the engine sends for the wants, at psi 1 unless `change` says otherwise. */
export async function viewsOf(
  model: EngineModel,
  wants: readonly Want[],
  change: Partial<Experiment> = {},
  budget = 1e8,
): Promise<View[]> {
  const seen: View[] = [];
  const experiment: Experiment = { ...DEFAULT_EXPERIMENT, psi: 1, ...change, model: model.id };
  await render(model, experiment, wants, {
    send: (view) => void seen.push(view),
    progress() {},
    signal: new AbortController().signal,
    settle: async () => {},
    budget,
  });
  return seen;
}

/** The back end that a test has started already, as a session's tier. */
export const STARTED_TIER: StartedTier = {
  device: "test",
  threads: 1,
  lost: new Promise<never>(() => undefined),
  settle: () => Promise.resolve(),
  guard: (work) => work(),
  stop: () => undefined,
};
