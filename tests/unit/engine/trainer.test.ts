import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RECORD_EVERY, Trainer } from "../../../lib/engine/trainer.js";
import { TrainerClient, type TrainerWorker } from "../../../lib/engine/trainerClient.js";
import type {
  TrainerResponse,
  TrainingLook,
  TrainingRecord,
  TrainingSetUp,
} from "../../../lib/engine/trainerProtocol.js";
import { SPIKE_SCORE } from "../../../lib/measure/spikeStart.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

type Of<Kind extends TrainerResponse["kind"]> = Extract<TrainerResponse, { kind: Kind }>;

const INSTANCE: TrainingSetUp = { seed: 0, normalisation: "instance", contrast: "varying" };
const DEMODULATION: TrainingSetUp = { seed: 0, normalisation: "demodulation", contrast: "varying" };
const ONE: TrainingSetUp = { seed: 0, normalisation: "instance", contrast: "one" };

class Page {
  readonly said: TrainerResponse[] = [];
  readonly trainer: Trainer;

  constructor(breathe: () => Promise<void> = () => Promise.resolve()) {
    this.trainer = new Trainer({ send: (response) => this.said.push(response), breathe });
  }

  of<Kind extends TrainerResponse["kind"]>(kind: Kind): Of<Kind>[] {
    return this.said.filter((response): response is Of<Kind> => response.kind === kind);
  }

  records(run: number): TrainingRecord[] {
    return this.of("progress").flatMap(({ records }) => records[run] ?? []);
  }
}

/** Slope of the line that fits shown amplitudes to those asked for: 1 where contrast gets through, 0 where it is lost. */
function slope(asked: Float32Array, shown: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [a, b] = [mean(asked), mean(shown)];
  const [both, own] = [asked.map((x, i) => (x - a) * (shown[i]! - b)), asked.map((x) => (x - a) ** 2)];
  return mean(both) / mean(own);
}

describe("the trainer", () => {
  const page = new Page();
  let looks: readonly TrainingLook[];
  beforeAll(async () => {
    await page.trainer.receive({ kind: "reset", generation: 1, setUps: [INSTANCE, DEMODULATION, ONE] });
    await page.trainer.receive({ kind: "step", count: 80 });
    looks = page.of("progress").at(-1)!.looks;
  }, 300_000);
  afterAll(() => page.trainer.dispose());

  it("tells the task, and a point of each curve every tenth step", () => {
    expect(page.of("failed")).toEqual([]);
    const [{ tasks }] = page.of("task") as [Of<"task">];
    expect(tasks.map(({ targets }) => targets.length)).toEqual([4, 4, 4]);
    expect(tasks[0]!.oneContrastLoss).toBeGreaterThan(0.03);
    for (const run of [0, 1, 2])
      expect(page.records(run).map(({ step }) => step)).toEqual(
        Array.from({ length: 9 }, (_, i) => i * RECORD_EVERY),
      );
    const last = page.of("progress").at(-1)!;
    expect([last.step, last.running, last.generation]).toEqual([80, false, 1]);
  });

  it("learns a spike where instance normalisation must let contrast through, and nowhere else", () => {
    const score = (run: number) => page.records(run).at(-1)!.scores.at(-1)!;
    expect(page.records(0)[0]!.scores.at(-1)!).toBeLessThan(SPIKE_SCORE);
    expect(score(0)).toBeGreaterThan(1.3 * SPIKE_SCORE);
    expect(score(1)).toBeLessThan(SPIKE_SCORE);
    expect(score(2)).toBeLessThan(SPIKE_SCORE);
    for (const run of [0, 1, 2])
      expect(page.records(run).at(-1)!.loss).toBeLessThan(0.3 * page.records(run)[0]!.loss);
  });

  it("lets contrast through by the spike: painted out, it takes the contrast along", () => {
    const [instance, demodulation] = looks;
    const through = slope(instance!.asked, instance!.shown);
    expect(through).toBeGreaterThan(0.4);
    expect(slope(instance!.asked, instance!.shownWithout)).toBeLessThan(0.6 * through);
    expect(slope(demodulation!.asked, demodulation!.shown)).toBeGreaterThan(0.8);
  });

  it("shows pictures and the highest channel of each layer, in its own standard deviations", () => {
    const { pictures, maps } = looks[0]!;
    expect(pictures.map(({ length }) => length)).toEqual([4096, 4096, 4096, 4096]);
    expect(maps.map(({ layer, width }) => [layer, width])).toEqual([
      ["conv0", 16],
      ["conv1", 32],
      ["picture", 32],
    ]);
    for (const { values, peak, place, width } of maps) {
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      expect(mean).toBeCloseTo(0, 3);
      expect(values.reduce((sum, x) => sum + x * x, 0) / values.length).toBeCloseTo(1, 3);
      const at = Math.floor(place[1] * width) * width + Math.floor(place[0] * width);
      expect(Math.abs(values[at]!)).toBeCloseTo(peak, 5);
    }
  });
});

describe("a trainer that is talked to", () => {
  it("pauses between two steps, goes on, and gives the same curve as one that was left alone", async () => {
    let pauses = 0;
    const stopped: Page = new Page(async () => {
      if (stopped.of("progress").length < 9 && ++pauses === 4)
        void stopped.trainer.receive({ kind: "run", on: false });
    });
    await stopped.trainer.receive({ kind: "reset", generation: 1, setUps: [ONE] });
    await stopped.trainer.receive({ kind: "run", on: true });
    expect(stopped.of("progress").at(-1)).toMatchObject({ step: 4, running: false });
    await stopped.trainer.receive({ kind: "step", count: 6 });
    const straight = new Page();
    await straight.trainer.receive({ kind: "reset", generation: 1, setUps: [ONE] });
    await straight.trainer.receive({ kind: "step", count: 10 });
    expect(stopped.records(0)).toEqual(straight.records(0));
    stopped.trainer.dispose();
    straight.trainer.dispose();
  });

  it("begins anew when it is reset while it runs, and says nothing more of the runs before", async () => {
    let steps = 0;
    const page: Page = new Page(async () => {
      if (++steps === 3)
        void page.trainer.receive({ kind: "reset", generation: 2, setUps: [{ ...ONE, seed: 9 }] });
    });
    await page.trainer.receive({ kind: "reset", generation: 1, setUps: [ONE] });
    await page.trainer.receive({ kind: "run", on: true });
    await page.trainer.receive({ kind: "run", on: false }); // resolves when all before it is done
    expect(steps).toBe(3);
    expect(page.of("progress").at(-1)).toMatchObject({ generation: 2, step: 0, running: false });
    const before = tf.memory().numTensors;
    page.trainer.dispose();
    expect(tf.memory().numTensors).toBeLessThan(before);
  });

  it("tells a failure in a sentence", async () => {
    const page = new Page(() => Promise.reject(new Error("the machine is on fire")));
    await page.trainer.receive({ kind: "reset", generation: 1, setUps: [ONE] });
    await page.trainer.receive({ kind: "run", on: true });
    expect(page.of("failed")[0]!.sentence).toMatch(/machine is on fire.*Reset/);
    page.trainer.dispose();
  });
});

describe("the trainer's client", () => {
  it("starts the worker with the first request, and tells when it breaks down", () => {
    const posted: unknown[] = [];
    const said: TrainerResponse[] = [];
    const worker: TrainerWorker = {
      postMessage: (request) => void posted.push(request),
      onmessage: null,
      onerror: null,
      terminate: () => void posted.push("terminated"),
    };
    const client = new TrainerClient(
      "http://book.test/",
      (response) => said.push(response),
      () => worker,
    );
    expect(posted).toEqual([]);
    client.send({ kind: "run", on: true });
    expect(posted).toEqual([
      { kind: "start", site: "http://book.test/" },
      { kind: "run", on: true },
    ]);
    worker.onerror!({ message: "Uncaught boom" } as ErrorEvent);
    expect(said).toEqual([{ kind: "failed", sentence: expect.stringContaining("(boom)") }]);
    expect(posted.at(-1)).toBe("terminated");
  });
});
