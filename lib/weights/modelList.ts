import { imageResolution } from "./config.js";
import type { Manifest } from "./manifest.js";
import type { Family } from "./parameters.js";
import { parameterCount } from "./shapes.js";

/** What a page needs to offer a model before anything of it is loaded; `npm run build` writes the list. */
export interface ModelEntry {
  readonly id: string;
  readonly title: string;
  readonly family: Family;
  readonly resolution: number;
  /** "initialised": seeded random weights; "reader": brought by the reader, kept in this browser. */
  readonly origin: "trained" | "initialised" | "reader";
  readonly parameters: number;
  /** Bytes to download; 0 when the weights are drawn from a seed. */
  readonly bytes: number;
  readonly licence: string;
  /** The model card in a few sentences: how it was trained, and what was measured. */
  readonly about?: string;
}

/** The entry of a model with this manifest. */
export function modelEntry(id: string, manifest: Manifest): ModelEntry {
  const { title, family, config, source, shards, licence, card } = manifest;
  const about = card?.["text"];
  return {
    id,
    title,
    family,
    resolution: imageResolution(config),
    origin: id.startsWith("reader:") ? "reader" : source.kind === "initialise" ? "initialised" : "trained",
    parameters: parameterCount(family, config as never),
    bytes: shards.reduce((sum, shard) => sum + shard.bytes, 0),
    licence,
    ...(typeof about === "string" && about !== "" && { about }),
  };
}

const RANKS: readonly ModelEntry["origin"][] = ["trained", "initialised", "reader"];

/** The models of a family (of all, without one): trained ones, untrained ones, the reader's; else in their order. */
export function modelsOf(entries: readonly ModelEntry[], family?: Family): ModelEntry[] {
  const fitting = entries.filter((entry) => family === undefined || entry.family === family);
  return fitting.sort((a, b) => RANKS.indexOf(a.origin) - RANKS.indexOf(b.origin));
}

/**
 * Reads the site's list of models.
 * @param root the site's root, absolute or relative to the page, with a slash at its end
 * @throws Error when the list cannot be had
 */
export async function fetchModelList(
  root: string,
  fetch: (url: string) => Promise<Response> = (url) => globalThis.fetch(url),
): Promise<ModelEntry[]> {
  const url = `${root}weights/index.json`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the list of models ${url} is missing (HTTP ${response.status})`);
  return (await response.json()) as ModelEntry[];
}
