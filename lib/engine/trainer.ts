import { TinyTraining } from "../training/tinyTraining.js";
import { MOST_STEPS } from "./trainerProtocol.js";
import type { TrainerRequest, TrainerResponse, TrainingRecord } from "./trainerProtocol.js";
import { TrainingTask } from "./trainingViews.js";

/** Steps from one point of the curves to the next. */
export const RECORD_EVERY = 10;
/** Least time between two looks while training runs, in ms. */
const LOOK_EVERY = 600;

export interface TrainerEffects {
  readonly send: (response: TrainerResponse) => void;
  /** A turn of the event loop, in which requests arrive. */
  readonly breathe: () => Promise<void>;
  readonly now?: () => number;
}

/**
 * Trains some runs in lockstep, whatever carries its messages.
 *
 * 1. `reset` begins anew: it tells the task and how the runs look before their first step.
 * 2. `run` and `step` take steps; every tenth, the runs are measured on held-out latents. Between two steps requests
 *    are heard.
 * 3. Now and then, and whenever it pauses, it tells the points of the curves and how the runs look.
 *
 * Wall time decides when it speaks, never what it computes: equal set-ups give equal curves.
 */
export class Trainer {
  #runs: TinyTraining[] = [];
  #records: TrainingRecord[][] = [];
  /** One for each run; runs of one contrast share theirs. */
  #tasks: TrainingTask[] = [];
  #generation = 0;
  /** Steps still to take. */
  #wanted = 0;
  #busy: Promise<void> = Promise.resolve();
  #working = false;

  constructor(private readonly effects: TrainerEffects) {}

  /** Takes a request; answers come through `send`. Resolves when the trainer is idle again. */
  receive(request: Exclude<TrainerRequest, { kind: "start" }>): Promise<void> {
    switch (request.kind) {
      case "reset":
        this.#wanted = 0;
        this.#generation = request.generation;
        return this.#next(() => this.#begin(request));
      case "run":
        this.#wanted = request.on ? Infinity : 0;
        return this.#go();
      case "step":
        this.#wanted = request.count;
        return this.#go();
    }
  }

  dispose(): void {
    for (const run of this.#runs) run.dispose();
    this.#runs = [];
    for (const task of new Set(this.#tasks)) task.dispose();
    this.#tasks = [];
  }

  #go(): Promise<void> {
    if (this.#working || this.#wanted === 0) return this.#busy;
    this.#working = true;
    return this.#next(async () => {
      try {
        await this.#work();
      } finally {
        this.#working = false;
      }
    });
  }

  /** One thing at a time. A failure is told, and ends nothing but itself. */
  #next(act: () => Promise<void>): Promise<void> {
    this.#busy = this.#busy.then(act).catch((error: unknown) => {
      this.#wanted = 0;
      const reason = error instanceof Error ? error.message : String(error);
      this.effects.send({ kind: "failed", sentence: `Training stopped: ${reason}. Reset to begin anew.` });
    });
    return this.#busy;
  }

  async #begin({ generation, setUps }: Extract<TrainerRequest, { kind: "reset" }>): Promise<void> {
    if (generation !== this.#generation) return; // another reset is already waiting
    this.dispose();
    const tasks = new Map<string, TrainingTask>();
    this.#tasks = setUps.map(({ contrast }) => {
      const task = tasks.get(contrast) ?? new TrainingTask(contrast);
      tasks.set(contrast, task);
      return task;
    });
    this.#runs = setUps.map((setUp) => new TinyTraining(setUp));
    this.#records = setUps.map(() => []);
    const views = [];
    for (const task of this.#tasks) views.push(await task.view());
    this.effects.send({ kind: "task", generation, tasks: views });
    await this.#measure();
    await this.#tell(false, null);
  }

  async #work(): Promise<void> {
    const now = this.effects.now ?? (() => performance.now());
    const generation = this.#generation;
    let [since, steps, told] = [now(), 0, now()];
    const going = () => this.#wanted > 0 && generation === this.#generation && this.#step < MOST_STEPS;
    while (going()) {
      for (const run of this.#runs) run.step();
      this.#wanted -= 1;
      steps += 1;
      if (this.#step % RECORD_EVERY === 0) await this.#measure();
      if (now() - told >= LOOK_EVERY && going()) {
        await this.#tell(true, (1000 * steps) / (now() - since));
        [since, steps, told] = [now(), 0, now()];
      }
      await this.effects.breathe();
    }
    this.#wanted = 0;
    if (generation === this.#generation)
      await this.#tell(false, steps > 0 ? (1000 * steps) / (now() - since) : null);
  }

  get #step(): number {
    return this.#runs[0]?.steps ?? 0;
  }

  async #measure(): Promise<void> {
    for (const [i, run] of this.#runs.entries()) this.#records[i]!.push(await this.#tasks[i]!.record(run));
  }

  async #tell(running: boolean, stepsPerSecond: number | null): Promise<void> {
    const looks = [];
    for (const [i, run] of this.#runs.entries()) looks.push(await this.#tasks[i]!.look(run));
    const records = this.#records;
    this.#records = records.map(() => []);
    const generation = this.#generation;
    this.effects.send({
      kind: "progress",
      generation,
      running,
      step: this.#step,
      stepsPerSecond,
      records,
      looks,
    });
  }
}
