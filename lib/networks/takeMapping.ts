import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { activation as activationNamed, type ActivationName } from "../ops/activations.js";
import type { StyleGAN2Config } from "../weights/config.js";
import type { Dense, StyleGAN2Mapping } from "./mapping.js";
import type { Take } from "./store.js";
import { dense, vector } from "./tensors.js";

/** A mapping network of StyleGAN2, 2-ADA or 3 with the mean w that truncation goes to. */
export interface AveragedMapping extends StyleGAN2Mapping {
  readonly wAverage: Tensor1D;
}

/**
 * Takes the mapping network of StyleGAN2, 2-ADA or 3 out of the parameters; without an average of w, that is 0.
 *
 * @param usualLayers how many it has where the config is silent
 * @throws Error for an unknown activation
 */
export function takeMapping(
  take: Take,
  { c_dim, w_dim, mapping_kwargs }: Pick<StyleGAN2Config, "c_dim" | "w_dim" | "mapping_kwargs">,
  usualLayers: number,
): AveragedMapping {
  const {
    num_layers = usualLayers,
    activation = "lrelu",
    lr_multiplier = 0.01,
    w_avg_beta,
  } = mapping_kwargs ?? {};
  activationNamed(activation); // refuses unknown ones
  return {
    embed: c_dim > 0 ? takeDense(take, "mapping.embed") : null,
    layers: Array.from({ length: num_layers }, (_, i) => takeDense(take, `mapping.fc${i}`)),
    activation: activation as ActivationName,
    lrMultiplier: lr_multiplier,
    wAverage: w_avg_beta === null ? take.keep(tf.zeros([w_dim])) : take.tensor("mapping.w_avg", vector),
  };
}

/** Takes a fully-connected layer, by the name that its parameters begin with. */
export function takeDense(take: Take, name: string): Dense {
  return { weight: take.tensor(`${name}.weight`, dense), bias: take.tensor(`${name}.bias`, vector) };
}
