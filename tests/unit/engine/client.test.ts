import { describe, expect, it } from "vitest";
import { EngineClient, type EngineWorker } from "../../../lib/engine/client.js";
import type { BackendReport, Request, Response } from "../../../lib/engine/protocol.js";
import { DEFAULT_EXPERIMENT } from "../../../lib/experiment/experiment.js";

class FakeWorker implements EngineWorker {
  readonly requests: Request[] = [];
  onmessage: EngineWorker["onmessage"] = null;
  onerror: EngineWorker["onerror"] = null;
  terminated = false;

  postMessage(request: Request): void {
    this.requests.push(request);
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(response: Response): void {
    this.onmessage!({ data: response } as MessageEvent<Response>);
  }
}

const report: BackendReport = { name: "wasm", threads: 1, tried: [], device: "test" };

function start() {
  const worker = new FakeWorker();
  const engine = new EngineClient({ site: "http://book.test/", createWorker: () => worker });
  return { worker, engine };
}

describe("EngineClient", () => {
  it("starts its worker with the site's address and reports the back end", async () => {
    const { worker, engine } = start();
    expect(worker.requests).toEqual([{ kind: "start", site: "http://book.test/", prefer: null }]);
    worker.answer({ kind: "started", backend: report });
    expect(await engine.backend).toEqual(report);
  });

  it("hands over views and progress as they come, to the one who asked", async () => {
    const { worker, engine } = start();
    const heard: string[] = [];
    const render = engine.render(DEFAULT_EXPERIMENT, [{ kind: "picture" }], {
      onView: ({ kind }) => heard.push(kind),
      onProgress: ({ kind }) => heard.push(kind),
    });
    const other = engine.describe("x");
    other.catch(() => undefined);
    worker.answer({ kind: "progress", id: 1, progress: { kind: "download", loaded: 1, total: 2 } });
    worker.answer({ kind: "view", id: 1, view: { kind: "styles", layers: {} } });
    worker.answer({ kind: "done", id: 1, milliseconds: 5 });
    expect(await render).toEqual({ views: [{ kind: "styles", layers: {} }], milliseconds: 5 });
    expect(heard).toEqual(["download", "styles"]);
  });

  it("cancels in the worker when the signal aborts, and rejects at once", async () => {
    const { worker, engine } = start();
    const abort = new AbortController();
    const render = engine.render(DEFAULT_EXPERIMENT, [], { signal: abort.signal });
    abort.abort();
    await expect(render).rejects.toMatchObject({ name: "AbortError" });
    expect(worker.requests.at(-1)).toEqual({ kind: "cancel", id: 1 });
    worker.answer({ kind: "cancelled", id: 1 });
  });

  it("does not ask when the signal has aborted already", async () => {
    const { worker, engine } = start();
    await expect(
      engine.render(DEFAULT_EXPERIMENT, [], { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: "AbortError" });
    expect(worker.requests).toHaveLength(1);
  });

  it("rejects with the worker's failure", async () => {
    const { worker, engine } = start();
    const failure = { kind: "download", sentence: "A shard is missing." } as const;
    const describing = engine.describe("x");
    worker.answer({ kind: "failed", id: 1, failure });
    await expect(describing).rejects.toMatchObject(failure);
  });

  it("says so when the worker cannot be made, or breaks down", async () => {
    const unmade = new EngineClient({
      site: "http://book.test/",
      createWorker: () => {
        throw new Error("workers are forbidden");
      },
    });
    await expect(unmade.backend).rejects.toMatchObject({
      kind: "internal",
      sentence: expect.stringContaining(
        "could not be started or broke down (workers are forbidden)",
      ) as string,
    });
    await expect(unmade.describe("x")).rejects.toMatchObject({ kind: "internal" });
    const { worker, engine } = start();
    const describing = engine.describe("x");
    worker.onerror!({ message: "Uncaught boom" } as ErrorEvent);
    await expect(describing).rejects.toMatchObject({ sentence: expect.stringContaining("(boom)") as string });
  });
});
