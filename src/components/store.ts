import { DEFAULT_EXPERIMENT, type Experiment } from "../lib/experiment/experiment.js";

export type Field = keyof Experiment;
export type Listener = (experiment: Experiment, before: Experiment) => void;

/**
 * An Experiment that figures share. `base` is what Reset goes back to; `value` is what is shown.
 *
 *     const store = createExperiment({ model: "portraits-full-sg1", look: { tap: "layer7", channel: null } });
 *     store.patch({ psi: 1 });            // tells every subscriber
 *     store.reset("psi");                 // one field; without a name: all of them
 *     const stop = store.subscribe((experiment) => ...);
 */
export interface ExperimentStore {
  readonly value: Experiment;
  readonly base: Experiment;
  set(experiment: Experiment): void;
  patch(change: Partial<Experiment>): void;
  reset(...fields: Field[]): void;
  /** Whether a field, or with no name any field, differs from the base. */
  changed(field?: Field): boolean;
  /** Returns the function that ends the subscription. */
  subscribe(listener: Listener): () => void;
}

/** Equality of plain values: numbers, strings, null, arrays and objects of them. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key as never], b[key as never]));
}

export function createExperiment(changes: Partial<Experiment> = {}): ExperimentStore {
  const base: Experiment = Object.freeze({ ...DEFAULT_EXPERIMENT, ...changes });
  const listeners = new Set<Listener>();
  let value = base;
  const store: ExperimentStore = {
    base,
    get value() {
      return value;
    },
    set(next) {
      if (sameValue(next, value)) return;
      const before = value;
      value = Object.freeze({ ...next });
      for (const listener of [...listeners]) listener(value, before);
    },
    patch(change) {
      store.set({ ...value, ...change });
    },
    reset(...fields) {
      if (fields.length === 0) return store.set(base);
      store.set({ ...value, ...Object.fromEntries(fields.map((field) => [field, base[field]])) });
    },
    changed(field) {
      return field === undefined ? !sameValue(value, base) : !sameValue(value[field], base[field]);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return store;
}
