import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { StartedTier, Tier } from "../../../lib/engine/backend.js";
import { EngineFailure } from "../../../lib/engine/failure.js";
import type { Failure, Response, View, Want } from "../../../lib/engine/protocol.js";
import { Session, type SessionOptions } from "../../../lib/engine/session.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../lib/experiment/experiment.js";
import { useWasm } from "../measure/maps.js";
import { siteOf, smallModel, type Files } from "../weights/site.js";
import { SMALL_STYLEGAN1, STARTED_TIER, seededManifest } from "../../models.js";

const site: Files = new Map();
beforeAll(async () => {
  await useWasm();
  for (const id of ["small", "twin", "third"])
    for (const [file, bytes] of (await smallModel("f32", id)).files) site.set(`weights/${id}/${file}`, bytes);
  const blend = seededManifest("blend", "stylegan1", SMALL_STYLEGAN1, "blend");
  site.set(
    "weights/blend/manifest.json",
    new TextEncoder().encode(JSON.stringify(blend)) as Uint8Array<ArrayBuffer>,
  );
});
const tier = (start: () => Promise<StartedTier> = async () => STARTED_TIER): Tier => ({
  name: "wasm",
  start,
});

/** A page that talks to a session. */
class Page {
  readonly responses: Response[] = [];
  readonly session: Session;
  readonly #hears = new Set<() => void>();
  #last = 0;

  constructor(options: Partial<SessionOptions> = {}) {
    const { fetch } = siteOf(site);
    this.session = new Session({
      tiers: () => [tier()],
      test: () => Promise.resolve(),
      fetch,
      cache: null,
      send: (response) => {
        this.responses.push(response);
        for (const hear of this.#hears) hear();
      },
      ...options,
    });
    this.session.receive({ kind: "start", site: "http://book.test/" });
  }

  async until<T>(find: (responses: readonly Response[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = find(this.responses);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const hear = () => {
          this.#hears.delete(hear);
          resolve();
        };
        this.#hears.add(hear);
      });
    }
  }

  ask(change: Partial<Experiment>, wants: readonly Want[]): number {
    const id = ++this.#last;
    this.session.receive({
      kind: "render",
      id,
      experiment: { ...DEFAULT_EXPERIMENT, model: "small", ...change },
      wants,
    });
    return id;
  }

  end(id: number) {
    return this.until((all) =>
      all.find((one) => "id" in one && one.id === id && ["done", "cancelled", "failed"].includes(one.kind)),
    );
  }

  async render(change: Partial<Experiment>, wants: readonly Want[]) {
    const id = this.ask(change, wants);
    const end = await this.end(id);
    const of = <K extends Response["kind"]>(kind: K) =>
      this.responses.filter(
        (one): one is Extract<Response, { kind: K }> => one.kind === kind && "id" in one && one.id === id,
      );
    const views = of("view").map(({ view }) => view);
    const taps = of("progress").flatMap(({ progress }) => (progress.kind === "layer" ? [progress.tap] : []));
    return { end, views, taps };
  }
}

const picture: Want = { kind: "picture" };
const pixels = (views: readonly View[]) =>
  views.find((view) => view.kind === "picture" && view.final) as Extract<View, { kind: "picture" }>;

describe("Session", () => {
  it("serves every kind of want, each exactly once, and each resolution's picture on the way", async () => {
    const page = new Page();
    const wants: Want[] = [
      { kind: "picture", progressive: true },
      { kind: "atlas", tap: "b16.conv0", size: 8 },
      { kind: "channel", tap: "b8.conv1", channel: 2 },
      { kind: "statistics", taps: ["b4.conv1", "b32.conv1", "b16.conv1.modulated"] },
      { kind: "styles", layers: ["b8.conv0", "b32.torgb"] },
    ];
    const { end, views } = await page.render({}, wants);
    expect(end.kind).toBe("done");
    expect(views.map((view) => (view.kind === "picture" ? view.resolution : view.kind)).sort()).toEqual(
      [4, 8, 16, 32, "atlas", "channel", "statistics", "styles"].sort(),
    );
    expect(pixels(views).pixels.length).toBe(32 * 32 * 4);
  });

  it("stops after the last tap that is wanted", async () => {
    const { taps } = await new Page().render({}, [{ kind: "atlas", tap: "b8.conv0", size: 8 }]);
    expect(taps.at(-1)).toBe("b8.conv0");
  });

  it("serves a further want of the same experiment without a pass", async () => {
    const page = new Page();
    await page.render({}, [picture]);
    const { views, taps } = await page.render({ look: { tap: "b8.conv0", channel: 1 } }, [
      { kind: "channel", tap: "b8.conv0", channel: 1 },
      picture,
    ]);
    expect(taps).toEqual([]);
    expect(views.map(({ kind }) => kind).sort()).toEqual(["channel", "picture"]);
  });

  const zero = { kind: "zeroChannel", tap: "b16.conv1", channel: 1 } as const;
  const changes: [string, Partial<Experiment>, Partial<Experiment>, string][] = [
    ["an intervention on a feature map", {}, { interventions: [zero] }, "b16.img"],
    ["another intervention on it", { interventions: [zero] }, { interventions: [{ ...zero, channel: 2 }] }, "b16.img"],
    ["the end of an intervention", { interventions: [zero] }, {}, "b16.img"],
    ["an intervention on it and on its style", {}, { interventions: [zero, { kind: "editStyle", layer: "b16.conv1", channel: 1, scale: 9 }] }, "b16.conv1"],
    ["an intervention on a StyleGAN1 layer", { model: "blend" }, { model: "blend", interventions: [{ kind: "zeroChannel", tap: "layer3", channel: 0 }] }, "layer4"],
    ["an intervention on an intermediate", {}, { interventions: [{ kind: "capPeaks", tap: "b16.conv1.noise", limit: 1 }] }, "b16.conv1.input"],
    ["an edited style", {}, { interventions: [{ kind: "editStyle", layer: "b16.conv1", channel: 1, scale: 9 }] }, "b16.conv1"],
    ["mixing of later layers", {}, { mixing: { seed: 9, from: 5, to: 8 } }, "b16.img"],
    ["demodulation off in later layers", {}, { interventions: [{ kind: "demodulation", layers: [4, 8], on: false }] }, "b16.conv1"],
    ["a StyleGAN1 level of detail", { model: "blend" }, { model: "blend", lod: 0.5 }, "output2"],
    ["a StyleGAN1 whole level of detail", { model: "blend" }, { model: "blend", lod: 2 }, "output1"],
    ["a StyleGAN1 without normalisation", { model: "blend" }, { model: "blend", interventions: [{ kind: "normalisation", layers: [5, 8], on: false }] }, "layer5"],
  ]; // prettier-ignore

  it.each(changes)(
    "resumes after %s, with the same picture as a full pass",
    async (_, before, after, from) => {
      const page = new Page();
      const first = await page.render(before, [picture]);
      const resumed = await page.render(after, [picture]);
      const full = await new Page().render(after, [picture]);
      expect(resumed.end.kind).toBe("done");
      expect(resumed.taps.length).toBeLessThan(full.taps.length);
      expect(resumed.taps[0]).toBe(from);
      expect(pixels(resumed.views).pixels).toEqual(pixels(full.views).pixels);
      expect(pixels(resumed.views).pixels).not.toEqual(pixels(first.views).pixels);
    },
  );

  it("shows a changed map itself, and frees what it began with", async () => {
    const page = new Page();
    await page.render({}, [picture]);
    const looks = [picture, { kind: "channel", tap: zero.tap, channel: 1 }] as const;
    const { views } = await page.render({ interventions: [zero] }, [...looks]);
    const map = views.find((view) => view.kind === "channel")!;
    expect(new Set(map.values)).toEqual(new Set([0]));
    const { numTensors } = tf.memory();
    for (const channel of [2, 3, 1]) await page.render({ interventions: [{ ...zero, channel }] }, [...looks]);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(2 * numTensors); // three passes may be kept
    const before = tf.memory().numTensors;
    for (const channel of [2, 3, 1]) await page.render({ interventions: [{ ...zero, channel }] }, [...looks]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("gives the same picture with and without keeping feature maps", async () => {
    const [keeping, forgetting] = [new Page(), new Page({ budget: 0 })];
    for (const change of [{}, { interventions: [zero] }, { psi: 1 }, { psi: 1, cutoff: 3 }, {}]) {
      const [a, b] = [await keeping.render(change, [picture]), await forgetting.render(change, [picture])];
      expect(pixels(a.views).pixels).toEqual(pixels(b.views).pixels);
    }
  });

  it("frees everything but the weights when nothing may be kept", async () => {
    const page = new Page({ budget: 0 });
    await page.render({}, [picture]);
    const { numTensors } = tf.memory();
    await page.render({ interventions: [zero] }, [
      picture,
      { kind: "atlas", tap: "b8.conv1.noise", size: 4 },
    ]);
    await page.render({}, [{ kind: "statistics", taps: ["b16.conv0"] }]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("keeps at most two models in memory", async () => {
    const page = new Page({ budget: 0 });
    const memory: number[] = [];
    for (const model of ["small", "twin", "third", "small", "twin"]) {
      await page.render({ model }, [picture]);
      memory.push(tf.memory().numTensors);
    }
    expect(memory[2]).toBe(memory[1]);
    expect(memory[4]).toBe(memory[1]);
    expect(memory[1]).toBeGreaterThan(memory[0]!);
  });

  it("answers a cancelled pass between two layers, and one that waits at once", async () => {
    const page = new Page();
    await page.until((all) => all.find(({ kind }) => kind === "started"));
    const running = page.ask({ latent: { x: 3, y: 0 } }, [picture]);
    const waiting = page.ask({ latent: { x: 4, y: 0 } }, [picture]);
    const third = page.ask({}, [picture]);
    await page.until((all) => all.find((one) => one.kind === "progress" && one.progress.kind === "layer"));
    page.session.receive({ kind: "cancel", id: waiting });
    page.session.receive({ kind: "cancel", id: running });
    expect((await page.end(running)).kind).toBe("cancelled");
    expect((await page.end(waiting)).kind).toBe("cancelled");
    expect((await page.end(third)).kind).toBe("done");
  });

  it("describes a model from its manifest", async () => {
    const page = new Page();
    page.session.receive({ kind: "describe", id: 900, model: "small" });
    const answer = await page.until((all) => all.find((one) => one.kind === "described"));
    expect(answer).toMatchObject({
      model: { family: "stylegan2", resolution: 32, wLayers: 8, origin: "trained" },
    });
  });

  it("describes a model, and reads its first block, while no device has started yet, and makes no tensor", async () => {
    const before = tf.memory().numTensors;
    const asked: string[] = [];
    const { fetch } = siteOf(site);
    const watched = (url: string, init?: RequestInit) => {
      asked.push(url.slice(url.lastIndexOf("/") + 1));
      return fetch(url, init);
    };
    const page = new Page({ tiers: () => [tier(() => new Promise(() => undefined))], fetch: watched });
    for (const [id, model] of ["small", "blend"].entries())
      page.session.receive({ kind: "describe", id: 900 + id, model });
    await page.until((all) =>
      all.filter(({ kind }) => kind === "described").length === 2 ? true : undefined,
    );
    page.ask({}, [picture]);
    await page.until((all) => all.find((one) => one.kind === "progress" && one.progress.kind === "download"));
    expect(asked.slice(0, 2)).toEqual(["manifest.json", "manifest.json"]);
    expect(asked.length).toBeGreaterThan(2);
    expect(page.responses.some(({ kind }) => kind === "started")).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
  });

  const bad: [string, Partial<Experiment>, Want, string, RegExp][] = [
    ["an unknown model", { model: "nope" }, picture, "download", /manifest .*nope.* is missing/],
    ["a name that is no name", { model: "../x" }, picture, "bad-experiment", /There is no model named "..\/x"/],
    ["psi out of range", { psi: 7 }, picture, "bad-experiment", /^Psi 7 is not within -1 .. 2\.$/],
    ["a lod for a StyleGAN2", { lod: 1 }, picture, "bad-experiment", /Only StyleGAN1 has a level of detail/],
    ["a lod above the maximum", { model: "blend", lod: 3.5 }, picture, "bad-experiment", /Lod 3.5 is above the maximum of blend, stylegan1, 3\./],
    ["an unknown layer", {}, { kind: "atlas", tap: "b7.conv", size: 8 }, "bad-experiment", /Small has no layer named "b7.conv"/],
    ["an unknown channel", {}, { kind: "channel", tap: "b8.conv0", channel: 99 }, "bad-experiment", /32 channels; there is no channel 99/],
    ["an intervention that fits no layer", { interventions: [{ kind: "zeroChannel", tap: "layer3", channel: 0 }] }, picture, "bad-experiment", /Intervention zeroChannel: no layer is named "layer3"/],
    ["a model that the reader did not bring", { model: "reader:ffhq" }, picture, "bad-experiment", /"ffhq" is not kept in this browser/],
  ]; // prettier-ignore

  it.each(bad)("refuses %s with a sentence, and stays usable", async (_, change, want, kind, sentence) => {
    const page = new Page();
    const { end } = await page.render(change, [want]);
    expect(end).toMatchObject({ kind: "failed", failure: { kind } });
    expect((end as Extract<Response, { kind: "failed" }>).failure.sentence).toMatch(sentence);
    expect((await page.render({}, [picture])).end.kind).toBe("done");
  });

  it("leaves a back end that fails its self-test for the next, and says so", async () => {
    const page = new Page({
      tiers: () => [{ ...tier(async () => ({ ...STARTED_TIER, device: "broken" })), name: "webgpu" }, tier()],
      test: (() => {
        let calls = 0;
        return async () => {
          if (calls++ === 0) throw new Error("it computed wrong numbers in the start-up test");
        };
      })(),
    });
    const started = await page.until((all) => all.find((one) => one.kind === "started"));
    expect(started).toMatchObject({
      backend: {
        name: "wasm",
        device: "test",
        tried: [{ name: "webgpu", reason: "It computed wrong numbers in the start-up test." }],
      },
    });
  });

  it("says every reason when no back end is left, and tries again when asked again", async () => {
    let broken = true;
    const page = new Page({
      tiers: () => [
        tier(async () =>
          broken ? Promise.reject(new Error("this browser does not offer WebAssembly")) : STARTED_TIER,
        ),
      ],
    });
    const failed = await page.until((all) => all.find((one) => one.kind === "failed"));
    expect(failed).toMatchObject({ id: null, failure: { kind: "no-backend" } });
    expect((failed as Extract<Response, { kind: "failed" }>).failure.sentence).toContain(
      "WebAssembly: This browser does not offer WebAssembly.",
    );
    broken = false;
    expect((await page.render({}, [picture])).end.kind).toBe("done");
  });

  it("starts a back end anew after its device was lost", async () => {
    let lose: (reason: string) => void = () => undefined;
    let starts = 0;
    const start = async (): Promise<StartedTier> => {
      starts++;
      return { ...STARTED_TIER, lost: new Promise<string>((resolve) => (lose = resolve)) };
    };
    const page = new Page({ tiers: () => [tier(start)] });
    await page.render({}, [picture]);
    lose("unplugged");
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await page.render({}, [picture])).end.kind).toBe("done");
    expect(starts).toBe(2);
  });

  /** Tiers on which the first passes fail, one after the other, and later ones succeed. */
  function failing(...failures: Failure[]) {
    const begun: string[] = [];
    const make = (name: Tier["name"]): Tier => ({
      name,
      start: async () => {
        begun.push(name);
        const guard: StartedTier["guard"] = async (work) => {
          const failure = failures.shift();
          if (!failure) return work();
          await work(); // some views are on their way already
          throw new EngineFailure(failure.kind, failure.sentence);
        };
        // The self-test is guarded too; here it does nothing.
        let tested = false;
        return { ...STARTED_TIER, guard: (work) => (tested ? guard(work) : ((tested = true), work())) };
      },
    });
    return { begun, page: new Page({ tiers: () => [make("webgpu"), make("wasm")] }) };
  }
  const lost: Failure = { kind: "device-lost", sentence: "The graphics device was lost." };
  const full: Failure = { kind: "out-of-memory", sentence: "There was not enough memory." };
  const said = (page: Page) =>
    page.responses.flatMap((one) =>
      one.kind === "progress" && one.progress.kind === "again" ? [one.progress.sentence] : [],
    );

  it("begins a pass anew on a fresh device when its device is lost", async () => {
    const { page, begun } = failing(lost);
    expect((await page.render({}, [picture])).end.kind).toBe("done");
    expect(begun).toEqual(["webgpu", "webgpu"]);
    expect(said(page)).toEqual(["The graphics device was lost; the computation began anew on a fresh one."]);
  });

  it("goes on with the next back end when the device is lost twice, and keeps to it", async () => {
    const { page, begun } = failing(lost, lost);
    expect((await page.render({}, [picture])).end.kind).toBe("done");
    expect((await page.render({ psi: 0.5 }, [picture])).end.kind).toBe("done");
    expect(begun).toEqual(["webgpu", "webgpu", "wasm"]);
    expect(said(page)[1]).toBe(
      "WebGPU is left: its device was lost twice. The computation goes on with WebAssembly.",
    );
  });

  it("goes on with the next back end when memory does not suffice, and fails with a sentence on the last", async () => {
    const { page, begun } = failing(full, full);
    const { end } = await page.render({}, [picture]);
    expect(begun).toEqual(["webgpu", "wasm"]);
    expect(end).toMatchObject({ kind: "failed", failure: full });
    const started = page.responses.filter((one) => one.kind === "started");
    expect(started[1]).toMatchObject({
      backend: { name: "wasm", tried: [{ name: "webgpu", reason: "It ran out of memory." }] },
    });
    expect((await page.render({}, [picture])).end.kind).toBe("done");
  });
});
