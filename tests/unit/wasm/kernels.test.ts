import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { registerWasmKernels } from "../../../lib/wasm/kernels.js";
import { startBackend } from "../../conformance/backend.js";

beforeAll(() => startBackend("wasm"));

/** Numbers that tell where they come from: element i is i. */
const counting = (shape: number[], dtype: "float32" | "int32" = "float32") =>
  tf.reshape(tf.range(0, tf.util.sizeFromShape(shape), 1, dtype), shape);

describe("the slice kernel", () => {
  it("cuts out any box of an array of up to six axes", () => {
    const axes = fc.array(
      fc
        .integer({ min: 1, max: 5 })
        .chain((side) =>
          fc
            .integer({ min: 0, max: side - 1 })
            .chain((from) =>
              fc.integer({ min: 1, max: side - from }).map((count) => ({ side, from, count })),
            ),
        ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(axes, fc.constantFrom("float32" as const, "int32" as const), (box, dtype) => {
        const shape = box.map(({ side }) => side);
        const strides = [...tf.util.computeStrides(shape), 1];
        let expected = [0];
        box.forEach(({ from, count }, axis) => {
          const steps = Array.from({ length: count }, (_, i) => (from + i) * strides[axis]!);
          expected = expected.flatMap((at) => steps.map((step) => at + step));
        });
        tf.tidy(() => {
          const part = tf.slice(
            counting(shape, dtype),
            box.map(({ from }) => from),
            box.map(({ count }) => count),
          );
          expect(part.shape).toEqual(box.map(({ count }) => count));
          expect([...part.dataSync()]).toEqual(expected);
        });
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it("leaves strings to the back end, and gives nothing of nothing", () => {
    tf.tidy(() => {
      const words = tf.slice(tf.tensor1d(["a", "b", "c"], "string"), [1], [2]);
      expect([...words.dataSync()]).toEqual(["b", "c"]);
      expect(tf.slice(counting([3, 4]), [1, 0], [0, 4]).shape).toEqual([0, 4]);
    });
  });
});

describe("a copy of a tensor", () => {
  it("shares its memory and outlives it", () => {
    const before = tf.memory();
    const x = tf.range(0, 1000);
    const copy = tf.clone(x);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers + 1);
    x.dispose();
    const other = tf.fill([1000], 7); // would take the memory over if it were free
    expect([...copy.dataSync()]).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    tf.dispose([copy, other]);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

it("can be registered again, which changes nothing", () => {
  const kernel = tf.getKernel("Slice", "wasm").kernelFunc;
  registerWasmKernels();
  expect(tf.getKernel("Slice", "wasm").kernelFunc).toBe(kernel);
});
