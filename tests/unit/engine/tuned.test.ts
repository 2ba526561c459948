import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { describe, expect, it } from "vitest";
import { useTuned, type TuningCache } from "../../../lib/engine/tuned.js";
import { DIVISIONS, divisionOf, type DivisionName } from "../../../lib/webgpu/tiling.js";
import { fastest } from "../../../lib/webgpu/tuning.js";

const CARD = { vendor: "acme", architecture: "one/two", device: "", description: "" };
const SOFTWARE = { ...CARD, vendor: "google", architecture: "swiftshader" };

const backendOn = (adapterInfo: typeof CARD) => ({ device: { adapterInfo } }) as unknown as WebGPUBackend;

/** A cache in memory, and what was measured for it. */
function kept(answer: () => Promise<DivisionName>) {
  const entries = new Map<string, Response>();
  let measured = 0;
  const cache: TuningCache = {
    match: (key) => Promise.resolve(entries.get(key as string)?.clone()),
    put: (key, response) => Promise.resolve(void entries.set(key as string, response)),
  };
  return {
    use: (backend: WebGPUBackend, info = CARD, open: () => Promise<TuningCache | null> = () => Promise.resolve(cache)) =>
      useTuned(backend, info, open, () => {
        measured += 1;
        return answer();
      }),
    get measured() {
      return measured;
    },
    entries,
  };
} // prettier-ignore

describe("the division that is kept for a device", () => {
  it("is measured on the first visit, and used on the next ones", async () => {
    const tuning = kept(() => Promise.resolve("small workgroup"));
    await tuning.use(backendOn(CARD));
    expect(tuning.measured).toBe(1);
    const again = backendOn(CARD);
    expect(divisionOf(again)).toBe(DIVISIONS["workgroup"]);
    await tuning.use(again);
    expect(tuning.measured).toBe(1);
    expect(divisionOf(again)).toBe(DIVISIONS["small workgroup"]);
  });

  it("is another device's own", async () => {
    const tuning = kept(() => Promise.resolve("small workgroup"));
    await tuning.use(backendOn(CARD));
    await tuning.use(backendOn(CARD), { ...CARD, architecture: "one", device: "two" });
    expect(tuning.measured).toBe(2);
  });

  it("is measured anew where a name is kept that there is no longer", async () => {
    const tuning = kept(() => Promise.resolve("workgroup"));
    await tuning.use(backendOn(CARD));
    for (const key of tuning.entries.keys()) tuning.entries.set(key, new Response("enormous workgroup"));
    await tuning.use(backendOn(CARD));
    expect(tuning.measured).toBe(2);
  });

  it("is the usual one in software, without a cache, and where measuring fails", async () => {
    const tuning = kept(() => Promise.resolve("small workgroup"));
    const software = backendOn(SOFTWARE);
    await tuning.use(software, SOFTWARE);
    const bare = backendOn(CARD);
    await tuning.use(bare, CARD, () => Promise.resolve(null));
    expect(tuning.measured).toBe(0);
    expect(divisionOf(software)).toBe(DIVISIONS["registers"]);
    expect(divisionOf(bare)).toBe(DIVISIONS["workgroup"]);
    const failing = kept(() => Promise.reject(new Error("the device was lost")));
    await failing.use(bare);
    expect(divisionOf(bare)).toBe(DIVISIONS["workgroup"]);
    expect(failing.entries.size).toBe(0);
  });
});

describe("fastest", () => {
  /** Runs candidates that take the given milliseconds on a clock of its own. */
  async function among(times: readonly number[]) {
    let clock = 0;
    const tried: number[] = [];
    const candidates = times.map((_, i) => i);
    const best = await fastest(
      candidates,
      (candidate) => {
        tried.push(candidate);
        return Promise.resolve(() => {
          clock += times[candidate]!;
          return Promise.resolve();
        });
      },
      () => clock,
    );
    return { best, tried };
  }

  it("is the candidate of the least time", async () => {
    expect((await among([10, 7, 5, 6])).best).toBe(2);
  });

  it("stays with the first unless another is clearly faster", async () => {
    expect((await among([10, 9.5, 9.2])).best).toBe(0);
    expect((await among([10, 9.5, 8.9])).best).toBe(2);
  });

  it("tries no more once the time is spent", async () => {
    const { best, tried } = await among([200, 100, 50, 1]);
    expect(tried).toEqual([0]);
    expect(best).toBe(0);
  });
});
