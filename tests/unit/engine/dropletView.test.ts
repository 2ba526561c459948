import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DropletView } from "../../../lib/engine/dropletView.js";
import type { EngineModel } from "../../../lib/engine/engineModel.js";
import type { Want } from "../../../lib/engine/protocol.js";
import type { Intervention } from "../../../lib/networks/interventions.js";
import { useWasm } from "../measure/maps.js";
import { SMALL_STYLEGAN1, seededModel, viewsOf } from "../../models.js";

const SPIKE: Intervention = {
  kind: "spike",
  tap: "layer4.activate",
  channel: null,
  centre: [0.3, 0.7],
  radius: 0,
  height: 100,
};

let model: EngineModel;
beforeAll(async () => {
  await useWasm();
  model = seededModel("stylegan1", SMALL_STYLEGAN1, "droplet");
});
afterAll(() => model.dispose());

async function droplets(
  wants: readonly Want[],
  interventions: readonly Intervention[],
): Promise<DropletView[]> {
  const seen = await viewsOf(model, wants, { interventions });
  return seen.filter((view) => view.kind === "droplet");
}

const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

describe("the droplet want", () => {
  it("sees no spike in a fresh network, and finds one that is painted in, and its size", async () => {
    const want: Want = { kind: "droplet", tap: "layer4", size: 8 };
    const [plain] = await droplets([want], []);
    const [spiked] = await droplets([want], [SPIKE]);
    expect(plain!.score).toBeLessThan(4);
    expect(spiked!.score).toBeGreaterThan(15);
    expect(spiked!.score).toBeLessThan(Math.sqrt(16 * 16 - 1) + 1e-3);
    expect(spiked!.place).toEqual([4.5 / 16, 11.5 / 16]);
    expect(spiked!.shape).toEqual([16, 16, 16]);
    const { width, values } = spiked!.map!;
    expect([width, values.length, values.indexOf(Math.max(...values))]).toEqual([8, 64, 5 * 8 + 2]);
  });

  it("sees the rest of the map shrink as the share and the height of the spike say", async () => {
    const want: Want = { kind: "droplet", tap: "layer4.normalize" };
    const [plain] = await droplets([want], []);
    const [spiked] = await droplets([want], [SPIKE]);
    const share = 1 / 256;
    const factor = 1 / Math.sqrt((1 - share) * (1 + share * 100 ** 2));
    expect(rms(spiked!.strengths) / rms(plain!.strengths) / factor).toBeCloseTo(1, 1);
  });

  it("refuses a layer that the model does not have", async () => {
    await expect(droplets([{ kind: "droplet", tap: "b8.conv0" }], [])).rejects.toThrow(/b8\.conv0/);
  });
});
