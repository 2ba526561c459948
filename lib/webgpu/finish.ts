import type { Tensor1D } from "@tensorflow/tfjs-core";
import { activations } from "../ops/activations.js";
import type { BiasActOptions } from "../ops/biasAct.js";
import type { AddedNoise } from "../ops/kernels.js";
import { componentsOf, type Input, type Uniform } from "./run.js";
import { reader } from "./wgsl.js";

/** What is done with a pixel before it is written: y = clamp(gain * act(x + noise + bias)). */
export interface Finish extends BiasActOptions {
  readonly noise?: AddedNoise | null;
  readonly bias?: Tensor1D | null;
}

/** Its part of a program. */
export interface FinishCode {
  readonly inputs: readonly Input[];
  readonly uniforms: readonly Uniform[];
  readonly variant: string;
  /** Declares `fn finish(value, n, y, x, bias, strength) -> vec4<f32>`. */
  readonly functions: string;
  /** Declares `finishBias` and `finishStrength` for the four channels `o`, a WGSL expression. */
  readonly prepare: (o: string) => string;
  /** Applies it to a value at a pixel; all WGSL expressions. */
  readonly apply: (value: string, n: string, y: string, x: string) => string;
}

/**
 * The code that finishes pixels of a result [N, H, W, C].
 *
 * @returns null where there is no code for it: other activations, and noise per channel
 */
export function finishCode(
  { noise = null, bias = null, activation = "linear", ...options }: Finish,
  [batch, height, width, channels]: readonly [number, number, number, number],
): FinishCode | null {
  if (activation !== "linear" && activation !== "lrelu") return null;
  const alpha = options.alpha ?? activations[activation].alpha;
  const gain = options.gain ?? activations[activation].gain;
  const clamp = options.clamp ?? null;
  if (noise && !isPerPixel(noise, height, width)) return null;
  const inputs: Input[] = [];
  const uniforms: Uniform[] = [];
  const components = componentsOf(channels);
  const steps: string[] = [];
  let functions = "";
  let strength: "none" | "one" | "channel" = "none";
  if (noise) {
    inputs.push({ name: "noise", tensor: noise.map, components: 1 });
    const samples = noise.map.size / (height * width);
    uniforms.push({ name: "noiseStride", type: "i32", value: samples === batch ? height * width : 0 });
    uniforms.push({ name: "noiseWidth", type: "i32", value: width });
    if (typeof noise.strength === "number") {
      strength = "one";
      uniforms.push({ name: "noiseStrength", type: "f32", value: noise.strength });
    } else {
      strength = "channel";
      const each = noise.strength.size === 1 ? 1 : components;
      inputs.push({ name: "strength", tensor: noise.strength, components: each });
      functions += `fn readStrength(o : i32) -> vec4<f32> { return ${
        noise.strength.size === 1 ? "vec4<f32>(strength[0])" : "readStrengths(0, o)"
      }; }\n`;
      if (noise.strength.size > 1)
        functions = reader("readStrengths", "strength", "uniforms.finishChannels", each) + functions;
    }
    steps.push("v += noise[n * uniforms.noiseStride + y * uniforms.noiseWidth + x] * s;");
  }
  if (bias) {
    inputs.push({ name: "bias", tensor: bias, components });
    functions += reader("readBias", "bias", "uniforms.finishChannels", components);
    steps.push("v += b;");
  }
  if (bias || strength === "channel") uniforms.push({ name: "finishChannels", type: "i32", value: channels });
  if (activation === "lrelu") {
    uniforms.push({ name: "slope", type: "f32", value: alpha });
    steps.push("v = select(v * uniforms.slope, v, v > vec4<f32>(0.0));");
  }
  if (gain !== 1) {
    uniforms.push({ name: "finishGain", type: "f32", value: gain });
    steps.push("v *= uniforms.finishGain;");
  }
  if (clamp !== null) {
    uniforms.push({ name: "limit", type: "f32", value: clamp });
    steps.push("v = clamp(v, vec4<f32>(-uniforms.limit), vec4<f32>(uniforms.limit));");
  }
  functions += `fn finish(value : vec4<f32>, n : i32, y : i32, x : i32, b : vec4<f32>, s : vec4<f32>) -> vec4<f32> {
    var v = value;
    ${steps.join("\n    ")}
    return v;
  }\n`;
  return {
    inputs,
    uniforms,
    functions,
    variant: [
      noise ? `n${strength}` : "",
      noise && sizeOfStrength(noise),
      bias ? "b" : "",
      activation,
      gain !== 1,
      clamp !== null,
    ].join(),
    prepare: (o) => `
    let finishBias = ${bias ? `readBias(0, ${o})` : "vec4<f32>(0.0)"};
    let finishStrength = ${
      strength === "channel"
        ? `readStrength(${o})`
        : strength === "one"
          ? "vec4<f32>(uniforms.noiseStrength)"
          : "vec4<f32>(0.0)"
    };\n`,
    apply: (value, n, y, x) => `finish(${value}, ${n}, ${y}, ${x}, finishBias, finishStrength)`,
  };
}

function sizeOfStrength({ strength }: AddedNoise): string {
  return typeof strength !== "number" && strength.size === 1 ? "scalar" : "";
}

/** Whether the noise is one number a pixel; StyleGAN1 also knows one number a channel. */
function isPerPixel({ map, strength }: AddedNoise, height: number, width: number): boolean {
  if (typeof strength !== "number" && strength.rank === 2) return false;
  const [h, w] = map.rank === 2 ? map.shape : map.shape.slice(1, 3);
  return h === height && w === width && (map.rank === 2 || (map.rank === 4 && map.shape[3] === 1));
}
