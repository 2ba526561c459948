import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { chooseBackend, type Tier } from "../../../lib/engine/backend.js";
import { instanceNorm } from "../../../lib/ops/instanceNorm.js";
import { kernels, registerKernels } from "../../../lib/ops/kernels.js";

const own = vi.hoisted(() => ({ OWN_OPERATIONS: true }));
vi.mock("../../../lib/ops/ownOperations.js", () => own);

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => {
  registerKernels("cpu", null);
  own.OWN_OPERATIONS = true;
});

const refuses = () => Promise.reject(new Error("wrong numbers"));

const tier: Tier = {
  name: "wasm",
  start: () =>
    Promise.resolve({
      device: "a device",
      threads: 1,
      settle: () => Promise.resolve(),
      guard: (work) => work(),
      lost: new Promise<never>(() => undefined),
      stop: () => undefined,
    }),
};

it("lets no kernel stand in for an operation of the reader's own", async () => {
  const twin = vi.fn(() => tf.zeros([1, 2, 2, 1]) as tf.Tensor4D);
  registerKernels("cpu", { instanceNorm: twin });
  expect(kernels()).toEqual({});
  const y = instanceNorm(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]));
  expect(twin).not.toHaveBeenCalled();
  expect((await y.data())[3]).toBeCloseTo(1.3416, 3);
  own.OWN_OPERATIONS = false;
  registerKernels("cpu", { instanceNorm: twin });
  instanceNorm(y);
  expect(twin).toHaveBeenCalledOnce();
});

it("starts a back end whose operations would not pass the start-up test, and says that they are untested", async () => {
  const { report } = await chooseBackend([tier], refuses);
  expect(report).toMatchObject({
    name: "wasm",
    tried: [],
    withoutKernels: expect.stringContaining("untested"),
  });
  own.OWN_OPERATIONS = false;
  await expect(chooseBackend([tier], refuses)).rejects.toThrow("Wrong numbers");
});

it("is off in the book as it is", async () => {
  const actual = await vi.importActual<typeof own>("../../../lib/ops/ownOperations.js");
  expect(actual.OWN_OPERATIONS).toBe(false);
});
