import * as tf from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { StartedTier } from "../../../lib/engine/backend.js";
import type { Request, Response } from "../../../lib/engine/protocol.js";
import { Session } from "../../../lib/engine/session.js";
import { DEFAULT_EXPERIMENT, type Experiment } from "../../../lib/experiment/experiment.js";
import { KeptModels } from "../../../lib/weights/keptModels.js";
import type { Parameter } from "../../../lib/weights/parameters.js";
import type { WrittenShard } from "../../../lib/weights/write.js";
import { caseNames, loadCase, type GoldenRun, type LoadedCase } from "../../golden.js";
import { useWasm } from "../measure/maps.js";
import { memoryCache } from "../weights/site.js";
import { STARTED_TIER } from "../../models.js";

/** The latents of the case at hand stand in for those of seeds 0, 1, ... */
const latents = vi.hoisted(() => ({ rows: null as Float32Array[] | null }));
vi.mock("../../../lib/random/seedToZ.js", () => ({
  seedToZ: (seed: number) => latents.rows![seed]!,
}));

beforeAll(() => useWasm());

type Of<Kind extends Response["kind"]> = Extract<Response, { kind: Kind }>;
type Asked = Extract<Request, { id: number }>;
type Question = Asked extends infer One ? (One extends Asked ? Omit<One, "id"> : never) : never;

const nothingKept = new KeptModels({ ...memoryCache(), keys: () => Promise.resolve([]) });

/** A page that talks to a session. */
function page(kept = nothingKept, tier: Partial<StartedTier> = {}) {
  const responses: Response[] = [];
  const waiting: (() => void)[] = [];
  let last = 0;
  const session = new Session({
    tiers: () => [{ name: "wasm", start: async () => ({ ...STARTED_TIER, ...tier }) }],
    test: () => Promise.resolve(),
    fetch: () => Promise.reject(new Error("nothing may be fetched")),
    cache: null,
    kept,
    send: (response) => {
      responses.push(response);
      for (const hear of waiting.splice(0)) hear();
    },
  });
  session.receive({ kind: "start", site: "http://book.test/" });
  /** Every answer to a question, the closing one last. */
  async function ask(question: Question, during?: (id: number) => void): Promise<Response[]> {
    const id = ++last;
    session.receive({ ...question, id } as Request);
    during?.(id);
    for (;;) {
      const mine = responses.filter((one) => "id" in one && one.id === id);
      const end = mine.at(-1)?.kind;
      if (end && !["view", "progress", "shard"].includes(end)) return mine;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  return { session, ask };
}

const checkpointFile = async ({ dir }: LoadedCase, name: string) =>
  new File([new Uint8Array(await readFile(join(dir, name)))], name);

/** The experiment that a golden run is, at row `row` of its batch. */
function experimentOf(run: GoldenRun, { tensors }: LoadedCase, row: number, layers: number): Experiment {
  const { truncation_psi, trunc_psi, trunc_layers = 0, noise_mode = "const", lod = 0 } = run.args;
  const label = run.inputs["c"] ? rowOf(tensors.get(run.inputs["c"])!, row) : null;
  return {
    ...DEFAULT_EXPERIMENT,
    model: "reader:mine",
    latent: { x: row, y: 0 },
    classIndex: label ? label.indexOf(1) : 0,
    psi: truncation_psi ?? trunc_psi ?? 1,
    cutoff: trunc_psi === undefined ? null : Math.min(trunc_layers, layers),
    noise: { mode: noise_mode, seed: 0 },
    lod,
  };
}

const rowOf = ({ shape, data }: Parameter, row: number) =>
  data.slice((row * data.length) / shape[0]!, ((row + 1) * data.length) / shape[0]!);

/** [3, H, W] in -1 .. 1 as a canvas shows it. */
function pixelsOf(image: Float32Array): Uint8ClampedArray {
  const area = image.length / 3;
  const pixels = new Uint8ClampedArray(4 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = Math.floor(image[c * area + i]! * 127.5 + 128);
    pixels[4 * i + 3] = 255;
  }
  return pixels;
}

describe("a reader's checkpoint in the engine", () => {
  for (const name of caseNames(/^ckpt-.*(sg|tf|tiny)/)) {
    it(`${name} shows the official pictures, to a grey level`, async () => {
      const golden = await loadCase(name);
      const runs = golden.case.runs.filter(({ outputs }) => outputs["img"]);
      expect(runs.length).toBeGreaterThan(0);
      let compared = 0;
      for (const { file } of golden.case.files as unknown as { file: string }[]) {
        const { ask } = page();
        const [answer] = (
          await ask({ kind: "bring", name: "mine", file: await checkpointFile(golden, file) })
        ).slice(-1);
        if (/statedict/.test(file)) {
          expect(answer).toMatchObject({ kind: "failed", failure: { kind: "bad-file" } });
          continue;
        }
        const { report } = answer as Of<"brought">;
        expect(report.model.origin).toBe("reader");
        for (const run of runs) {
          const z = golden.tensors.get(run.inputs["z"]!)!;
          latents.rows = [rowOf(z, 0), rowOf(z, 1)];
          for (const row of [0, 1]) {
            const experiment = experimentOf(run, golden, row, report.model.wLayers);
            const answers = await ask({ kind: "render", experiment, wants: [{ kind: "picture" }] });
            expect(answers.at(-1), run.name).toMatchObject({ kind: "done" });
            const { view } = answers.find(({ kind }) => kind === "view") as Of<"view">;
            if (view.kind !== "picture") throw new Error("no picture");
            const expected = pixelsOf(rowOf(golden.tensors.get(run.outputs["img"]!)!, row));
            expect(view.pixels.length).toBe(expected.length);
            const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - view.pixels[i]!)), 0);
            expect(worst, `${file} ${run.name} ${row}`).toBeLessThanOrEqual(1);
            compared++;
          }
        }
      }
      expect(compared).toBeGreaterThan(1);
    });
  }

  it("is described before any weight is read", async () => {
    const { ask } = page();
    const golden = await loadCase("ckpt-tf-ada-cond-pkl");
    const file = await checkpointFile(golden, "network-final.pkl");
    const answers = await ask({ kind: "bring", name: "mine", file });
    expect((answers.at(-1) as Of<"brought">).report).toMatchObject({
      format: "pickle",
      fileBytes: file.size,
      layout: expect.stringMatching(/StyleGAN2/) as string,
      path: "Gs",
      averaged: true,
      imageChannels: 3,
      model: { id: "reader:mine", title: "network-final", resolution: 16, classes: 4, family: "stylegan2" },
    });
    const bytes = answers.flatMap((one) => (one.kind === "progress" ? [one.progress] : []));
    expect(bytes.at(-1)).toEqual({ kind: "file", loaded: file.size, total: file.size });
  });

  it("makes way for another of its name only when the pass that runs has ended", async () => {
    const golden = await loadCase("ckpt-tf-sg2-pkl");
    latents.rows = [rowOf(golden.tensors.get(golden.case.runs[0]!.inputs["z"]!)!, 0)];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { ask } = page(nothingKept, { settle: () => held });
    const bring = async () => {
      const file = await checkpointFile(golden, "network-final.pkl");
      return (await ask({ kind: "bring", name: "mine", file })).at(-1);
    };
    const experiment = { ...DEFAULT_EXPERIMENT, model: "reader:mine" };
    const render = () => ask({ kind: "render", experiment, wants: [{ kind: "picture" }] });
    const before = tf.memory().numTensors;
    expect(await bring()).toMatchObject({ kind: "brought" });
    const running = render();
    expect(await bring()).toMatchObject({ kind: "brought" });
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    release();
    expect((await running).at(-1)).toMatchObject({ kind: "done" });
    expect(tf.memory().numTensors).toBe(before);
    expect((await render()).at(-1)).toMatchObject({ kind: "done" });
  });

  it("refuses a class that the model does not have", async () => {
    const { ask } = page();
    const golden = await loadCase("ckpt-sg2ada-pkl-cond");
    await ask({
      kind: "bring",
      name: "mine",
      file: await checkpointFile(golden, golden.case.files[0]!.file),
    });
    const experiment = { ...DEFAULT_EXPERIMENT, model: "reader:mine", classIndex: 3 };
    const answers = await ask({ kind: "render", experiment, wants: [{ kind: "picture" }] });
    expect(answers.at(-1)).toMatchObject({
      kind: "failed",
      failure: { kind: "bad-experiment", sentence: expect.stringContaining("no class 3") as string },
    });
  });

  it("refuses a bad file with a sentence and the byte, and takes the next one", async () => {
    const { ask } = page();
    const bad = await loadCase("bad-pickle-code");
    const answers = await ask({
      kind: "bring",
      name: "mine",
      file: await checkpointFile(bad, "reduce-protocol0.pkl"),
    });
    expect(answers.at(-1)).toMatchObject({
      failure: { kind: "bad-file", sentence: expect.stringMatching(/^[A-Z].*at byte \d+.*\.$/) as string },
    });
    const unknown = await ask({ kind: "describe", model: "reader:mine" });
    expect(unknown.at(-1)).toMatchObject({ failure: { kind: "bad-experiment" } });
    const golden = await loadCase("ckpt-tf-sg2-pkl");
    const next = await ask({
      kind: "bring",
      name: "mine",
      file: await checkpointFile(golden, "network-final.pkl"),
    });
    expect(next.at(-1)!.kind).toBe("brought");
  });

  it("stops looking when told to", async () => {
    const { ask, session } = page();
    const golden = await loadCase("ckpt-tf-sg2-pkl");
    const file = await checkpointFile(golden, "network-final.pkl");
    const answers = await ask({ kind: "bring", name: "mine", file }, (id) =>
      session.receive({ kind: "cancel", id }),
    );
    expect(answers.at(-1)!.kind).toBe("cancelled");
    expect((await ask({ kind: "describe", model: "reader:mine" })).at(-1)!.kind).toBe("failed");
  });

  it("is written as shards that, kept, give the same picture, and is gone when forgotten", async () => {
    const golden = await loadCase("ckpt-sg3-r-pkl");
    const z = golden.tensors.get("inputs/z")!;
    latents.rows = [rowOf(z, 0)];
    const { ask, session } = page();
    await ask({
      kind: "bring",
      name: "mine",
      file: await checkpointFile(golden, golden.case.files[0]!.file),
    });
    const experiment = { ...DEFAULT_EXPERIMENT, model: "reader:mine" };
    const render = async (by: typeof ask) => {
      const answers = await by({ kind: "render", experiment, wants: [{ kind: "picture" }] });
      const view = answers.find(({ kind }) => kind === "view") as Of<"view"> | undefined;
      return view ? (view.view as { pixels: Uint8ClampedArray }).pixels : answers.at(-1)!;
    };
    const first = await render(ask);
    const written = await ask({
      kind: "write",
      model: "reader:mine",
      options: { id: "mine", title: "Mine", dtype: "f32", licence: "CC0" },
    });
    const shards = written.flatMap((one): WrittenShard[] => (one.kind === "shard" ? [one.shard] : []));
    const { manifest } = written.at(-1) as Of<"written">;
    expect(manifest).toMatchObject({ id: "mine", title: "Mine", dtype: "f32" });
    expect(shards.map(({ file }) => file)).toEqual(manifest.shards.map(({ file }) => file));

    const cache = memoryCache();
    const storage = { ...cache, keys: async () => [...cache.entries.keys()].map((url) => ({ url })) };
    const kept = new KeptModels(storage);
    await kept.keep("mine", async (onShard) => {
      shards.forEach(onShard);
      return manifest;
    });
    expect(await render(page(kept).ask)).toEqual(first);

    session.receive({ kind: "forget", model: "reader:mine" });
    expect(await render(ask)).toMatchObject({ failure: { kind: "bad-experiment" } });
  });
});
