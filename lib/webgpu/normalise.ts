import type { Tensor2D, Tensor4D, TensorInfo } from "@tensorflow/tfjs-core";
import { componentsOf, free, reals, record, wholes } from "./run.js";
import { fours, reader, writer } from "./wgsl.js";

/** Pixels of which one workgroup takes the moments. */
const CHUNK = 4096;

/** Threads that share the pixels of a chunk, and groups of four channels next to each other. */
const [SHARES, LANES] = [8, 8];

/** Threads that combine the moments of the chunks. */
const COMBINERS = 64;

/**
 * Combines the mean and the sum of squared deviations of two sets of numbers.
 * Source: Chan, Golub and LeVeque 1979, equation 2.1.
 */
const COMBINE = `
  struct Moments { count : f32, mean : vec4<f32>, squares : vec4<f32> };
  fn combine(a : Moments, b : Moments) -> Moments {
    let count = a.count + b.count;
    if (b.count == 0.0) { return a; }
    let apart = b.mean - a.mean;
    let share = b.count / count;
    return Moments(count, a.mean + apart * share, a.squares + b.squares + apart * apart * (a.count * share));
  }`;

/**
 * Instance normalisation, and the style where there is one, in three dispatches: see `instanceNorm` and `adain`.
 *
 * 1. Mean and squared deviations of each channel over chunks of 4096 pixels. The numbers are taken from the chunk's
 *    first, so that a mean far from 0 costs no digits.
 * 2. Combines the chunks; scale and shift of each channel: (style scale + 1) / deviation, and what moves the mean to
 *    the style's shift.
 * 3. Scales and shifts.
 *
 * @param x features, [N, H, W, C]
 * @param style [N, 2 C], scale less 1 and shift; null: none
 * @returns [N, H, W, C], which nobody sees yet
 */
export function normalise(x: Tensor4D, style: Tensor2D | null, epsilon: number): TensorInfo {
  const [batch, height, width, channels] = x.shape;
  const pixels = height * width;
  const chunks = Math.ceil(pixels / CHUNK);
  const components = componentsOf(channels);
  const quads = Math.ceil(channels / 4);
  const sizes = wholes({ channels, pixels, chunks });

  const moments = record({
    name: "moments",
    variant: "",
    inputs: [{ name: "x", tensor: x, components }],
    uniforms: sizes,
    // padded to whole groups of four: mean, then squared deviations
    outputShape: [batch, chunks, 2, 4 * quads],
    outputComponents: 4,
    workgroup: [LANES, SHARES, 1],
    groups: [Math.ceil(quads / LANES), chunks, batch],
    code: () => `
    ${reader("readX", "x", "uniforms.channels", components)}
    ${COMBINE}
    var<workgroup> means : array<vec4<f32>, ${LANES * SHARES}>;
    var<workgroup> squares : array<vec4<f32>, ${LANES * SHARES}>;
    var<workgroup> counts : array<f32, ${LANES * SHARES}>;
    fn main() {
      let k = i32(globalId.x);
      let share = i32(localId.y);
      let chunk = i32(workgroupId.y);
      let n = i32(workgroupId.z);
      let begin = chunk * ${CHUNK};
      let end = min(begin + ${CHUNK}, uniforms.pixels);
      let line = n * uniforms.pixels;
      let pivot = readX(line + begin, k);
      var sum = vec4<f32>(0.0);
      var square = vec4<f32>(0.0);
      var count = 0.0;
      for (var p = begin + share; p < end; p += ${SHARES}) {
        let d = readX(line + p, k) - pivot;
        sum += d;
        square += d * d;
        count += 1.0;
      }
      let numbers = max(count, 1.0);
      let at = i32(localIndex);
      means[at] = pivot + sum / numbers;
      squares[at] = max(square - sum * sum / numbers, vec4<f32>(0.0));
      counts[at] = count;
      workgroupBarrier();
      if (share > 0 || k >= ${fours("uniforms.channels")}) { return; }
      var all = Moments(counts[at], means[at], squares[at]);
      for (var i = 1; i < ${SHARES}; i++) {
        let other = at + i * ${LANES};
        all = combine(all, Moments(counts[other], means[other], squares[other]));
      }
      let quads = ${fours("uniforms.channels")};
      let row = (n * uniforms.chunks + chunk) * 2;
      result[row * quads + k] = all.mean;
      result[(row + 1) * quads + k] = all.squares;
    }`,
  });

  const coefficients = record({
    name: "coefficients",
    variant: style ? "style" : "",
    inputs: [
      { name: "moments", tensor: moments, components: 4 },
      ...(style ? [{ name: "style", tensor: style, components: 1 as const }] : []),
    ],
    uniforms: [...sizes, ...reals({ epsilon })],
    outputShape: [batch, 2, 4 * quads],
    outputComponents: 4,
    workgroup: [COMBINERS, 1, 1],
    groups: [quads, batch, 1],
    code: () => `
    ${COMBINE}
    var<workgroup> means : array<vec4<f32>, ${COMBINERS}>;
    var<workgroup> squares : array<vec4<f32>, ${COMBINERS}>;
    var<workgroup> counts : array<f32, ${COMBINERS}>;
    ${style ? reader("readStyle", "style", "uniforms.channels", 1) : ""}
    fn main() {
      let k = i32(workgroupId.x);
      let n = i32(workgroupId.y);
      let thread = i32(localIndex);
      let quads = ${fours("uniforms.channels")};
      var all = Moments(0.0, vec4<f32>(0.0), vec4<f32>(0.0));
      for (var chunk = thread; chunk < uniforms.chunks; chunk += ${COMBINERS}) {
        let row = (n * uniforms.chunks + chunk) * 2;
        let count = f32(min(${CHUNK}, uniforms.pixels - chunk * ${CHUNK}));
        all = combine(all, Moments(count, moments[row * quads + k], moments[(row + 1) * quads + k]));
      }
      counts[thread] = all.count;
      means[thread] = all.mean;
      squares[thread] = all.squares;
      workgroupBarrier();
      if (thread > 0) { return; }
      for (var i = 1; i < min(${COMBINERS}, uniforms.chunks); i++) {
        all = combine(all, Moments(counts[i], means[i], squares[i]));
      }
      let one = inverseSqrt(all.squares / all.count + vec4<f32>(uniforms.epsilon));
      ${
        style
          ? `let scale = one * (readStyle(2 * n, k) + vec4<f32>(1.0));
      let shift = readStyle(2 * n + 1, k) - all.mean * scale;`
          : `let scale = one;
      let shift = -all.mean * scale;`
      }
      result[2 * n * quads + k] = scale;
      result[(2 * n + 1) * quads + k] = shift;
    }`,
  });
  free(moments);

  const result = record({
    name: "scale and shift",
    variant: "",
    inputs: [
      { name: "x", tensor: x, components },
      { name: "coefficients", tensor: coefficients, components: 4 },
    ],
    uniforms: sizes,
    outputShape: [batch, height, width, channels],
    outputComponents: components,
    workgroup: [64, 1, 1],
    groups: [Math.ceil((quads * Math.min(pixels, 1024)) / 64), Math.ceil(pixels / 1024), batch],
    code: () => `
    ${reader("readX", "x", "uniforms.channels", components)}
    ${writer("write", "uniforms.channels", components)}
    fn main() {
      let quads = ${fours("uniforms.channels")};
      let within = i32(globalId.x) / quads;
      let k = i32(globalId.x) - within * quads;
      let pixel = i32(workgroupId.y) * 1024 + within;
      if (within >= 1024 || pixel >= uniforms.pixels) { return; }
      let n = i32(workgroupId.z);
      let row = n * uniforms.pixels + pixel;
      write(row, k, fma(readX(row, k), coefficients[2 * n * quads + k], coefficients[(2 * n + 1) * quads + k]));
    }`,
  });
  free(coefficients);
  return result;
}
