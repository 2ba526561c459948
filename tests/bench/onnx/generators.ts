/**
 * The synthesis networks as ONNX models, in the form of the official code at a batch of one: w+ [1, L, 512] in, picture
 * [1, 3, H, W] out. Official layouts, so that weights go in as they are stored.
 */
import type { StyleGAN1Config, StyleGAN2Config } from "../../../lib/weights/config.js";
import type { Parameter, Parameters } from "../../../lib/weights/parameters.js";
import { stylegan2Blocks } from "../../../lib/networks/stylegan2Plan.js";
import { isFusedScale, stylegan1NumWs } from "../../../lib/networks/stylegan1Plan.js";
import { stylegan2NumWs } from "../../../lib/networks/stylegan2Plan.js";
import { Graph } from "./graph.js";

const INPUT = "ws";

/** Stored parameters by official name. */
class Stored {
  constructor(
    readonly graph: Graph,
    private readonly parameters: Parameters,
  ) {}

  get(name: string): Parameter {
    const found = this.parameters.get(name);
    if (!found) throw new Error(`the weights hold no ${name}`);
    return found;
  }

  /** A parameter times a constant, as it is or in another shape. */
  constant(name: string, { gain = 1, shape }: { gain?: number; shape?: readonly number[] } = {}): string {
    const parameter = this.get(name);
    const values = Float32Array.from(parameter.data, (value) => value * gain);
    return this.graph.constant(values, shape ?? parameter.shape);
  }

  scalar(name: string): number {
    return this.get(name).data[0]!;
  }
}

/** A style of w+ number `index`: [1, features]. */
function style(g: Graph, stored: Stored, name: string, index: number, gain = 1): string {
  const [, inputs] = stored.get(`${name}.weight`).shape as [number, number];
  const w = g.add("Gather", [INPUT, g.integers([index])], { axis: 1 });
  const row = g.add("Reshape", [w, g.integers([1, inputs])]);
  const weight = stored.constant(`${name}.weight`, { gain: gain / Math.sqrt(inputs) });
  return g.add("Gemm", [row, weight, stored.constant(`${name}.bias`, { gain })], { transB: 1 });
}

/** The outer product of taps with themselves, times a gain, for each of C channels: [C, 1, k, k]. */
function filters(g: Graph, taps: readonly number[], gain: number, channels: number): string {
  const sum = taps.reduce((total, tap) => total + tap, 0);
  const kernel = taps.flatMap((a) => taps.map((b) => (a * b * gain) / sum ** 2));
  const data = new Float32Array(channels * kernel.length);
  for (let c = 0; c < channels; c++) data.set(kernel, c * kernel.length);
  return g.constant(data, [channels, 1, taps.length, taps.length]);
}

function leakyRelu(g: Graph, x: string, gain = 1): string {
  const y = g.add("LeakyRelu", [x], { alpha: { float: 0.2 } });
  return gain === 1 ? y : g.add("Mul", [y, g.constant([gain], [1])]);
}

/** The skip architecture of StyleGAN2 (config E and F) with constant noise. */
export function stylegan2Onnx(config: StyleGAN2Config, parameters: Parameters): Uint8Array {
  const g = new Graph();
  const stored = new Stored(g, parameters);
  const taps = config.synthesis_kwargs?.resample_filter ?? [1, 3, 3, 1];

  /** Modulated kernel [O, I, k, k]; the fused form, as the official code runs at inference. */
  function modulated(name: string, w: number, demodulate: boolean): string {
    const [outputs, inputs, k] = stored.get(`${name}.weight`).shape as [number, number, number, number];
    const gain = demodulate ? 1 : 1 / Math.sqrt(inputs * k * k);
    const s = style(g, stored, `${name}.affine`, w, gain);
    const scaled = g.add("Mul", [
      stored.constant(`${name}.weight`),
      g.add("Reshape", [s, g.integers([1, inputs, 1, 1])]),
    ]);
    if (!demodulate) return scaled;
    const energy = g.add("ReduceSumSquare", [scaled], { axes: [1, 2, 3], keepdims: 1 });
    const norm = g.add("Sqrt", [g.add("Add", [energy, g.constant([1e-8], [1])])]);
    void outputs;
    return g.add("Div", [scaled, norm]);
  }

  function layer(x: string, name: string, w: number, up: boolean): string {
    const [outputs, , ,] = stored.get(`${name}.weight`).shape as [number, number, number, number];
    const kernel = modulated(name, w, true);
    let y: string;
    if (up) {
      const turned = g.add("Transpose", [kernel], { perm: [1, 0, 2, 3] });
      const stamped = g.add("ConvTranspose", [x, turned], { strides: [2, 2], kernel_shape: [3, 3] });
      y = g.add("Conv", [stamped, filters(g, taps, 4, outputs)], {
        group: outputs,
        kernel_shape: [4, 4],
        pads: [1, 1, 1, 1],
      });
    } else y = g.add("Conv", [x, kernel], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    const size = stored.get(`${name}.noise_const`).shape;
    const strength = stored.scalar(`${name}.noise_strength`);
    y = g.add("Add", [y, stored.constant(`${name}.noise_const`, { gain: strength, shape: [1, 1, ...size] })]);
    y = g.add("Add", [y, stored.constant(`${name}.bias`, { shape: [1, outputs, 1, 1] })]);
    return leakyRelu(g, y, Math.SQRT2);
  }

  const [channels] = stored.get("synthesis.b4.const").shape as [number];
  let x = stored.constant("synthesis.b4.const", { shape: [1, channels, 4, 4] });
  let picture: string | null = null;
  for (const { resolution, firstW } of stylegan2Blocks(config)) {
    const block = `synthesis.b${resolution}`;
    let w = firstW;
    if (resolution > 4) x = layer(x, `${block}.conv0`, w++, true);
    x = layer(x, `${block}.conv1`, w++, false);
    const kernel = modulated(`${block}.torgb`, w, false);
    let rgb = g.add("Conv", [x, kernel], { kernel_shape: [1, 1] });
    rgb = g.add("Add", [rgb, stored.constant(`${block}.torgb.bias`, { shape: [1, 3, 1, 1] })]);
    if (picture !== null) {
      const larger = g.add("ConvTranspose", [picture, filters(g, taps, 4, 3)], {
        group: 3,
        strides: [2, 2],
        kernel_shape: [4, 4],
        pads: [1, 1, 1, 1],
      });
      rgb = g.add("Add", [larger, rgb]);
    }
    picture = rgb;
  }
  const side = config.img_resolution;
  return g.encode(
    { name: INPUT, shape: [1, stylegan2NumWs(config), config.w_dim] },
    { name: "picture", shape: [1, 3, side, side], value: picture! },
  );
}

/** StyleGAN1 at lod 0: a learned constant, constant noise, repeated pixels below 128 and fused upsampling from there. */
export function stylegan1Onnx(config: StyleGAN1Config, parameters: Parameters): Uint8Array {
  const g = new Graph();
  const stored = new Stored(g, parameters);

  /** [O, I, 3, 3] summed with itself shifted by a pixel right, down and both, as [I, O, 4, 4]. */
  function fusedKernel(name: string): string {
    const { shape, data } = stored.get(name);
    const [outputs, inputs] = shape as [number, number];
    const gain = Math.SQRT2 / Math.sqrt(inputs * 9);
    const kernel = new Float32Array(outputs * inputs * 16);
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let tap = 0; tap < 9; tap++) {
          const value = data[(o * inputs + i) * 9 + tap]! * gain;
          const corner = (i * outputs + o) * 16 + Math.floor(tap / 3) * 4 + (tap % 3);
          for (const shift of [0, 1, 4, 5]) kernel[corner + shift]! += value;
        }
    return g.constant(kernel, [inputs, outputs, 4, 4]);
  }

  function layer(before: string | null, index: number, resolution: number): string {
    const name = `synthesis.layer${index}`;
    const channels = stored.get(`${name}.bias`).shape[0]!;
    let x: string;
    if (before === null) x = stored.constant(`${name}.const`);
    else if (index % 2 === 0 && isFusedScale(config, resolution))
      x = g.add("ConvTranspose", [before, fusedKernel(`${name}.weight`)], {
        strides: [2, 2],
        kernel_shape: [4, 4],
        pads: [1, 1, 1, 1],
      });
    else {
      const inputs = stored.get(`${name}.weight`).shape[1]!;
      const weight = stored.constant(`${name}.weight`, { gain: Math.SQRT2 / Math.sqrt(inputs * 9) });
      const larger =
        index % 2 === 0
          ? g.add("Resize", [before, "", g.constant([1, 1, 2, 2], [4])], {
              mode: "nearest",
              nearest_mode: "floor",
              coordinate_transformation_mode: "asymmetric",
            })
          : before;
      x = g.add("Conv", [larger, weight], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    }
    if (before !== null && index % 2 === 0)
      x = g.add("Conv", [x, filters(g, [1, 2, 1], 1, channels)], {
        group: channels,
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
      });
    const each = [1, channels, 1, 1];
    const noise = stored.constant(`${name}.apply_noise.noise`);
    x = g.add("Add", [
      x,
      g.add("Mul", [noise, stored.constant(`${name}.apply_noise.weight`, { shape: each })]),
    ]);
    x = leakyRelu(g, g.add("Add", [x, stored.constant(`${name}.bias`, { shape: each })]));
    const [ones, zeros] = [1, 0].map((value) =>
      g.constant(new Float32Array(channels).fill(value), [channels]),
    );
    x = g.add("InstanceNormalization", [x, ones!, zeros!], { epsilon: { float: 1e-8 } });
    const s = g.add("Reshape", [style(g, stored, `${name}.style`, index), g.integers([2, channels, 1, 1])]);
    const [scale, shift] = [0, 1].map((half) => g.add("Gather", [s, g.integers([half])], { axis: 0 }));
    const gain = g.add("Add", [scale!, g.constant([1], [1])]);
    return g.add("Add", [g.add("Mul", [x, gain]), shift!]);
  }

  let x: string | null = null;
  const blocks = Math.log2(config.resolution) - 1;
  for (let block = 0; block < blocks; block++)
    for (const index of [2 * block, 2 * block + 1]) x = layer(x, index, 4 * 2 ** block);
  const output = `synthesis.output${blocks - 1}`;
  const channels = stored.get(`${output}.weight`).shape[1]!;
  const rgb = g.add("Conv", [x!, stored.constant(`${output}.weight`, { gain: 1 / Math.sqrt(channels) })], {
    kernel_shape: [1, 1],
  });
  const value = g.add("Add", [rgb, stored.constant(`${output}.bias`, { shape: [1, 3, 1, 1] })]);
  return g.encode(
    { name: INPUT, shape: [1, stylegan1NumWs(config), config.w_space_dim ?? 512] },
    { name: "picture", shape: [1, 3, config.resolution, config.resolution], value },
  );
}
