import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { compileKernels } from "../../../lib/cli/compileKernels.js";
import { relativeError } from "../../../lib/measure/relativeError.js";
import { conv2d } from "../../../lib/ops/conv2d.js";
import { forget, remember } from "../../../lib/ops/derived.js";
import { kernels, withoutKernels } from "../../../lib/ops/kernels.js";
import { hashNormal } from "../../../lib/random/hashNormal.js";
import { withMemory } from "../../../lib/wasm/memory.js";
import { MODULE } from "../../../lib/wasm/moduleBytes.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

const normal = (shape: [number, number, number, number], key: string): Tensor4D =>
  tf.tensor4d(
    hashNormal(
      key,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );

describe("Winograd's convolution", () => {
  it.each([
    { name: "an even map", x: [1, 16, 16, 64], outputs: 64, padding: 1 },
    { name: "odd sides", x: [1, 17, 21, 48], outputs: 32, padding: 1 },
    { name: "a batch", x: [3, 16, 18, 32], outputs: 64, padding: 1 },
    { name: "no padding", x: [1, 19, 16, 32], outputs: 36, padding: 0 },
    { name: "uneven padding and a crop", x: [1, 20, 23, 32], outputs: 32, padding: [2, -3, -1, 4] },
    { name: "several bands of rows", x: [1, 130, 61, 64], outputs: 32, padding: 1 },
  ] as const)("gives the numbers of the stock operation for $name", ({ x: shape, outputs, padding }) => {
    const x = normal([...shape], "x");
    const weight = normal([3, 3, shape[3], outputs], "weight");
    remember(weight);
    const sides = typeof padding === "number" ? ([padding, padding, padding, padding] as const) : padding;
    const taken = kernels().conv2d!(x, weight, [1, 1], sides);
    expect(taken).not.toBeNull();
    taken!.dispose();
    const before = tf.memory().numTensors;
    const [ours, stock] = [
      conv2d(x, weight, { padding }),
      withoutKernels(() => conv2d(x, weight, { padding })),
    ];
    expect(ours.shape).toEqual(stock.shape);
    expect(relativeError(ours.dataSync(), stock.dataSync())).toBeLessThan(5e-6);
    tf.dispose([ours, stock]);
    expect(tf.memory().numTensors).toBe(before);
    forget(weight);
    expect(tf.memory().numTensors).toBe(before - 16);
    tf.dispose([x, weight]);
  });

  it("leaves to the stock operation what it does not cover", () => {
    const [x, weight] = [normal([1, 16, 16, 64], "x"), normal([3, 3, 64, 64], "weight")];
    const twin = kernels().conv2d!;
    expect(twin(x, weight, [1, 1], [1, 1, 1, 1])).toBeNull(); // a weight that nobody keeps
    remember(weight);
    expect(kernels().prefersKeptWeight!(weight, 16, 16)).toBe(true);
    expect(kernels().prefersKeptWeight!(weight, 16, 8)).toBe(false);
    expect(twin(x, weight, [2, 2], [1, 1, 1, 1])).toBeNull();
    expect(twin(tf.slice(x, [0, 0, 0, 0], [1, 8, 16, 64]), weight, [1, 1], [1, 1, 1, 1])).toBeNull();
    forget(weight);
    const narrow = normal([3, 3, 64, 6], "narrow");
    remember(narrow);
    expect(twin(x, narrow, [1, 1], [1, 1, 1, 1])).toBeNull();
    forget(narrow);
  });

  it("was compiled from the source that lies beside it", { timeout: 120_000 }, async () => {
    expect(await compileKernels()).toEqual(MODULE);
  });
});

describe("the memory of a module", () => {
  it("is found among what is started, and WebAssembly is as before", async () => {
    const { instantiate } = WebAssembly;
    // (module (memory (export "memory") 1))
    const bytes = new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0,
    ]);
    const [{ instance }, memory] = await withMemory(() => WebAssembly.instantiate(bytes));
    expect(memory).toBe(instance.exports["memory"]);
    expect(WebAssembly.instantiate).toBe(instantiate);
    expect((await withMemory(() => Promise.resolve(7)))[1]).toBeNull();
  });
});
