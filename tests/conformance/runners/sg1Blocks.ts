import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import {
  addNoise,
  biasAct,
  blur,
  conv2d,
  downsampleAverage,
  fullyConnected,
  instanceNorm,
  pixelNorm,
  styleModulate,
  upsampleConv2d,
  upsampleNearest,
  type ActivationName,
} from "../../../lib/ops/index.js";
import type { Parameter } from "../../../lib/weights/parameters.js";
import type { Arguments } from "../arguments.js";
import { image, kernel, plain, toNCHW } from "../layouts.js";
import { opRunner, type OpInputs } from "../opRunner.js";

type Outputs = Record<string, Tensor>;

/** StyleGAN1's modules composed of our operations, in the order of the original's forward functions. */
const modules: Record<string, (args: Arguments, inputs: OpInputs) => Outputs> = {
  InstanceNormLayer: (args, inputs) => ({
    y: toNCHW(instanceNorm(image(inputs.only()), args.number("epsilon", 1e-8))),
  }),
  PixelNormLayer: (args, inputs) => {
    const x = inputs.only();
    const epsilon = args.number("epsilon", 1e-8);
    return { y: x.shape.length === 4 ? toNCHW(pixelNorm(image(x), epsilon)) : pixelNorm(plain(x), epsilon) };
  },
  StyleModLayer: (args, inputs) => {
    const style = affine(inputs, "", args.number("w_space_dim", inputs.required("w").shape[1]), args);
    const x = image(inputs.required("x"));
    const channels = args.number("out_channels", x.shape[3]);
    if (channels !== x.shape[3])
      throw new Error(`out_channels ${channels} does not fit ${x.shape[3]} channels`);
    return { y: toNCHW(styleModulate(x, style)), style };
  },
  "InstanceNormLayer then StyleModLayer": (args, inputs) => {
    const style = affine(inputs, "style.", inputs.required("w").shape[1]!, args);
    const x = instanceNorm(image(inputs.required("x")), args.number("epsilon", 1e-8));
    return { y: toNCHW(styleModulate(x, style)), style };
  },
  NoiseApplyingLayer: (args, inputs) => ({
    y: toNCHW(withNoise(image(inputs.required("x")), inputs, "", args.string("noise_type", "spatial"))),
  }),
  BlurLayer: (args, inputs) => {
    const x = image(inputs.required("x"));
    const taps = args.numbers("kernel", [1, 2, 1]) as number[];
    return { y: toNCHW(blur(x, taps)) };
  },
  UpsamplingLayer: (args, inputs) => ({
    y: toNCHW(upsampleNearest(image(inputs.required("x")), args.number("scale_factor", 2))),
  }),
  DownsamplingLayer: (args, inputs) => ({
    y: toNCHW(downsampleAverage(image(inputs.required("x")), args.number("scale_factor", 2))),
  }),
  ConvBlock: generatorBlock,
  DenseBlock: denseBlock,
  "discriminator ConvBlock": discriminatorBlock,
};

export const runners = [
  opRunner(
    "sg1Blocks",
    /stylegan_generator\.py: .*\b(InstanceNormLayer|StyleModLayer|ConvBlock)\b/,
    (args, inputs) => {
      const name = args.string("module");
      const run = modules[name];
      if (run === undefined) throw new Error(`unknown module ${name}`);
      return run(args, inputs);
    },
  ),
];

/** [nearest x2] conv [blur] noise bias activation instance-norm style; see the case's description. */
function generatorBlock(args: Arguments, inputs: OpInputs): Outputs {
  const position = args.has("position") ? args.any("position") : null;
  const lrMultiplier = args.number("lr_mul", 1);
  const bias = biasOf(inputs, lrMultiplier);
  let x: Tensor4D;
  if (position === "const_init") {
    const constant = image(weight(inputs, "const"));
    x = tf.tile(constant, [inputs.required("w").shape[0]!, 1, 1, 1]);
  } else if (position === null || position === "last" || position === "const_noise") {
    x = convolution(args, inputs, lrMultiplier);
  } else {
    throw new Error(`unknown position ${String(position)}`);
  }
  const noiseType = args.string("noise_type", "spatial");
  const options = activationOptions(args);
  if (position === "last") return { y: toNCHW(biasAct(x, bias, options)) };
  x = withNoise(x, inputs, "apply_noise.", noiseType);
  x = instanceNorm(biasAct(x, bias, options), args.number("epsilon", 1e-8));
  const style = affine(inputs, "style.", args.number("w_space_dim", inputs.required("w").shape[1]), args);
  return { y: toNCHW(styleModulate(x, style)), style };
}

function convolution(args: Arguments, inputs: OpInputs, lrMultiplier: number): Tensor4D {
  const stored = kernel(weight(inputs, "weight"));
  checkSize(args, "out_channels", stored.shape[3]);
  checkSize(args, "kernel_size", stored.shape[0]);
  const padding = args.number("padding", 1);
  const scaled: Tensor4D = tf.mul(
    stored,
    weightScale(args, stored.shape[0] * stored.shape[1] * stored.shape[2], lrMultiplier),
  );
  const upsample = args.boolean("upsample", false);
  const fused = args.boolean("fused_scale", false);
  const x = image(inputs.required("x"));
  if (!upsample) return conv2d(x, scaled, { padding });
  const y = fused ? fusedUpsample(x, scaled) : conv2d(upsampleNearest(x), scaled, { padding });
  return blur(y, blurKernel(weight(inputs, "blur.kernel")));
}

/** The kernel smeared over 2x2 pixels, then stamped two pixels apart: upsampling and convolution in one. */
function fusedUpsample(x: Tensor4D, weight: Tensor4D): Tensor4D {
  return upsampleConv2d(x, smear(weight), { padding: -1 });
}

/** The sum of a kernel's four copies shifted by 0 or 1 tap along each axis, [k, k, I, O] -> [k + 1, k + 1, I, O]. */
function smear(weight: Tensor4D): Tensor4D {
  const shifts = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const copies = shifts.map(([a, b]) => tf.pad(weight, [[a!, 1 - a!], [b!, 1 - b!], [0, 0], [0, 0]])); // prettier-ignore
  return tf.addN(copies);
}

function denseBlock(args: Arguments, inputs: OpInputs): Outputs {
  const lrMultiplier = args.number("lr_mul", 1);
  const stored = plain(weight(inputs, "weight")) as Tensor2D;
  checkSize(args, "out_channels", stored.shape[0]);
  const y = fullyConnected(plain(inputs.only()) as Tensor2D, stored, biasOf(inputs, lrMultiplier), {
    ...activationOptions(args),
    weightGain: weightScale(args, stored.shape[1], lrMultiplier),
    biasGain: 1,
  });
  return { y };
}

/** conv, or blur conv average (fused: blur, then a strided convolution with the averaged kernel), bias, activation. */
function discriminatorBlock(args: Arguments, inputs: OpInputs): Outputs {
  const lrMultiplier = args.number("lr_mul", 1);
  const stored = kernel(weight(inputs, "weight"));
  checkSize(args, "out_channels", stored.shape[3]);
  checkSize(args, "kernel_size", stored.shape[0]);
  const padding = args.number("padding", 1);
  const scaled: Tensor4D = tf.mul(
    stored,
    weightScale(args, stored.shape[0] * stored.shape[1] * stored.shape[2], lrMultiplier),
  );
  const downsample = args.boolean("downsample", false);
  const fused = args.boolean("fused_scale", false);
  let x = image(inputs.required("x"));
  if (downsample) x = blur(x, blurKernel(weight(inputs, "blur.kernel")));
  if (downsample && fused) x = conv2d(x, tf.div(smear(scaled), 4), { stride: 2, padding });
  else x = conv2d(x, scaled, { padding });
  if (downsample && !fused) x = downsampleAverage(x);
  return { y: toNCHW(biasAct(x, biasOf(inputs, lrMultiplier), activationOptions(args))) };
}

function activationOptions(args: Arguments): { activation: ActivationName; gain: number } {
  return { activation: args.string("activation_type", "lrelu") as ActivationName, gain: 1 };
}

/** gain / sqrt(fan-in) times the learning-rate multiplier; without equalised learning rate the multiplier alone. */
function weightScale(args: Arguments, fanIn: number, lrMultiplier: number): number {
  const gain = args.number("wscale_gain", Math.SQRT2);
  return args.boolean("use_wscale", true) ? (gain / Math.sqrt(fanIn)) * lrMultiplier : lrMultiplier;
}

function biasOf(inputs: OpInputs, lrMultiplier: number): Tensor1D | null {
  const bias = inputs.weights.get("bias");
  return bias === undefined ? null : tf.mul<Tensor1D>(plain(bias), lrMultiplier);
}

/** The affine layer from w to the style: gain 1, linear. */
function affine(inputs: OpInputs, prefix: string, size: number, args: Arguments): Tensor2D {
  const w = plain(inputs.required("w")) as Tensor2D;
  if (w.shape[1] !== size) throw new Error(`w_space_dim ${size} does not fit ${w.shape[1]}`);
  const equalised = args.boolean("use_wscale", true);
  return fullyConnected(
    w,
    plain(weight(inputs, `${prefix}weight`)) as Tensor2D,
    plain(weight(inputs, `${prefix}bias`)) as Tensor1D,
    {
      weightGain: equalised ? 1 / Math.sqrt(size) : 1,
      biasGain: 1,
    },
  );
}

function withNoise(x: Tensor4D, inputs: OpInputs, prefix: string, type: string): Tensor4D {
  const strength = plain(weight(inputs, `${prefix}weight`));
  const noise = image(weight(inputs, `${prefix}noise`));
  if (type !== "spatial" && type !== "channel") throw new Error(`unknown noise_type ${type}`);
  return addNoise(x, noise, strength);
}

/** The kernel of one channel from a module's buffer, [C, 1, kh, kw] with the same taps in every channel. */
function blurKernel({ shape, data }: Parameter): Tensor2D {
  const [, , kh, kw] = shape as [number, number, number, number];
  return tf.tensor2d(data.slice(0, kh * kw), [kh, kw]);
}

function weight(inputs: OpInputs, name: string): Parameter {
  const parameter = inputs.weights.get(name);
  if (parameter === undefined) throw new Error(`the module has no weight ${name}`);
  return parameter;
}

function checkSize(args: Arguments, name: string, actual: number): void {
  const size = args.number(name, actual);
  if (size !== actual) throw new Error(`${name} is ${size} but the weight has ${actual}`);
}
