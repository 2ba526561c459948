import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor4D } from "@tensorflow/tfjs-core";
import { areFloats, type Kernels } from "../ops/kernels.js";
import { fresh, pointer, writePointers, type WasmModule } from "./module.js";

/** A vectorised depthwise convolution of tfjs needs more channels than these to be faster than one pass. */
const FEW_CHANNELS = 4;

/** What upsampling does beside its convolutions, each in one pass over the map: tfjs copies it three times. */
export function resamplingKernels(module: WasmModule): Kernels {
  return {
    interleave: (phases) => interleaved(module, phases),
    upfirdn2d: (x, filter, up, down, [x0, x1, y0, y1], flipFilter, gain) => {
      const [n, h, w, channels] = x.shape;
      const covers =
        filter.rank === 1 &&
        up.every((factor) => factor === 2) &&
        down.every((factor) => factor === 1) &&
        channels <= FEW_CHANNELS &&
        areFloats(x, filter);
      if (!covers) return null;
      const [height, width] = [2 * h + y0 + y1 - filter.size + 1, 2 * w + x0 + x1 - filter.size + 1];
      return tf.tidy(() => {
        const y = fresh<Tensor4D>([n, height, width, channels]);
        const kernel = flipFilter ? filter : tf.reverse(filter);
        const taps = tf.mul<Tensor1D>(kernel as Tensor1D, Math.sqrt(gain));
        const work = pointer(fresh([w * channels]));
        for (let sample = 0; sample < n; sample++) {
          const from = pointer(x) + 4 * sample * h * w * channels;
          const to = pointer(y) + 4 * sample * height * width * channels;
          module.upsample(from, h, w, channels, pointer(taps), taps.size, y0, x0, to, height, width, work);
        }
        return y;
      });
    },
  };
}

function interleaved(module: WasmModule, phases: readonly (readonly Tensor4D[])[]): Tensor4D | null {
  const maps = phases.flat();
  const up = phases.length;
  const [n, h, w, channels] = maps[0]!.shape;
  if (channels % 4 !== 0 || !areFloats(...maps)) return null;
  return tf.tidy(() => {
    const y = fresh<Tensor4D>([n, h * up, w * up, channels]);
    const list = fresh([maps.length], "int32");
    writePointers(list, maps);
    module.interleave(pointer(list), n * h, w, channels, up, pointer(y));
    return y;
  });
}
