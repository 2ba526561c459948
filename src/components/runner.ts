import type { Engine } from "../lib/engine/client-contract.js";
import { createRecorder, type PassRecord } from "../lib/engine/profile.js";
import type { Failure, Measure, ModelReport, Progress, View, Want } from "../lib/engine/protocol.js";
import type { Experiment } from "../lib/experiment/experiment.js";

/** One forward pass that a figure needs, and where its views go. */
export interface Pass {
  readonly experiment: Experiment;
  readonly wants: readonly Want[];
  readonly show: (view: View) => void;
}

export type RunState =
  | { readonly name: "waiting" }
  | { readonly name: "describing" }
  | {
      readonly name: "downloading";
      readonly loaded: number;
      readonly total: number;
      /** The weights come from a file, or from what this browser keeps. */
      readonly local?: boolean;
    }
  | {
      readonly name: "running";
      readonly pass: number;
      readonly passes: number;
      readonly tap: string | null;
      readonly index: number;
      readonly count: number;
      readonly milliseconds: number;
    }
  /** The pass begins anew; the sentence says why. */
  | { readonly name: "again"; readonly sentence: string }
  | { readonly name: "ready"; readonly milliseconds: number }
  | { readonly name: "failed"; readonly failure: Failure };

export interface RunnerOptions {
  readonly engine: Engine;
  readonly model: () => string;
  /** The passes of the figure as it stands. */
  readonly passes: (model: ModelReport) => readonly Pass[];
  readonly onModel: (model: ModelReport) => void;
  readonly onState: (state: RunState) => void;
  /** How closely the passes are measured; by default by the clock alone. */
  readonly measure?: () => Measure | null;
  /** What was measured of the figure's passes, by their place; null for those that have not run. */
  readonly onMeasured?: (records: readonly (PassRecord | null)[]) => void;
  /** Longest time that an outdated run goes on without having shown anything, in ms. */
  readonly patience?: number;
}

/**
 * Runs a figure's passes, one after another, and only what is not on screen already:
 * 1. nothing runs while the figure is inactive (off screen, hidden tab); becoming so stops the run;
 * 2. a change while a run is on lets it show its first view, or go on for `patience`, then replaces it, so that
 *    dragging a slider shows something all the while;
 * 3. a want whose experiment has not changed is not asked for again.
 */
export function createRunner(options: RunnerOptions) {
  const { engine, patience = 400 } = options;
  const shown = new Map<string, string>(); // "pass:want" -> key of what it shows
  let active = false;
  let stale = true;
  let failed = false;
  let measured: (PassRecord | null)[] = [];
  let lastSpent = 0; // ms of the latest run that asked the engine for anything
  let model: ModelReport | null = null;
  let current: { abort: AbortController; shownAny: boolean; outdated: boolean } | null = null;

  function request() {
    stale = true;
    failed = false; // a change may well be the cure, as for an experiment that the model cannot run
    if (!active) return;
    if (!current) void run();
    else if (!current.outdated) {
      current.outdated = true;
      const run = current;
      if (run.shownAny) run.abort.abort();
      else setTimeout(() => run.abort.abort(), patience);
    }
  }

  async function run() {
    const abort = new AbortController();
    const me = { abort, shownAny: false, outdated: false };
    current = me;
    stale = false;
    let spent = 0;
    try {
      const wanted = options.model();
      if (model?.id !== wanted) {
        options.onState({ name: "describing" });
        model = await engine.describe(wanted);
        shown.clear();
        measured = [];
        options.onModel(model);
        if (abort.signal.aborted) throw new DOMException("stopped", "AbortError");
      }
      const passes = options.passes(model);
      for (const key of [...shown.keys()]) if (Number(key.split(":")[0]) >= passes.length) shown.delete(key);
      for (const [index, pass] of passes.entries()) spent += await runPass(pass, index, passes.length, me);
      if (spent > 0) {
        lastSpent = spent;
        measured = passes.map((_, index) => measured[index] ?? null);
        options.onMeasured?.(measured);
      }
      // what the last view has led to is still to come
      if (!(active && stale)) options.onState({ name: "ready", milliseconds: lastSpent });
    } catch (error) {
      if (isAbort(error)) {
        if (!(active && stale)) options.onState({ name: "waiting" });
      } else {
        failed = true;
        shown.clear();
        options.onState({ name: "failed", failure: failureOf(error) });
      }
    } finally {
      current = null;
    }
    if (active && stale && !failed) void run();
  }

  /** Returns the milliseconds that the engine took, 0 when all is on screen already. */
  async function runPass(pass: Pass, index: number, passes: number, me: NonNullable<typeof current>) {
    const experiment = passKey(pass.experiment);
    const keys = pass.wants.map(
      (want, i) => [`${index}:${i}`, `${experiment} ${JSON.stringify(want)}`] as const,
    );
    const missing = pass.wants.filter((_, i) => shown.get(keys[i]![0]) !== keys[i]![1]);
    if (missing.length === 0) return 0;
    for (const [place] of keys) shown.delete(place);
    options.onState({ name: "running", pass: index, passes, tap: null, index: 0, count: 0, milliseconds: 0 });
    const recorder = createRecorder();
    const measure = options.measure?.();
    const { milliseconds } = await engine.render(pass.experiment, missing, {
      signal: me.abort.signal,
      ...(measure && { measure }),
      onProgress(progress) {
        if (me.abort.signal.aborted) return;
        recorder.hear(progress);
        const state = stateOf(progress, index, passes);
        if (state) options.onState(state);
      },
      onView: (view) => {
        if (me.abort.signal.aborted) return;
        me.shownAny = true;
        pass.show(view);
        if (me.outdated) me.abort.abort();
      },
    });
    for (const [place, key] of keys) shown.set(place, key);
    measured[index] = recorder.finish(milliseconds) ?? measured[index] ?? null;
    return milliseconds;
  }

  return {
    /** Something the figure depends on has changed. */
    request,
    /** On screen in a visible tab, or not. */
    setActive(next: boolean) {
      if (next === active) return;
      active = next;
      if (!active && current) {
        stale = true;
        current.abort.abort();
      } else if (active && stale && !current && !failed) void run();
    },
    /** Runs all passes once more, although they are on screen. */
    again() {
      shown.clear();
      request();
    },
    retry() {
      failed = false;
      stale = true;
      model = null;
      if (!current) void run();
    },
  };
}

/** What of an experiment decides its pass: everything but where the reader looks. */
export function passKey(experiment: Experiment): string {
  return JSON.stringify({ ...experiment, look: null });
}

/** The failure an error stands for; an error of an unknown kind keeps its message. */
export function failureOf(error: unknown): Failure {
  const known = error as Partial<Failure> & { message?: string; failure?: Failure };
  if (known.failure) return known.failure;
  if (typeof known.kind === "string" && typeof known.sentence === "string")
    return { kind: known.kind, sentence: known.sentence };
  return { kind: "internal", sentence: known.message ?? String(error) };
}

function isAbort(error: unknown): boolean {
  return (error as { name?: string } | null)?.name === "AbortError";
}

/** The state that a message stands for; null for one that only measures. */
function stateOf(progress: Progress, pass: number, passes: number): RunState | null {
  if (progress.kind === "again") return { name: "again", sentence: progress.sentence };
  if (progress.kind === "pass" || progress.kind === "finish") return null;
  if (progress.kind !== "layer") {
    const { loaded, total } = progress;
    return { name: "downloading", loaded, total, local: progress.kind === "file" || progress.local === true };
  }
  const { tap, index, count, milliseconds } = progress;
  return { name: "running", pass, passes, tap, index, count, milliseconds };
}
