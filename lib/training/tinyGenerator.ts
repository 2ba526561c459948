import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { tensorNamed, type TensorMap } from "../networks/trainable.js";
import { biasAct } from "../ops/biasAct.js";
import { conv2d } from "../ops/conv2d.js";
import { instanceNorm } from "../ops/instanceNorm.js";
import { modulatedConv2d } from "../ops/modulatedConv2d.js";
import { styleModulate } from "../ops/styleModulate.js";
import { upsampleNearest } from "../ops/upsampleNearest.js";
import { hashNormal } from "../random/hashNormal.js";
import { LATENTS, TINY_LAYERS } from "./tinyPlan.js";

/** What a layer does about the strength of its signal: AdaIN's normalisation, StyleGAN2's demodulation, nothing. */
export type Normalisation = "instance" | "demodulation" | "none";

const START = { side: 8, channels: 8 } as const;

/** Standard deviation of a picture whose last layer gives 1: that of the strongest pictures which the task asks for. */
const GAIN = 0.3;

/** Sees a layer's feature map before its normalisation, and may give another one back. */
export type TinyLook = (layer: string, x: Tensor4D) => Tensor4D;

/**
 * Parameters of the tiny generator, drawn from a seed: weights standard normal (their scale is in the network, as for
 * the equalised learning rate), the constant ones, biases zero, styles such that they change nothing. Both kinds of
 * network start from the same weights.
 */
export function tinyParameters(seed: string, normalisation: Normalisation): Map<string, Tensor> {
  const normal = (name: string, shape: number[]) =>
    tf.tensor(
      hashNormal(
        `${seed} ${name}`,
        shape.reduce((a, b) => a * b),
      ),
      shape,
    );
  const { side, channels } = START;
  const parameters = new Map<string, Tensor>([
    ["const", tf.ones([1, side, side, channels])],
    ["input", normal("input", [LATENTS, side * side * channels])],
  ]);
  for (const { name, inputs, outputs } of TINY_LAYERS) {
    parameters.set(`${name}.weight`, normal(`${name}.weight`, [3, 3, inputs, outputs]));
    parameters.set(`${name}.bias`, tf.zeros([outputs]));
    const adain = normalisation === "instance";
    parameters.set(`${name}.style`, adain ? tf.zeros([1, 2 * outputs]) : tf.ones([1, inputs]));
  }
  return parameters;
}

/**
 * A generator small enough to train in a page.
 *
 * 1. The latent enters once, linearly: x = c + sum over k of z[k] * m[k], with a learned constant c and learned maps m,
 *    8 x 8 pixels and 8 channels.
 * 2. Two layers double the size and convolve; a third makes the picture's three colours. The order inside a layer is
 *    the papers': with "instance" StyleGAN1's (convolution, bias, leaky ReLU, instance normalisation, style), else
 *    StyleGAN2's (style and demodulation on the weights, bias, leaky ReLU).
 * 3. A gain of 0.3 and tanh bring the picture into -1 .. 1.
 *
 * The styles are learned constants: they do not know z. So whatever a picture is to take from z, its contrast included,
 * must pass through the feature maps.
 *
 * @param z [N, 3]
 * @param look sees each layer's map behind its activation, and before the normalisation of "instance"
 * @returns pictures, [N, 32, 32, 3]
 */
export function tinyGenerator(
  parameters: TensorMap,
  z: Tensor2D,
  normalisation: Normalisation,
  look: TinyLook = (_, x) => x,
): Tensor4D {
  return tf.tidy(() => {
    const { side, channels } = START;
    const maps = tf.matMul(z, tensorNamed<Tensor2D>(parameters, "input"));
    let x = tf.add<Tensor4D>(
      tf.reshape(maps, [z.shape[0], side, side, channels]),
      tensorNamed(parameters, "const"),
    );
    for (const { name, up } of TINY_LAYERS)
      x = layer(parameters, name, upsampleNearest(x, up), normalisation, look);
    return tf.tanh(tf.mul<Tensor4D>(x, GAIN));
  });
}

function layer(
  parameters: TensorMap,
  name: (typeof TINY_LAYERS)[number]["name"],
  x: Tensor4D,
  normalisation: Normalisation,
  look: TinyLook,
): Tensor4D {
  const weight = tensorNamed<Tensor4D>(parameters, `${name}.weight`);
  const bias = tensorNamed<Tensor1D>(parameters, `${name}.bias`);
  const style = tensorNamed<Tensor2D>(parameters, `${name}.style`);
  // the picture's layer is linear, so its weights need no gain for the half that a leaky ReLU takes away
  const activation = name === "picture" ? "linear" : "lrelu";
  const gain = 1 / Math.sqrt(9 * weight.shape[2]);
  const styles: Tensor2D = tf.tile(style, [x.shape[0], 1]);
  if (normalisation === "instance") {
    const y = conv2d(x, tf.mul(weight, gain), { padding: 1 });
    return styleModulate(instanceNorm(look(name, biasAct(y, bias, { activation }))), styles);
  }
  const demodulate = normalisation === "demodulation";
  const kernel: Tensor4D = demodulate ? weight : tf.mul(weight, gain);
  return look(
    name,
    biasAct(modulatedConv2d(x, kernel, styles, { padding: 1, demodulate }), bias, { activation }),
  );
}
