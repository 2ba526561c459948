import type { Family } from "./parameters.js";

/** What a page needs to offer a model before anything of it is loaded; `npm run build` writes the list. */
export interface ModelEntry {
  readonly id: string;
  readonly title: string;
  readonly family: Family;
  readonly resolution: number;
  /** "initialised": seeded random weights. */
  readonly origin: "trained" | "initialised";
  readonly parameters: number;
  /** Bytes to download; 0 when the weights are drawn from a seed. */
  readonly bytes: number;
  readonly licence: string;
}

/** The models of a family (of all, without one), trained ones first, otherwise in the order of the list. */
export function modelsOf(entries: readonly ModelEntry[], family?: Family): ModelEntry[] {
  const fitting = entries.filter((entry) => family === undefined || entry.family === family);
  const rank = ({ origin }: ModelEntry) => (origin === "trained" ? 0 : 1);
  return fitting.sort((a, b) => rank(a) - rank(b));
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
