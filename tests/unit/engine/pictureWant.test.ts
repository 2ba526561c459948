import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EngineModel } from "../../../lib/engine/engineModel.js";
import type { Progress, View, Want } from "../../../lib/engine/protocol.js";
import { render } from "../../../lib/engine/render.js";
import { DEFAULT_EXPERIMENT } from "../../../lib/experiment/experiment.js";
import { useWasm } from "../measure/maps.js";
import { SMALL } from "../weights/site.js";
import { seededModel } from "../../models.js";

let model: EngineModel;
beforeAll(async () => {
  await useWasm();
  model = seededModel("stylegan2", SMALL, "test");
});
afterAll(() => model.dispose());

async function ask(wants: readonly Want[]): Promise<{ views: View[]; taps: string[] }> {
  const [views, taps]: [View[], string[]] = [[], []];
  await render(model, { ...DEFAULT_EXPERIMENT, model: "small" }, wants, {
    send: (view) => void views.push(view),
    progress: (progress: Progress) => progress.kind === "layer" && taps.push(progress.tap),
    signal: new AbortController().signal,
    settle: async () => {},
    budget: 0, // nothing is kept, so that each render shows what it runs
  });
  return { views, taps };
}

describe("a picture of a lower resolution", () => {
  it("comes from its resolution's RGB, and the pass stops there", async () => {
    const { views, taps } = await ask([{ kind: "picture", resolution: 16 }]);
    expect(views).toHaveLength(1);
    expect(views[0]).toMatchObject({ kind: "picture", width: 16, resolution: 16, final: true });
    expect(taps.at(-1)).toBe("b16.img");
  });

  it("is the preview that a progressive pass shows on its way", async () => {
    const { views } = await ask([{ kind: "picture", progressive: true }]);
    const preview = views.find((view) => view.kind === "picture" && view.resolution === 16) as {
      pixels: Uint8ClampedArray;
    };
    const [alone] = (await ask([{ kind: "picture", resolution: 16 }])).views as unknown as {
      pixels: Uint8ClampedArray;
    }[];
    expect(preview.pixels).toEqual(alone!.pixels);
  });

  it("is the whole picture at the network's own resolution", async () => {
    const { views, taps } = await ask([{ kind: "picture", resolution: 32 }]);
    expect(views[0]).toMatchObject({ width: 32 });
    expect(taps.at(-1)).toBe("b32.img");
  });

  it("is refused in one sentence where there is none", async () => {
    await expect(ask([{ kind: "picture", resolution: 24 }])).rejects.toThrow(/none of 24\./);
  });
});
