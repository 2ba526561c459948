import { describe, expect, it } from "vitest";
import { chooseBackend, type StartedTier, type Tier } from "../../../lib/engine/backend.js";

interface Fake {
  readonly tier: Tier;
  readonly said: string[];
}

/** A tier that computes right, wrong with its kernels, or wrong in any case. */
function fake(name: "webgpu" | "wasm", wrong: "never" | "kernels" | "always", ownKernels = true) {
  const said: string[] = [];
  let kernels = ownKernels;
  const started: StartedTier = {
    device: name,
    threads: 1,
    settle: () => Promise.resolve(),
    guard: (work) => work(),
    ...(ownKernels && {
      leaveKernels: () => {
        said.push("leaves kernels");
        kernels = false;
      },
    }),
    lost: new Promise<never>(() => undefined),
    stop: () => said.push("stops"),
  };
  const test = () =>
    wrong === "always" || (wrong === "kernels" && kernels)
      ? Promise.reject(new Error(`wrong numbers ${kernels ? "of kernels" : "of stock operations"}`))
      : Promise.resolve();
  const tier: Tier = { name, start: () => Promise.resolve(started) };
  return { tier, said, test } satisfies Fake & { test: () => Promise<void> };
}

describe("chooseBackend", () => {
  it("takes the first back end that computes correctly, with its kernels", async () => {
    const gpu = fake("webgpu", "never");
    const { report } = await chooseBackend([gpu.tier], gpu.test);
    expect(report).toEqual({ name: "webgpu", threads: 1, device: "webgpu", tried: [] });
    expect(gpu.said).toEqual([]);
  });

  it("leaves kernels that compute wrong numbers for the stock operations, and says why", async () => {
    const gpu = fake("webgpu", "kernels");
    const { report } = await chooseBackend([gpu.tier], gpu.test);
    expect(report).toMatchObject({
      name: "webgpu",
      tried: [],
      withoutKernels: "Wrong numbers of kernels.",
    });
    expect(gpu.said).toEqual(["leaves kernels"]);
  });

  it("leaves a back end that computes wrong numbers either way", async () => {
    const gpu = fake("webgpu", "always");
    const wasm = fake("wasm", "never", false);
    let tests = 0;
    const { report } = await chooseBackend([gpu.tier, wasm.tier], () =>
      ++tests > 2 ? wasm.test() : gpu.test(),
    );
    expect(report).toMatchObject({
      name: "wasm",
      tried: [{ name: "webgpu", reason: "Wrong numbers of stock operations." }],
    });
    expect(report.withoutKernels).toBeUndefined();
    expect(gpu.said).toEqual(["leaves kernels", "stops"]);
  });

  it("goes on with the next back end when one that failed cannot even be stopped", async () => {
    const gone = fake("webgpu", "always").tier;
    const broken: Tier = {
      name: "webgpu",
      start: async () => ({
        ...(await gone.start()),
        stop: () => {
          throw new Error("the device is gone");
        },
      }),
    };
    const wasm = fake("wasm", "never", false);
    let tests = 0;
    const { report } = await chooseBackend([broken, wasm.tier], () =>
      ++tests > 2 ? wasm.test() : Promise.reject(new Error("wrong numbers")),
    );
    expect(report).toMatchObject({ name: "wasm", tried: [{ name: "webgpu", reason: "Wrong numbers." }] });
  });
});
