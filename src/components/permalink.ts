import type { Experiment } from "../lib/experiment/experiment.js";
import type { ExperimentStore } from "./store.js";

/** How an experiment is written into a URL and read back (`lib/experiment/codec.ts`). */
export interface ExperimentCodec {
  /** What differs from the base, as the text of a query parameter; "" when nothing does. */
  encode(experiment: Experiment, base: Experiment): string;
  /** What could not be read keeps its value of the base, and has its sentence in `problems`. */
  decode(
    text: string,
    base: Experiment,
  ): { readonly experiment: Experiment; readonly problems: readonly string[] };
}

/** The parts of the browser that permalinks touch; tests bring their own. */
export interface PermalinkEffects {
  readonly href: () => string;
  readonly replace: (href: string) => void;
  /** Runs a callback later; the latest one wins. */
  readonly later: (callback: () => void) => void;
}

const PAUSE = 300; // browsers refuse more than 100 history changes in 30 s

function browserEffects(): PermalinkEffects {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    href: () => location.href,
    replace: (href) => history.replaceState(history.state, "", href),
    later(callback) {
      clearTimeout(timer);
      timer = setTimeout(callback, PAUSE);
    },
  };
}

/** The address that shows this experiment in the figure of this id. */
export function permalink(href: string, id: string, code: string): string {
  const url = new URL(href);
  if (code === "") url.searchParams.delete(id);
  else url.searchParams.set(id, code);
  return url.href;
}

/**
 * Binds a store to the query parameter `id` of the page's address: reads it now, writes it after changes.
 * Returns sentences on what could not be read, and `link()`, the full address of what is shown now.
 */
export function bindPermalink(
  store: ExperimentStore,
  id: string,
  codec: ExperimentCodec,
  effects: PermalinkEffects = browserEffects(),
): { readonly problems: readonly string[]; link(): string } {
  const text = new URL(effects.href()).searchParams.get(id);
  const read = text === null ? null : codec.decode(text, store.base);
  if (read) store.set(read.experiment);
  const write = () => effects.replace(permalink(effects.href(), id, codec.encode(store.value, store.base)));
  store.subscribe(() => effects.later(write));
  return {
    problems: read?.problems ?? [],
    link() {
      const url = new URL(permalink(effects.href(), id, codec.encode(store.value, store.base)));
      url.hash = id;
      return url.href;
    },
  };
}
