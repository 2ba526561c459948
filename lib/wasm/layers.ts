import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { activation as lookUp } from "../ops/activations.js";
import type { BiasActOptions } from "../ops/biasAct.js";
import { areFloats, type AddedNoise, type Kernels } from "../ops/kernels.js";
import { fresh, pointer, type WasmModule } from "./module.js";

/**
 * What a layer does behind its convolution, each in as few passes over the map as it needs: instance normalisation with
 * its style in three, noise, bias, activation, gain and clamp in one. tfjs takes one for every single step.
 */
export function layerKernels(module: WasmModule): Kernels {
  return {
    adain: (x, style, epsilon) => normalised(module, x, style, epsilon),
    instanceNorm: (x, epsilon) => normalised(module, x, null, epsilon),
    finish: (x, noise, bias, act) => finished(module, x, noise, bias, act),
  };
}

function normalised(
  module: WasmModule,
  x: Tensor4D,
  style: Tensor2D | null,
  epsilon: number,
): Tensor4D | null {
  const [n, h, w, channels] = x.shape;
  if (channels % 4 !== 0 || !areFloats(x, style)) return null;
  return tf.tidy(() => {
    const y = fresh<Tensor4D>(x.shape);
    const work = pointer(fresh([3 * channels]));
    const bytes = 4 * h * w * channels;
    for (let sample = 0; sample < n; sample++) {
      const prescribed = style ? pointer(style) + 8 * sample * channels : 0;
      const [from, to] = [pointer(x) + sample * bytes, pointer(y) + sample * bytes];
      module.normalise(from, to, h * w, channels, epsilon, prescribed, work);
    }
    return y;
  });
}

function finished(
  module: WasmModule,
  x: Tensor4D,
  noise: AddedNoise | null,
  bias: Tensor1D | null,
  { activation = "linear", alpha, gain, clamp = null }: BiasActOptions,
): Tensor4D | null {
  const [n, h, w, channels] = x.shape;
  const strength = noise?.strength ?? 0;
  const covers =
    channels % 4 === 0 &&
    (activation === "lrelu" || activation === "linear") &&
    (clamp === null || clamp >= 0) &&
    (noise === null || isSpatial(noise, x)) &&
    areFloats(x, bias, noise?.map ?? null, typeof strength === "number" ? null : strength);
  if (!covers) return null;
  const defaults = lookUp(activation);
  return tf.tidy(() => {
    const y = fresh<Tensor4D>(x.shape);
    const map: Tensor = noise?.map ?? tf.zeros([h, w]);
    const strengths = pointer(perChannel(strength, channels));
    const offsets = pointer(perChannel(bias ?? 0, channels));
    const slope = activation === "linear" ? 1 : (alpha ?? defaults.alpha);
    const bytes = 4 * h * w * channels;
    const ofSample = map.size === h * w ? 0 : 4 * h * w;
    for (let sample = 0; sample < n; sample++) {
      module.finish(
        pointer(x) + sample * bytes,
        pointer(y) + sample * bytes,
        h * w,
        channels,
        pointer(map) + sample * ofSample,
        strengths,
        offsets,
        slope,
        gain ?? defaults.gain,
        clamp ?? Infinity,
      );
    }
    return y;
  });
}

/** Whether noise is a number for each pixel that fits the features. The kernel reads bare memory, and checks nothing. */
function isSpatial({ map, strength }: AddedNoise, { shape: [n, h, w, channels] }: Tensor4D): boolean {
  const [samples, rows, columns, depth] = map.rank === 2 ? [1, ...map.shape, 1] : map.shape;
  const fits = rows === h && columns === w && depth === 1 && (samples === 1 || samples === n);
  return (
    fits && (typeof strength === "number" || strength.rank === 0 || strength.shape.join() === `${channels}`)
  );
}

/** One number for each channel. */
function perChannel(value: Tensor | number, channels: number): Tensor {
  if (typeof value === "number") return tf.fill([channels], value);
  return value.rank === 1 ? value : tf.tile(tf.reshape(value, [1]), [channels]);
}
