import { describe, expect, it } from "vitest";
import type { Want } from "../../../lib/engine/protocol.js";
import type { Experiment } from "../../../lib/experiment/experiment.js";
import { createRunner, failureOf, passKey, type RunState } from "../../../src/components/runner.js";
import { createExperiment } from "../../../src/components/store.js";
import { fakeEngine, type FakeEngineOptions } from "./fakeEngine.js";

const PICTURE: Want = { kind: "picture", progressive: true };

function figure(options: FakeEngineOptions = {}, wants: () => readonly Want[] = () => [PICTURE]) {
  const engine = fakeEngine(options);
  const store = createExperiment();
  const states: RunState[] = [];
  const views: { psi: number; kind: string }[] = [];
  const runner = createRunner({
    engine,
    model: () => store.value.model,
    onModel: () => undefined,
    onState: (state) => states.push(state),
    patience: 20,
    passes: () => {
      const experiment = store.value;
      return [
        { experiment, wants: wants(), show: (view) => views.push({ psi: experiment.psi, kind: view.kind }) },
      ];
    },
  });
  store.subscribe(() => runner.request());
  const settled = async (name: RunState["name"]) => {
    for (let i = 0; i < 500 && states.at(-1)?.name !== name; ++i) await new Promise((r) => setTimeout(r, 4));
    expect(states.at(-1)?.name).toBe(name);
  };
  return { engine, store, states, views, runner, settled };
}

describe("a figure's runner", () => {
  it("runs nothing while the figure is off screen", async () => {
    const { engine, store, states } = figure();
    store.patch({ psi: 1 });
    await new Promise((r) => setTimeout(r, 30));
    expect([engine.calls.length, states.length]).toEqual([0, 0]);
  });

  it("goes through downloading and running to ready, and hands over every view", async () => {
    const { runner, states, views, settled } = figure();
    runner.setActive(true);
    await settled("ready");
    const names = states.map(({ name }) => name).filter((name, i, all) => name !== all[i - 1]);
    expect(names).toEqual(["describing", "running", "downloading", "running", "ready"]);
    expect(views).toHaveLength(9);
  });

  it("stops when the figure leaves the screen and starts again when it comes back", async () => {
    const { runner, engine, settled } = figure({ layerTime: 5 });
    runner.setActive(true);
    await settled("running");
    runner.setActive(false);
    await settled("waiting");
    expect(engine.calls[0]!.aborted).toBe(true);
    runner.setActive(true);
    await settled("ready");
    expect(engine.calls).toHaveLength(2);
  });

  it("does not run again for a change of where the reader looks", async () => {
    const { runner, engine, store, settled } = figure();
    runner.setActive(true);
    await settled("ready");
    store.patch({ look: { tap: "layer3", channel: 1 } });
    await new Promise((r) => setTimeout(r, 30));
    await settled("ready");
    expect(engine.calls).toHaveLength(1);
  });

  it("asks only for the wants that changed", async () => {
    let channel = 1;
    const { runner, engine, settled } = figure({}, () => [
      { kind: "atlas", tap: "layer1", size: 4 },
      { kind: "channel", tap: "layer1", channel },
    ]);
    runner.setActive(true);
    await settled("ready");
    channel = 2;
    runner.request();
    await new Promise((r) => setTimeout(r, 80));
    await settled("ready");
    expect(engine.calls.map(({ wants }) => wants.map(({ kind }) => kind))).toEqual([
      ["atlas", "channel"],
      ["channel"],
    ]);
  });

  it("ends with the latest of many quick changes, and shows something on the way", async () => {
    const { runner, engine, store, views, settled } = figure({ layerTime: 3 });
    runner.setActive(true);
    for (let i = 0; i < 20; ++i) {
      store.patch({ psi: i / 10 });
      await new Promise((r) => setTimeout(r, 8));
    }
    await settled("ready");
    expect(views.at(-1)!.psi).toBe(1.9);
    expect(new Set(views.map(({ psi }) => psi)).size).toBeGreaterThan(1);
    expect(engine.calls.length).toBeLessThan(21);
  });

  it("fails with the engine's sentence, and runs again on retry or on a change", async () => {
    let broken = true;
    const sentence = "the device ran out of memory";
    const { runner, store, states, settled } = figure({
      fail: (experiment: Experiment) =>
        broken || experiment.psi > 1 ? { kind: "out-of-memory", sentence } : null,
    });
    runner.setActive(true);
    await settled("failed");
    expect(states.at(-1)).toEqual({ name: "failed", failure: { kind: "out-of-memory", sentence } });
    broken = false;
    runner.retry();
    await settled("ready");
    store.patch({ psi: 1.5 });
    await settled("failed");
    store.patch({ psi: 0 });
    await settled("ready");
  });
});

describe("passKey", () => {
  it("leaves out where the reader looks and nothing else", () => {
    const { base } = createExperiment();
    expect(passKey({ ...base, look: { tap: "layer1", channel: 2 } })).toBe(passKey(base));
    expect(passKey({ ...base, psi: 1 })).not.toBe(passKey(base));
  });
});

describe("failureOf", () => {
  it("keeps the kind and sentence of an engine failure, and the message of any other error", () => {
    expect(failureOf({ kind: "download", sentence: "shard 3 did not come" })).toEqual({
      kind: "download",
      sentence: "shard 3 did not come",
    });
    expect(failureOf(new RangeError("no layer named x"))).toEqual({
      kind: "internal",
      sentence: "no layer named x",
    });
  });
});
