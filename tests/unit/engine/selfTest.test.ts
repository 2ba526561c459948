import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { selfTest } from "../../../lib/engine/selfTest.js";
import { useWasm } from "../measure/maps.js";

beforeAll(useWasm);

/** Replaces a kernel of the wasm back end until the test is over. */
function sabotage(name: string, change: (outputs: tf.TensorInfo) => void): void {
  const kernel = tf.getKernel(name, "wasm")!;
  restore = () => {
    tf.unregisterKernel(name, "wasm");
    tf.registerKernel(kernel);
  };
  tf.unregisterKernel(name, "wasm");
  tf.registerKernel({
    ...kernel,
    kernelFunc: (inputs) => {
      const output = kernel.kernelFunc(inputs) as tf.TensorInfo;
      change(output);
      return output;
    },
  });
}

let restore = (): void => undefined;
afterEach(() => {
  restore();
  restore = () => undefined;
});

describe("selfTest", () => {
  it("passes on a back end that computes correctly, and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    await selfTest();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(["Conv2D", "DepthwiseConv2dNative", "Rsqrt"])(
    "refuses a back end whose %s is off by one in a hundred",
    async (name) => {
      let used = false;
      sabotage(name, ({ dataId, shape, dtype }) => {
        used = true;
        const engine = tf.engine();
        const values = engine.backend.readSync(dataId) as Float32Array;
        const wasm = engine.backend as unknown as { typedArrayFromHeap(info: tf.TensorInfo): Float32Array };
        wasm.typedArrayFromHeap({ dataId, shape, dtype }).set(values.map((x) => x * 1.01));
      });
      await expect(selfTest()).rejects.toThrow(
        /wrong numbers in the start-up test \(\w+, \w+: relative error 0\.0\d/,
      );
      expect(used).toBe(true);
    },
  );
});
