import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { ActivationName } from "../ops/activations.js";
import { fullyConnected, type FullyConnectedOptions } from "../ops/fullyConnected.js";
import { kernels } from "../ops/kernels.js";
import { normalizeSecondMoment } from "../ops/normalizeSecondMoment.js";

export interface Dense {
  readonly weight: Tensor2D;
  readonly bias: Tensor1D;
}

/** Sees the output of each part of the mapping network, under its official name; must not keep the tensor. */
export type MappingLook = (name: string, output: Tensor2D) => void;

export interface StyleGAN2Mapping {
  readonly embed: Dense | null;
  readonly layers: readonly Dense[];
  readonly activation: ActivationName;
  readonly lrMultiplier: number;
}

/**
 * The mapping network of StyleGAN2-ADA (and StyleGAN3): z and a class label to w.
 *
 * 1. Normalises z to second moment 1.
 * 2. Embeds the label with a linear layer, normalises it too, and puts it behind z.
 * 3. Runs fully-connected layers, whose learning rate is lower by the lr multiplier.
 *
 * @param z [N, Z]; null for a network without z
 * @param label one-hot or soft classes, [N, C], for a conditional network
 * @returns w, [N, D]
 * @throws {RangeError} when a conditional network is given no label
 *
 * Source: Karras et al. 2019, figure 1; Karras et al. 2020b, appendix D (conditioning).
 */
export function mapStyleGAN2(
  { embed, layers, activation, lrMultiplier }: StyleGAN2Mapping,
  z: Tensor2D,
  label: Tensor2D | null,
  look?: MappingLook,
): Tensor2D {
  if (embed && !label)
    throw new RangeError(`this network is conditional; give a label of ${embed.weight.shape[1]} classes`);
  return tf.tidy(() => {
    let x = normalizeSecondMoment(z);
    if (embed && label) {
      const embedding = fullyConnected(label, embed.weight, embed.bias);
      look?.("embed", embedding);
      x = tf.concat([x, normalizeSecondMoment(embedding)], 1);
    }
    layers.forEach(({ weight, bias }, i) => {
      x = fullyConnected(x, weight, bias, { activation, lrMultiplier });
      look?.(`fc${i}`, x);
    });
    return x;
  });
}

export interface StyleGAN1Mapping {
  /** [classes, Z] */
  readonly labelWeight: Tensor2D | null;
  readonly layers: readonly Dense[];
  readonly lrMultiplier: number;
  /** Equalised learning rate: weights scaled by sqrt(2) / sqrt(inputs) at run time. */
  readonly useWscale: boolean;
}

/**
 * The mapping network of StyleGAN1: z and a class label to w.
 *
 * 1. Multiplies the label with its embedding matrix and puts it behind z.
 * 2. Normalises both together to root mean square 1.
 * 3. Runs fully-connected layers with leaky ReLU. The gain sqrt(2) is part of the weight's scale, so unlike in
 *    StyleGAN2 the bias does not get it.
 *
 * @param z [N, Z]
 * @param label one-hot or soft classes, [N, C], for a conditional network
 * @returns w, [N, D], or [N, layers * D] for a network with a w of its own for each layer
 * @throws {RangeError} when a conditional network is given no label
 *
 * Source: Karras et al. 2019, figure 1 and appendix C.
 */
export function mapStyleGAN1(
  { labelWeight, layers, lrMultiplier, useWscale }: StyleGAN1Mapping,
  z: Tensor2D,
  label: Tensor2D | null,
  look?: MappingLook,
): Tensor2D {
  if (labelWeight && !label)
    throw new RangeError(`this network is conditional; give a label of ${labelWeight.shape[0]} classes`);
  return tf.tidy(() => {
    let x = z;
    if (labelWeight && label) {
      const embedding = tf.matMul(label, labelWeight) as Tensor2D;
      look?.("embedding", embedding);
      x = tf.concat([x, embedding], 1);
    }
    x = normalizeSecondMoment(x);
    look?.("norm", x);
    layers.forEach(({ weight, bias }, i) => {
      const scale = useWscale ? Math.SQRT2 / Math.sqrt(weight.shape[1]) : 1;
      x = fullyConnected(x, weight, bias, {
        activation: "lrelu",
        gain: 1,
        weightGain: scale * lrMultiplier,
        biasGain: lrMultiplier,
      });
      look?.(`dense${i}`, x);
    });
    return x;
  });
}

/** The same w for each of `count` layers: [N, D] to [N, count, D]. */
export function repeatW(w: Tensor2D, count: number): Tensor3D {
  return tf.tidy(() => tf.tile(tf.expandDims(w, 1) as Tensor3D, [1, count, 1]));
}

/** The w of one layer: [N, L, D] to [N, D]. */
export function wOfLayer(ws: Tensor3D, layer: number): Tensor2D {
  const [batch, , size] = ws.shape;
  return tf.tidy(() => tf.reshape(tf.slice(ws, [0, layer, 0], [batch, 1, size]), [batch, size]));
}

/** A layer's affine transformation of its own w: [N, L, D] to [N, O]. */
export function affineOfLayer(
  ws: Tensor3D,
  layer: number,
  { weight, bias }: Dense,
  options: FullyConnectedOptions = {},
): Tensor2D {
  const twin = kernels().fullyConnected?.(ws, layer, weight, bias, options);
  return twin ?? tf.tidy(() => fullyConnected(wOfLayer(ws, layer), weight, bias, options));
}
