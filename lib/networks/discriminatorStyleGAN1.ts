import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { biasAct } from "../ops/biasAct.js";
import { blur } from "../ops/blur.js";
import { conv2d } from "../ops/conv2d.js";
import { downsampleAverage } from "../ops/downsampleAverage.js";
import { fullyConnected } from "../ops/fullyConnected.js";
import { minibatchStddev } from "../ops/minibatchStddev.js";
import type { StyleGAN1DiscriminatorConfig } from "./discriminatorConfig.js";
import { flatten, type DiscriminatorLook } from "./discriminatorStyleGAN2.js";
import { tensorNamed, type TensorMap } from "./trainable.js";

/**
 * The progressive discriminator of StyleGAN1: pictures to logits at a level of detail, differentiable to any order
 * in both the pictures and the parameters.
 *
 * 1. Averages the picture down to the resolution of the level of detail and turns it into features (fromRGB).
 * 2. Halves the side block by block down to 4x4: a convolution, then blur, convolution and average. At a fractional
 *    lod the first block's output is blended with the features of the picture at half its size.
 * 3. At 4x4: appends the minibatch standard deviation, convolves, and runs two fully-connected layers.
 * 4. Conditional: the outputs, one a class, are weighted by the label and summed.
 *
 * @param weights parameters by official name (see `trainableTensors`); they stay the caller's
 * @param images of full size whatever the lod, [N, H, W, C] in -1 .. 1
 * @param label one-hot or soft classes, [N, C], for a conditional network
 * @param lod level of detail, 0 (full resolution) to log2(resolution) - 2
 * @returns logits, [N, 1]
 * @throws {RangeError} for pictures of another size, a lod out of range, or a missing label
 *
 * Source: Karras et al. 2018, section 2, figure 2 and appendix A; genforce, models/stylegan_discriminator.py.
 */
export function stylegan1Discriminator(
  config: StyleGAN1DiscriminatorConfig,
  weights: TensorMap,
  images: Tensor4D,
  label: Tensor2D | null = null,
  { lod = 0, look = () => undefined }: { readonly lod?: number; readonly look?: DiscriminatorLook } = {},
): Tensor2D {
  const { resolution, image_channels = 3, label_size = 0 } = config;
  const blocks = Math.log2(resolution) - 1;
  if (images.shape.slice(1).join() !== [resolution, resolution, image_channels].join())
    throw new RangeError(
      `pictures have shape [${images.shape}]; give [N, ${resolution}, ${resolution}, ${image_channels}]`,
    );
  if (!(lod >= 0 && lod <= blocks - 1))
    throw new RangeError(`level of detail ${lod} is not within 0 .. ${blocks - 1}; choose one that is`);
  if (label_size > 0 && !label)
    throw new RangeError(`this discriminator is conditional; give a label of ${label_size} classes`);
  return tf.tidy(() => {
    const layers = new Layers(config, weights, look);
    let picture = images;
    let x: Tensor4D | null = null;
    for (let block = 0; block < blocks; block++) {
      const size = resolution / 2 ** block;
      // `block` is also the lod at which this block's resolution is the picture's
      if (lod < block + 1) {
        if (x === null) x = layers.convolve(`input${block}`, picture);
        else if (lod > block - 1 && lod < block) {
          const below = layers.convolve(`input${block}`, picture);
          const fraction = lod - Math.floor(lod);
          x = tf.add<Tensor4D>(tf.mul(below, fraction), tf.mul(x, 1 - fraction));
        }
        if (size > 4) {
          x = layers.convolve(`layer${2 * block}`, x);
          x = layers.downsample(`layer${2 * block + 1}`, x, size);
        }
      }
      if (lod > block) picture = downsampleAverage(picture);
    }
    const first = 2 * blocks - 2;
    const { minibatch_std_group_size: group = 4, minibatch_std_channels: count = 1 } = config;
    const varied = group > 1 ? minibatchStddev(x!, group, count) : x!;
    const features = layers.convolve(`layer${first}`, varied);
    const hidden = layers.dense(`layer${first + 1}`, flatten(features), Math.SQRT2);
    const scores = layers.dense(`layer${first + 2}`, hidden, 1);
    return label_size > 0 ? (tf.sum(tf.mul(scores, label!), 1, true) as Tensor2D) : scores;
  });
}

/** The layers by name, with their weights and the run-time scale of the equalised learning rate. */
class Layers {
  constructor(
    private readonly config: StyleGAN1DiscriminatorConfig,
    private readonly weights: TensorMap,
    private readonly look: DiscriminatorLook,
  ) {}

  convolve(name: string, x: Tensor4D): Tensor4D {
    this.look(`${name}.mbstd`, x);
    const weight = this.#kernel(name);
    return this.#activate(name, conv2d(x, weight, { padding: Math.floor(weight.shape[0] / 2) }));
  }

  /** Blur, convolution and average; from 128 pixels on the last two are one strided convolution. */
  downsample(name: string, x: Tensor4D, size: number): Tensor4D {
    this.look(`${name}.mbstd`, x);
    const { fused_scale = "auto" } = this.config;
    const weight = this.#kernel(name);
    const smooth = blur(x);
    if (fused_scale === "auto" ? size >= 128 : fused_scale)
      return this.#activate(name, conv2d(smooth, averaged(weight), { stride: 2, padding: 1 }));
    return this.#activate(name, downsampleAverage(conv2d(smooth, weight, { padding: 1 })));
  }

  dense(name: string, x: Tensor2D, gain: number): Tensor2D {
    const weight = tensorNamed<Tensor2D>(this.weights, `${name}.weight`);
    const y = fullyConnected(x, weight, this.#bias(name), {
      activation: gain === 1 ? "linear" : "lrelu",
      gain: 1,
      weightGain: this.#gain(gain, weight.shape[1]),
    });
    this.look(name, y);
    return y;
  }

  #activate(name: string, x: Tensor4D): Tensor4D {
    const y = biasAct(x, this.#bias(name), { activation: "lrelu", gain: 1 });
    this.look(name, y);
    return y;
  }

  #kernel(name: string): Tensor4D {
    const weight = tensorNamed<Tensor4D>(this.weights, `${name}.weight`);
    const [kh, kw, inputs] = weight.shape;
    return tf.mul(weight, this.#gain(Math.SQRT2, kh * kw * inputs));
  }

  #bias(name: string): Tensor1D {
    return tensorNamed(this.weights, `${name}.bias`);
  }

  #gain(gain: number, fanIn: number): number {
    return (this.config.use_wscale ?? true) ? gain / Math.sqrt(fanIn) : 1;
  }
}

/** The mean of a kernel's four copies shifted by 0 or 1 tap along each axis, [k, k, I, O] to [k + 1, k + 1, I, O]. */
function averaged(weight: Tensor4D): Tensor4D {
  const copies = [0, 1].flatMap((a) => [0, 1].map((b) => tf.pad(weight, [[a, 1 - a], [b, 1 - b], [0, 0], [0, 0]]))); // prettier-ignore
  return tf.mul(tf.addN(copies), 1 / 4);
}
