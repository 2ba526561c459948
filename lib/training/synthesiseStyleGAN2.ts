import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { mapStyleGAN2, repeatW, wOfLayer, type Dense, type MappingLook } from "../networks/mapping.js";
import { stylegan2Blocks, stylegan2NumWs } from "../networks/stylegan2Plan.js";
import { tensorNamed, type TensorMap } from "../networks/trainable.js";
import { activation as activationNamed, type ActivationName } from "../ops/activations.js";
import { convolutionLayer } from "../ops/convolutionLayer.js";
import { conv2dResample } from "../ops/conv2dResample.js";
import { fullyConnected } from "../ops/fullyConnected.js";
import { rgbLayer } from "../ops/rgbLayer.js";
import { setupFilter, type Filter } from "../ops/setupFilter.js";
import type { StyleGAN2Config } from "../weights/config.js";

/**
 * The mapping network of StyleGAN2 as a differentiable function of its parameters: z [N, Z] (and classes [N, C]) to
 * w+ [N, L, D].
 */
export function mapTrainable(
  config: StyleGAN2Config,
  weights: TensorMap,
  z: Tensor2D,
  label: Tensor2D | null = null,
  look?: MappingLook,
): Tensor3D {
  const { num_layers = 8, activation = "lrelu", lr_multiplier = 0.01 } = config.mapping_kwargs ?? {};
  const mapping = {
    embed: config.c_dim > 0 ? dense(weights, "mapping.embed") : null,
    layers: Array.from({ length: num_layers }, (_, i) => dense(weights, `mapping.fc${i}`)),
    activation: activation as ActivationName,
    lrMultiplier: lr_multiplier,
  };
  return tf.tidy(() => repeatW(mapStyleGAN2(mapping, z, label, look), stylegan2NumWs(config)));
}

/**
 * The synthesis network of StyleGAN2 as a differentiable function of w+ and of its parameters, to any order. The
 * generator that makes pictures (`StyleGAN2`) prepares its weights once and for all and frees features as it goes; this
 * one leaves everything to the tape. Both are made of the same operations and give the same pictures.
 *
 * @param weights parameters by official name (see `trainableTensors`)
 * @param ws [N, L, D]
 * @param noise a map for each convolution, [N, H, W, 1], before its strength; null: none
 * @returns pictures, [N, H, W, C]
 *
 * Source: Karras et al. 2020a, sections 2 and 4; stylegan2-ada-pytorch, training/networks.py.
 */
export function synthesiseStyleGAN2(
  config: StyleGAN2Config,
  weights: TensorMap,
  ws: Tensor3D,
  noise: readonly Tensor4D[] | null,
): Tensor4D {
  const { architecture = "skip", resample_filter = [1, 3, 3, 1] } = config.synthesis_kwargs ?? {};
  return tf.tidy(() => {
    const synthesis = new Synthesis(
      config,
      weights,
      ws,
      noise,
      setupFilter(resample_filter, { separable: true }),
    );
    let x = tf.tile(tensorNamed<Tensor4D>(weights, "synthesis.b4.const"), [ws.shape[0], 1, 1, 1]);
    let picture: Tensor4D | null = null;
    for (const { resolution, inChannels, firstW, hasRgb } of stylegan2Blocks(config)) {
      const at = `synthesis.b${resolution}`;
      const residual = architecture === "resnet" && inChannels > 0;
      const branch: Tensor4D | null = residual ? synthesis.shortcut(`${at}.skip`, x) : null;
      let w = firstW;
      if (inChannels > 0) x = synthesis.convolve(`${at}.conv0`, x, w++, 2);
      x = synthesis.convolve(`${at}.conv1`, x, w++, 1, residual ? Math.SQRT1_2 : 1);
      if (branch) x = tf.add(branch, x);
      if (hasRgb) picture = synthesis.addRgb(`${at}.torgb`, x, w, picture);
    }
    return picture!;
  });
}

class Synthesis {
  #convolutions = 0;

  constructor(
    private readonly config: StyleGAN2Config,
    private readonly weights: TensorMap,
    private readonly ws: Tensor3D,
    private readonly noise: readonly Tensor4D[] | null,
    private readonly filter: Filter,
  ) {}

  convolve(name: string, x: Tensor4D, w: number, up: 1 | 2, gain = 1): Tensor4D {
    const activation = (this.config.synthesis_kwargs?.activation ?? "lrelu") as ActivationName;
    const clamp = this.config.synthesis_kwargs?.conv_clamp ?? null;
    const noise = this.#noise(name);
    return convolutionLayer(x, tensorNamed<Tensor4D>(this.weights, `${name}.weight`), {
      form: {
        kind: "modulated",
        styles: this.#style(name, w),
        up,
        padding: 1,
        filter: this.filter,
        flipWeight: up === 1,
      },
      noise: noise && { map: noise, strength: 1 },
      bias: tensorNamed<Tensor1D>(this.weights, `${name}.bias`),
      activation,
      gain: activationNamed(activation).gain * gain,
      clamp: clamp === null ? null : clamp * gain,
    });
  }

  addRgb(name: string, x: Tensor4D, w: number, before: Tensor4D | null): Tensor4D {
    const weight = tensorNamed<Tensor4D>(this.weights, `${name}.weight`);
    const styles = tf.mul<Tensor2D>(this.#style(name, w), weightGain(weight));
    return rgbLayer(x, weight, styles, {
      bias: tensorNamed<Tensor1D>(this.weights, `${name}.bias`),
      clamp: this.config.synthesis_kwargs?.conv_clamp ?? null,
      below: before,
      filter: this.filter,
    });
  }

  shortcut(name: string, x: Tensor4D): Tensor4D {
    const weight = tensorNamed<Tensor4D>(this.weights, `${name}.weight`);
    const kernel = tf.mul<Tensor4D>(weight, weightGain(weight) * Math.SQRT1_2);
    return conv2dResample(x, kernel, { up: 2, filter: this.filter, flipWeight: false });
  }

  #style(name: string, w: number): Tensor2D {
    const { weight, bias } = dense(this.weights, `${name}.affine`);
    return fullyConnected(wOfLayer(this.ws, w), weight, bias);
  }

  #noise(name: string): Tensor4D | null {
    const index = this.#convolutions++;
    const strength = this.weights.get(`${name}.noise_strength`) as Scalar | undefined;
    if (!this.noise || !strength) return null;
    const map = this.noise[index];
    if (!map) throw new RangeError(`${this.noise.length} noise maps are given but ${name} needs one more`);
    return tf.mul<Tensor4D>(map, strength);
  }
}

/** 1 / sqrt(fan-in): the equalised learning rate's scale of a convolution. */
function weightGain({ shape: [kh, kw, inputs] }: Tensor4D): number {
  return 1 / Math.sqrt(kh * kw * inputs);
}

function dense(weights: TensorMap, name: string): Dense {
  return { weight: tensorNamed(weights, `${name}.weight`), bias: tensorNamed(weights, `${name}.bias`) };
}
