import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { activation as activationNamed, type ActivationName } from "../ops/activations.js";
import { biasAct } from "../ops/biasAct.js";
import { conv2dResample } from "../ops/conv2dResample.js";
import { downsample2d } from "../ops/downsample2d.js";
import { fullyConnected } from "../ops/fullyConnected.js";
import { minibatchStddev } from "../ops/minibatchStddev.js";
import { normalizeSecondMoment } from "../ops/normalizeSecondMoment.js";
import { setupFilter, type Filter } from "../ops/setupFilter.js";
import type { StyleGAN2DiscriminatorConfig } from "./discriminatorConfig.js";
import { tensorNamed, type TensorMap } from "./trainable.js";

/** Sees the output of each part, under its official name; must not keep the tensor. */
export type DiscriminatorLook = (name: string, output: Tensor) => void;

/**
 * The discriminator of StyleGAN2, 2-ADA and 3: pictures to logits, differentiable to any order in both the pictures
 * and the parameters.
 *
 * 1. Halves the picture's side block by block down to 4x4. A block is two convolutions, the second of which
 *    downsamples; "resnet" adds a 1x1 branch around both, "skip" feeds the downsampled picture into every block,
 *    "orig" does neither.
 * 2. At 4x4: appends the minibatch standard deviation, convolves, and runs two fully-connected layers.
 * 3. Conditional: the output vector is projected on the mapped label, divided by sqrt(its length).
 *
 * @param weights parameters by official name (see `trainableTensors`); they stay the caller's
 * @param images [N, H, W, C] in -1 .. 1
 * @param label one-hot or soft classes, [N, C], for a conditional network
 * @returns logits, [N, 1]
 * @throws {RangeError} for pictures of another size, an unknown architecture, or a missing label
 *
 * Source: Karras et al. 2020a, section 4 and figure 7; Karras et al. 2020b, appendix D;
 * stylegan2-ada-pytorch, training/networks.py, `Discriminator`.
 */
export function stylegan2Discriminator(
  config: StyleGAN2DiscriminatorConfig,
  weights: TensorMap,
  images: Tensor4D,
  label: Tensor2D | null = null,
  look: DiscriminatorLook = () => undefined,
): Tensor2D {
  const { img_resolution: resolution, img_channels: channels, architecture = "resnet" } = config;
  const { conv_clamp = null, block_kwargs = {}, epilogue_kwargs = {} } = config;
  if (!["skip", "resnet", "orig"].includes(architecture))
    throw new RangeError(`architecture "${architecture}" is none of skip, resnet, orig`);
  if (images.shape.slice(1).join() !== [resolution, resolution, channels].join())
    throw new RangeError(
      `pictures have shape [${images.shape}]; give [N, ${resolution}, ${resolution}, ${channels}]`,
    );
  if (config.c_dim > 0 && !label)
    throw new RangeError(`this discriminator is conditional; give a label of ${config.c_dim} classes`);
  return tf.tidy(() => {
    const filter = setupFilter(block_kwargs.resample_filter ?? [1, 3, 3, 1], { separable: true });
    const shared = { weights, filter, clamp: conv_clamp, look };
    const activation = (block_kwargs.activation ?? "lrelu") as ActivationName;
    let x: Tensor4D | null = null;
    let picture = images;
    for (let size = resolution; size > 4; size /= 2) {
      const at = `b${size}`;
      const conv = (name: string, input: Tensor4D, down: 1 | 2, gain = 1) =>
        convolve(`${at}.${name}`, input, { ...shared, activation, down, gain });
      if (x === null || architecture === "skip") {
        const features = conv("fromrgb", picture, 1);
        x = x === null ? features : tf.add<Tensor4D>(x, features);
      }
      if (architecture === "skip") {
        picture = downsample2d(picture, filter);
        look(`${at}.img`, picture);
      }
      const gain = architecture === "resnet" ? Math.SQRT1_2 : 1;
      const branch: Tensor4D | null =
        architecture === "resnet"
          ? convolve(`${at}.skip`, x, { ...shared, clamp: null, activation: "linear", down: 2, gain })
          : null;
      x = conv("conv1", conv("conv0", x, 1), 2, gain);
      if (branch) x = tf.add<Tensor4D>(branch, x);
      look(`${at}.x`, x);
    }
    const mapped = config.c_dim > 0 ? mapLabel(config, weights, label!, look) : null;
    const last = (epilogue_kwargs.activation ?? "lrelu") as ActivationName;
    if (architecture === "skip" || x === null) {
      const features = convolve("b4.fromrgb", picture, { ...shared, activation: last, down: 1, gain: 1 });
      x = x === null ? features : tf.add<Tensor4D>(x, features);
    }
    return epilogue(config, x, mapped, { ...shared, activation: last, down: 1, gain: 1 });
  });
}

interface ConvolutionOptions {
  readonly weights: TensorMap;
  readonly filter: Filter;
  readonly clamp: number | null;
  readonly look: DiscriminatorLook;
  readonly activation: ActivationName;
  readonly down: 1 | 2;
  readonly gain: number;
}

/** A convolution with an equalised learning rate, downsampling behind a low-pass filter; bias, activation, clamp. */
function convolve(name: string, x: Tensor4D, options: ConvolutionOptions): Tensor4D {
  const { weights, filter, clamp, look, activation, down, gain } = options;
  const weight = tensorNamed<Tensor4D>(weights, `${name}.weight`);
  const bias = (weights.get(`${name}.bias`) as Tensor1D | undefined) ?? null;
  const [kh, kw, inputs] = weight.shape;
  const scaled = tf.mul<Tensor4D>(weight, 1 / Math.sqrt(kh * kw * inputs));
  const y = conv2dResample(x, scaled, { down, padding: Math.floor(kh / 2), filter });
  const out = biasAct(y, bias, {
    activation,
    gain: activationNamed(activation).gain * gain,
    clamp: clamp === null ? null : clamp * gain,
  });
  look(name, out);
  return out;
}

/** Embedded, normalised to second moment 1, and mapped by fully-connected layers: [N, C] to [N, M]. */
function mapLabel(
  { mapping_kwargs = {} }: StyleGAN2DiscriminatorConfig,
  weights: TensorMap,
  label: Tensor2D,
  look: DiscriminatorLook,
): Tensor2D {
  const { num_layers = 8, activation = "lrelu", lr_multiplier = 0.01 } = mapping_kwargs;
  const layer = (name: string, x: Tensor2D, options = {}) => {
    const y = fullyConnected(
      x,
      tensorNamed(weights, `mapping.${name}.weight`),
      tensorNamed<Tensor1D>(weights, `mapping.${name}.bias`),
      options,
    );
    look(`mapping.${name}`, y);
    return y;
  };
  let x = normalizeSecondMoment(layer("embed", label));
  for (let i = 0; i < num_layers; i++)
    x = layer(`fc${i}`, x, { activation: activation as ActivationName, lrMultiplier: lr_multiplier });
  look("mapping", x);
  return x;
}

function epilogue(
  { epilogue_kwargs = {} }: StyleGAN2DiscriminatorConfig,
  input: Tensor4D,
  mapped: Tensor2D | null,
  options: ConvolutionOptions,
): Tensor2D {
  const { weights, look, activation } = options;
  const { mbstd_num_channels = 1, mbstd_group_size = 4 } = epilogue_kwargs;
  let x = input;
  if (mbstd_num_channels > 0) {
    x = minibatchStddev(x, mbstd_group_size, mbstd_num_channels);
    look("b4.mbstd", x);
  }
  x = convolve("b4.conv", x, options);
  const hidden = fullyConnected(
    flatten(x),
    tensorNamed(weights, "b4.fc.weight"),
    tensorNamed<Tensor1D>(weights, "b4.fc.bias"),
    { activation },
  );
  look("b4.fc", hidden);
  let out = fullyConnected(
    hidden,
    tensorNamed(weights, "b4.out.weight"),
    tensorNamed<Tensor1D>(weights, "b4.out.bias"),
  );
  look("b4.out", out);
  if (mapped) out = tf.mul(tf.sum(tf.mul(out, mapped), 1, true), 1 / Math.sqrt(mapped.shape[1])) as Tensor2D;
  look("b4", out);
  return out;
}

/** [N, H, W, C] to [N, C * H * W], the order in which the official dense weights count. */
export function flatten(x: Tensor4D): Tensor2D {
  return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], x.size / x.shape[0]]);
}
