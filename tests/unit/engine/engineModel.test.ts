import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { EngineModel } from "../../../lib/engine/engineModel.js";
import type { Config } from "../../../lib/weights/config.js";
import { initialise } from "../../../lib/weights/initialise.js";
import type { Model } from "../../../lib/weights/model.js";
import type { Parameters } from "../../../lib/weights/parameters.js";
import { SMALL_STYLEGAN1, seededManifest } from "../../models.js";
import { useWasm } from "../measure/maps.js";
import { SMALL } from "../weights/site.js";

beforeAll(() => useWasm());

describe.each([
  ["stylegan1", SMALL_STYLEGAN1],
  ["stylegan2", { ...SMALL, mapping_kwargs: { num_layers: 2, w_avg_beta: null } }],
] as const)("a %s in memory", (family, config) => {
  /** Weights that come when they are let in. */
  function model() {
    let letIn = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (letIn = resolve));
    const weights: Model = {
      manifest: seededManifest("slow", family, config, "slow"),
      family,
      config: config as unknown as Config,
      resolution: 32,
      progress: { loaded: 0, total: 1 },
      async parametersFor(): Promise<Parameters> {
        await arrived;
        return initialise(family, config as never, "slow");
      },
      release() {},
    };
    return { model: new EngineModel("slow", weights), letIn };
  }

  it("frees every tensor when it is disposed", async () => {
    const before = tf.memory().numTensors;
    const { model: loaded, letIn } = model();
    letIn();
    await loaded.load(32);
    expect(tf.memory().numTensors).toBeGreaterThan(before);
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("makes no tensor of weights that arrive after it was disposed", async () => {
    const before = tf.memory().numTensors;
    const { model: gone, letIn } = model();
    const loading = gone.load(32);
    gone.dispose();
    letIn();
    await loading;
    expect(tf.memory().numTensors).toBe(before);
  });
});
