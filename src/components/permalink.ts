import type { Experiment } from "../lib/experiment/experiment.js";
import type { KeptSetting } from "./own-setting.js";
import type { ExperimentStore } from "./store.js";

/** How an experiment is written into a query and read back (`lib/experiment/codec.ts`). */
export interface ExperimentCodec {
  /** What differs from the base, as a query without "?" whose keys begin with the prefix; "" when nothing does. */
  encode(experiment: Experiment, base: Experiment, prefix: string): string;
  /** What could not be read keeps its value of the base, and has its sentence in `problems`. */
  decode(
    query: string,
    base: Experiment,
    prefix: string,
  ): { readonly experiment: Experiment; readonly problems: readonly string[] };
}

/** The parts of the browser that permalinks touch; tests bring their own. */
export interface PermalinkEffects {
  readonly href: () => string;
  readonly replace: (href: string) => void;
  /** Runs a callback later; the latest one wins. */
  readonly later: (callback: () => void) => void;
}

const PAUSE = 300; // ms; browsers refuse more than 100 history changes in 30 s

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

/** The address with a figure's part of the query replaced; what belongs to others stays as it is. */
export function permalink(href: string, prefix: string, query: string): string {
  const url = new URL(href);
  const others = url.search
    .slice(1)
    .split("&")
    .filter(
      (pair) => pair !== "" && !pair.startsWith(prefix) && !pair.startsWith(encodeURIComponent(prefix)),
    );
  url.search = [...others, query].filter((part) => part !== "").join("&");
  return url.href;
}

const links = new WeakMap<ExperimentStore, () => string>();

/** The address of what a store shows now, without a hash; null for one that is not in the page's address. */
export function addressOf(store: ExperimentStore): string | null {
  return links.get(store)?.() ?? null;
}

/**
 * Binds a store to the keys of the page's address that begin with `<id>.`: reads them now, writes them after
 * changes. Returns sentences on what could not be read, and `link()`, the full address of what is shown now.
 */
export function bindPermalink(
  store: ExperimentStore,
  id: string,
  codec: ExperimentCodec,
  effects: PermalinkEffects = browserEffects(),
): { readonly problems: readonly string[]; link(): string } {
  const prefix = `${id}.`;
  const read = codec.decode(new URL(effects.href()).search, store.base, prefix);
  store.set(read.experiment);
  const now = () => permalink(effects.href(), prefix, codec.encode(store.value, store.base, prefix));
  store.subscribe(() => effects.later(() => effects.replace(now())));
  links.set(store, now);
  return {
    problems: read.problems,
    link() {
      const url = new URL(now());
      url.hash = id;
      return url.href;
    },
  };
}

/**
 * Binds the settings that a figure keeps for itself to the keys of the page's address that begin with `<id>~`, such as
 * `scores~seeds=24`. `read()` takes what the address says now and returns sentences on what it could not take;
 * `write()` brings the address up to date, later; `into()` does so with a link.
 */
export function bindSettings(
  settings: readonly KeptSetting[],
  id: string,
  effects: PermalinkEffects = browserEffects(),
): { read(): string[]; write(): void; into(href: string): string } {
  const prefix = `${id}~`; // a point is the experiment's
  const into = (href: string) =>
    permalink(
      href,
      prefix,
      settings
        .filter((setting) => setting.changed())
        .map((setting) => `${prefix}${setting.key}=${encodeURIComponent(setting.text()).replace(/%(2C|3A)/g, decodeURIComponent)}`)
        .join("&"),
    ); // prettier-ignore
  return {
    into,
    read() {
      const said = [...new URL(effects.href()).searchParams].filter(([name]) => name.startsWith(prefix));
      return said.flatMap(([name, text]) => {
        const setting = settings.find(({ key }) => key === name.slice(prefix.length));
        if (!setting) return [`"${name.slice(0, 60)}" is no setting of this figure and was left out.`];
        return setting.take(text)
          ? []
          : [`${name}=${text.slice(0, 60)} is not understood; the default is shown instead.`];
      });
    },
    write() {
      effects.later(() => {
        const [now, next] = [effects.href(), into(effects.href())];
        if (next !== now) effects.replace(next);
      });
    },
  };
}
