import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { interleave } from "../../../lib/ops/interleave.js";
import { kernels } from "../../../lib/ops/kernels.js";
import { upfirdn2d } from "../../../lib/ops/upfirdn2d.js";
import { startBackend } from "../../conformance/backend.js";
import { errorOf, normal } from "./twins.js";

beforeAll(() => startBackend("wasm"));

describe("interleave", () => {
  const phasesOf = (up: number, shape: readonly number[]) =>
    Array.from({ length: up }, (_, a) =>
      Array.from({ length: up }, (_, b) => normal<Tensor4D>(shape, `${a} ${b}`)),
    );

  it.each([
    [2, [1, 1, 1, 4]],
    [2, [1, 5, 3, 8]],
    [2, [3, 4, 7, 20]],
    [3, [2, 3, 2, 12]],
    [1, [1, 4, 4, 4]],
  ])("by %i of maps of shape %j puts every pixel where the definition puts it", (up, shape) => {
    const phases = phasesOf(up, shape);
    const taken = kernels().interleave!(phases);
    expect(taken).not.toBeNull();
    const [, , w, c] = shape as [number, number, number, number];
    const at = [shape[0]! - 1, shape[1]! * up - 1, w * up - 1, c - 1];
    expect(taken!.bufferSync().get(...at)).toBe(phases[up - 1]![up - 1]!.dataSync().at(-1));
    taken!.dispose();
    expect(errorOf(() => interleave(phases))).toBe(0);
    tf.dispose(phases.flat());
  });

  it("has the gradient of its definition", () => {
    const phases = phasesOf(2, [2, 3, 5, 4]);
    const dy = normal<Tensor4D>([2, 6, 10, 4], "dy");
    const gradients = () =>
      tf.tidy(() => {
        const grads = tf.grads((a, b, c, d) => interleave([[a, b], [c, d]] as Tensor4D[][])); // prettier-ignore
        return tf.stack(grads(phases.flat(), dy));
      });
    expect(errorOf(gradients)).toBe(0);
    const found = gradients();
    expect(found.bufferSync().get(1, 1, 2, 3, 2)).toBe(dy.bufferSync().get(1, 4, 7, 2)); // phase [0][1]
    tf.dispose([...phases.flat(), dy, found]);
  });

  it("leaves numbers of channels that are no multiple of four to the stock operation", () => {
    const phases = phasesOf(2, [1, 2, 2, 3]);
    expect(kernels().interleave!(phases)).toBeNull();
    expect(errorOf(() => interleave(phases))).toBe(0);
    tf.dispose(phases.flat());
  });
});

describe("upsampling with a low-pass filter", () => {
  it("is upfirdn2d's for few channels, any taps, paddings, crops and sizes", () => {
    const whole = (min: number, max: number) => fc.integer({ min, max });
    const cases = fc.record({
      n: whole(1, 2),
      h: whole(1, 9),
      w: whole(1, 9),
      c: whole(1, 4),
      taps: whole(1, 12),
      padding: fc.tuple(whole(-2, 6), whole(-2, 6), whole(-2, 6), whole(-2, 6)),
      flipFilter: fc.boolean(),
    });
    let compared = 0;
    for (const { n, h, w, c, taps, padding, flipFilter } of fc.sample(cases, { seed: 3, numRuns: 80 })) {
      const [x0, x1, y0, y1] = padding;
      if (2 * w + x0 + x1 < taps || 2 * h + y0 + y1 < taps) continue;
      const x = normal<Tensor4D>([n, h, w, c], "x");
      const filter = normal<Tensor1D>([taps], "f");
      const taken = kernels().upfirdn2d!(x, filter, [2, 2], [1, 1], padding, flipFilter, 4);
      expect(taken).not.toBeNull();
      taken!.dispose();
      const options = { up: 2, padding, flipFilter, gain: 4 };
      const what = JSON.stringify({ n, h, w, c, taps, padding, flipFilter });
      expect(
        errorOf(() => upfirdn2d(x, filter, options)),
        what,
      ).toBeLessThan(5e-6);
      tf.dispose([x, filter]);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(40);
  });

  it("leaves maps of many channels to the stock operation", () => {
    const x = normal<Tensor4D>([1, 4, 4, 8], "x");
    const filter = normal<Tensor1D>([4], "f");
    expect(kernels().upfirdn2d!(x, filter, [2, 2], [1, 1], [2, 1, 2, 1], false, 4)).toBeNull();
    tf.dispose([x, filter]);
  });
});
