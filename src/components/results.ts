import type { View, Want } from "../lib/engine/protocol.js";
import type { Experiment } from "../lib/experiment/experiment.js";
import { passKey, type Pass } from "./runner.js";

/** Most results kept; a view of a path is a few numbers, a small picture some kilobytes. */
const MOST = 5000;

/** Least time between two tellings of what has come in, in ms: a figure of many numbers costs some to draw. */
const TELLING = 150;

/** A single want of an experiment. */
export interface Question {
  readonly experiment: Experiment;
  readonly want: Want;
}

/**
 * Answers of the engine, kept for figures that ask for many: what has been measured once is not measured again, in
 * whichever order the reader goes back to it.
 */
export class Results {
  readonly #views = new Map<string, View>();

  /** The view that answers a question, if it is known. */
  get<Kind extends View["kind"]>({ experiment, want }: Question): Extract<View, { kind: Kind }> | null {
    return (this.#views.get(keyOf(experiment, want)) as Extract<View, { kind: Kind }> | undefined) ?? null;
  }

  /**
   * Passes for the questions that have no answer yet, in their order; `then` runs after the last one, and now and then
   * before.
   */
  passes(questions: readonly Question[], then: () => void): Pass[] {
    let told = -Infinity;
    const left = questions.filter((question) => !this.get(question));
    return left.map(({ experiment, want }, i) => ({
      experiment,
      wants: [want],
      show: (view) => {
        if (view.kind === "picture" && !view.final) return;
        this.#keep({ experiment, want }, view);
        if (i < left.length - 1 && performance.now() - told < TELLING) return;
        told = performance.now();
        then();
      },
    }));
  }

  /**
   * One pass for those questions about taps of one experiment that have no answer yet; none where all have. Answers
   * are told apart by their taps, so the wants are to be of one kind.
   */
  together(questions: readonly Question[], then: () => void): Pass[] {
    let told = -Infinity;
    const left = questions.filter((question) => !this.get(question));
    if (left.length === 0) return [];
    let known = 0;
    return [
      {
        experiment: left[0]!.experiment,
        wants: left.map(({ want }) => want),
        show: (view) => {
          const of = left.find(({ want }) => "tap" in want && "tap" in view && want.tap === view.tap);
          if (!of) return;
          this.#keep(of, view);
          if (++known < left.length && performance.now() - told < TELLING) return;
          told = performance.now();
          then();
        },
      },
    ];
  }

  #keep({ experiment, want }: Question, view: View) {
    if (this.#views.size >= MOST) this.#views.delete(this.#views.keys().next().value!);
    this.#views.set(keyOf(experiment, want), view);
  }
}

function keyOf(experiment: Experiment, want: Want): string {
  return `${passKey(experiment)} ${JSON.stringify(want)}`;
}
