import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { runStyleGAN1Generator, runStyleGAN2Generator } from "../../conformance/runners/generators.js";
import { caseNames, loadCase } from "../../golden.js";

beforeAll(async () => {
  await tf.setBackend("wasm");
});

describe.each([
  ["StyleGAN1", /^sg1-generator-/, runStyleGAN1Generator],
  ["StyleGAN2", /^sg2-generator-/, runStyleGAN2Generator],
] as const)("%s", (_, pattern, run) => {
  it.each(caseNames(pattern))("%s: every stored tensor is reproduced within its tolerance", async (name) => {
    const loaded = await loadCase(name);
    const before = tf.memory().numTensors;
    const checks = await run(loaded);
    expect(checks.filter(({ error }) => !(error <= 1))).toEqual([]);
    expect(checks.length).toBeGreaterThan(loaded.case.runs.length);
    expect(tf.memory().numTensors).toBe(before);
  });
});
