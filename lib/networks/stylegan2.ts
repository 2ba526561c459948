import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { activation as activationNamed, type ActivationName } from "../ops/activations.js";
import { biasAct, type BiasActOptions } from "../ops/biasAct.js";
import { convolutionLayer } from "../ops/convolutionLayer.js";
import { conv2dResample, type Conv2dResampleOptions } from "../ops/conv2dResample.js";
import { remember } from "../ops/derived.js";
import { kernels } from "../ops/kernels.js";
import { demodulationCoefficients } from "../ops/demodulationCoefficients.js";
import { instanceNorm } from "../ops/instanceNorm.js";
import { rgbLayer } from "../ops/rgbLayer.js";
import { pixelMean } from "../ops/pixelMean.js";
import { setupFilter, type Filter } from "../ops/setupFilter.js";
import { upsample2d } from "../ops/upsample2d.js";
import type { StyleGAN2Config } from "../weights/config.js";
import type { Parameters } from "../weights/parameters.js";
import { stylegan2Shapes } from "../weights/shapes/stylegan2.js";
import { Hold } from "./hold.js";
import { layerNamed, type Layer } from "./layer.js";
import { affineOfLayer, mapStyleGAN2, repeatW, type Dense, type MappingLook } from "./mapping.js";
import type { Demodulation, Network, SynthesisOptions } from "./network.js";
import { givenNoise, randomNoise } from "./noise.js";
import { Store, type Part, type Take } from "./store.js";
import { stylegan2Blocks, stylegan2Layers, stylegan2NumWs, type StyleGAN2Block } from "./stylegan2Plan.js";
import { takeDense, takeMapping, type AveragedMapping } from "./takeMapping.js";
import { need, type Pass, type Step } from "./tap.js";
import { convolution, image, map, vector } from "./tensors.js";

/** A convolution with its affine layer A and its noise input B. */
export interface StyledConvolution {
  readonly name: string;
  /** [kh, kw, I, O] */
  readonly weight: Tensor4D;
  readonly bias: Tensor1D;
  readonly affine: Dense;
  /** Stored noise times its strength, [1, H, W, 1]; null for toRGB and for networks without noise. */
  readonly noise: Tensor4D | null;
  readonly noiseStrength: number;
}

interface Block {
  readonly constant: Tensor4D | null;
  readonly conv0: StyledConvolution | null;
  readonly conv1: StyledConvolution;
  readonly torgb: StyledConvolution | null;
  /** Residual architecture: 1x1 kernel of the branch around the block. */
  readonly skip: Tensor4D | null;
}

/**
 * From this resolution on scaling the weights costs less than scaling the activations, for a single picture, unless the
 * back end makes more of a kept weight.
 */
const FUSED_FROM = 256;

/**
 * The generator of StyleGAN2 and StyleGAN2-ADA at any configuration.
 *
 * Taps: `b64.conv0`, `b64.conv1` (layer outputs), `b64.skip` and `b64.x` (residual architecture: the branch
 * around the block, and their sum), `b64.torgb`
 * (the block's own RGB), `b64.img` (the picture so far); with `inner`: `b64.conv0.input` (features times style),
 * `.modulated` (convolved, before demodulation), `.demodulated`, `.noise`.
 *
 * Source: Karras et al. 2020a, sections 2 and 4; stylegan2-ada-pytorch, training/networks.py.
 */
export class StyleGAN2 implements Network {
  readonly family = "stylegan2";
  readonly resolution: number;
  readonly zDim: number;
  readonly cDim: number;
  readonly wDim: number;
  readonly numWs: number;
  readonly layers: readonly Layer[];
  readonly #blocks: readonly StyleGAN2Block[];
  readonly #store: Store<Block | AveragedMapping>;
  /** Comes with the first weights: a network can be described where no back end has started. */
  #filter!: Filter;
  readonly #activation: ActivationName;
  readonly #clamp: number | null;
  readonly #architecture: "skip" | "resnet" | "orig";

  constructor(
    readonly config: StyleGAN2Config,
    parameters?: Parameters,
  ) {
    const synthesis = config.synthesis_kwargs ?? {};
    this.#blocks = stylegan2Blocks(config);
    this.layers = stylegan2Layers(config);
    this.resolution = config.img_resolution;
    this.zDim = config.z_dim;
    this.cDim = config.c_dim;
    this.wDim = config.w_dim;
    this.numWs = stylegan2NumWs(config);
    this.#architecture = synthesis.architecture ?? "skip";
    this.#activation = (synthesis.activation ?? "lrelu") as ActivationName;
    activationNamed(this.#activation); // refuses unknown ones
    this.#clamp = synthesis.conv_clamp ?? null;
    this.#store = new Store<Block | AveragedMapping>(
      "stylegan2",
      config,
      stylegan2Shapes(config),
      (part, take) => (part === "mapping" ? takeMapping(take, config, 8) : this.#buildBlock(part, take)),
    );
    if (parameters) this.add(parameters);
  }

  add(parameters: Parameters): void {
    const taps = this.config.synthesis_kwargs?.resample_filter ?? [1, 3, 3, 1];
    this.#filter ??= tf.keep(setupFilter(taps, { separable: true }));
    this.#store.add(parameters);
  }

  has(part: Part): boolean {
    return this.#store.has(part);
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  get wAverage(): Tensor1D {
    return this.#mapping.wAverage;
  }

  dispose(): void {
    this.#store.dispose();
    this.#filter?.dispose();
  }

  map(z: Tensor2D, label: Tensor2D | null = null, look?: MappingLook): Tensor3D {
    return tf.tidy(() => repeatW(mapStyleGAN2(this.#mapping, z, label, look), this.numWs));
  }

  style(layer: string, ws: Tensor3D, edit?: SynthesisOptions["editStyle"]): Tensor2D {
    return this.#style(this.layer(layer), ws, layerNamed(this.layers, layer).w, edit);
  }

  /**
   * A layer's convolution as `modulatedConv2d` takes it: its kernel [kh, kw, I, O] and how it resamples. Both stay
   * the network's.
   * @throws {RangeError} for a tap that is no convolution's output
   */
  convolution(layer: string): { readonly weight: Tensor4D; readonly resample: Conv2dResampleOptions } {
    const { resolution } = layerNamed(this.layers, layer);
    const part = layer.split(".")[1];
    const found = part === "conv0" || part === "conv1" ? this.#block(resolution)[part] : null;
    if (!found) throw new RangeError(`${layer} is no convolution of its own; ask for a conv0 or a conv1`);
    return { weight: found.weight, resample: this.#resample(part === "conv0" ? 2 : 1) };
  }

  /**
   * A layer as it runs: its tensors, which stay the network's.
   * @throws {RangeError} for a tap that is no layer with a style
   */
  layer(name: string): StyledConvolution {
    const { resolution } = layerNamed(this.layers, name);
    const part = name.split(".")[1];
    const known = part === "conv0" || part === "conv1" || part === "torgb";
    const found = known ? this.#block(resolution)[part] : null;
    if (!found) throw new RangeError(`${name} has no style of its own; ask for a convolution's`);
    return found;
  }

  /** The learned constant that the first convolution reads, [1, 4, 4, C]. It stays the network's. */
  get constant(): Tensor4D {
    return this.#block(4).constant!;
  }

  /** What a convolution's noise adds, [1, H, W, 1], or null; it may be the network's own. Call it inside `tf.tidy`. */
  noise(layer: string, noise: SynthesisOptions["noise"]): Tensor4D | null {
    const { resolution } = layerNamed(this.layers, layer);
    return this.#noise(this.layer(layer), [1, resolution, resolution, 1], { noise });
  }

  /** How a 3x3 convolution is resampled; the upsampling one is a true convolution, its kernel turned. */
  #resample(up: 1 | 2): Conv2dResampleOptions {
    return { up, padding: 1, filter: this.#filter, flipWeight: up === 1 };
  }

  synthesis(ws: Tensor3D, options: SynthesisOptions = {}): Pass<Tensor4D> {
    const [, count, size] = ws.shape;
    if (count !== this.numWs || size !== this.wDim)
      throw new RangeError(`w+ has shape [${ws.shape}]; this network needs [N, ${this.numWs}, ${this.wDim}]`);
    if (options.lod) throw new RangeError(`StyleGAN2 has no level of detail; leave lod ${options.lod} out`);
    const start = options.from ? this.#resumeAt(options.from) : { block: 0, after: null };
    return this.#run(ws, options, start);
  }

  *#run(ws: Tensor3D, options: SynthesisOptions, start: Start): Pass<Tensor4D> {
    const hold = new Hold();
    try {
      const w = hold.keep(ws.clone());
      let x: Tensor4D | null = options.from ? hold.keep(options.from.x.clone()) : null;
      let img: Tensor4D | null = options.from?.img ? hold.keep(options.from.img.clone()) : null;
      for (const plan of this.#blocks.slice(start.block)) {
        const done = plan === this.#blocks[start.block] ? start.after : null;
        if (done !== "img") yield need(plan.resolution);
        if (done === "img") continue;
        [x, img] = yield* this.#runBlock(plan, x, img, w, options, hold, done);
      }
      return hold.release(img!);
    } finally {
      hold.freeAll();
    }
  }

  /** One resolution: convolutions, then its RGB on top of the picture so far. */
  *#runBlock(
    plan: StyleGAN2Block,
    input: Tensor4D | null,
    pictureBefore: Tensor4D | null,
    ws: Tensor3D,
    options: SynthesisOptions,
    hold: Hold,
    done: Start["after"],
  ): Generator<Step, [Tensor4D, Tensor4D | null], Tensor4D | undefined> {
    const { resolution, firstW } = plan;
    const block = this.#block(resolution);
    const name = `b${resolution}`;
    const residual = block.skip !== null;
    const w1 = block.conv0 ? firstW + 1 : firstW;
    let x = input ?? hold.keep(repeated(block.constant!, ws.shape[0]));
    let branch: Tensor4D | null = null;
    if (block.skip && !done)
      branch = yield* hold.show(`${name}.skip`, hold.keep(this.#shortcut(x, block.skip)));
    if (block.conv0 && done === null)
      x = yield* this.#convolve(block.conv0, x, ws, firstW, 2, 1, options, hold);
    if (done === null || done === "conv0")
      x = yield* this.#convolve(block.conv1, x, ws, w1, 1, residual ? Math.SQRT1_2 : 1, options, hold);
    if (branch) {
      const sum = hold.replace(x, tf.add(branch, x) as Tensor4D);
      hold.free(branch);
      x = yield* hold.show(`${name}.x`, sum);
    }
    if (!block.torgb) return [x, pictureBefore];

    if (pictureBefore && options.unseen?.(`${name}.torgb`)) {
      const img = this.#toRgb(block.torgb, x, ws, w1 + 1, options, pictureBefore);
      return [x, yield* hold.show(`${name}.img`, hold.replace(pictureBefore, img), "rgb")];
    }
    const rgb = yield* hold.show(
      `${name}.torgb`,
      hold.keep(this.#toRgb(block.torgb, x, ws, w1 + 1, options)),
      "rgb",
    );
    if (!pictureBefore) return [x, yield* hold.show(`${name}.img`, rgb, "rgb")];
    const sum = tf.tidy(() => tf.add(upsample2d(pictureBefore, this.#filter), rgb) as Tensor4D);
    hold.free(rgb);
    return [x, yield* hold.show(`${name}.img`, hold.replace(pictureBefore, sum), "rgb")];
  }

  /** A styled convolution with its taps; frees its input. */
  *#convolve(
    layer: StyledConvolution,
    x: Tensor4D,
    ws: Tensor3D,
    w: number,
    up: 1 | 2,
    gain: number,
    options: SynthesisOptions,
    hold: Hold,
  ): Generator<Step, Tensor4D, Tensor4D | undefined> {
    const { name, weight, bias } = layer;
    const batch = x.shape[0];
    const side = x.shape[1] * up;
    const demodulation = options.demodulate?.(name) ?? "weights";
    const resample = this.#resample(up);
    const activate: BiasActOptions = {
      activation: this.#activation,
      gain: activationNamed(this.#activation).gain * gain,
      clamp: this.#clamp === null ? null : this.#clamp * gain,
    };
    const styleGain = demodulation === "weights" ? 1 : weightGain(weight);
    const styles = hold.keep(this.#style(layer, ws, w, options.editStyle, styleGain));
    let y: Tensor4D;
    if (options.inner?.(name) || demodulation === "deviation" || demodulation === "adain") {
      const show = options.inner?.(name)
        ? (tap: string, map: Tensor4D) => hold.show(`${name}.${tap}`, hold.keep(map), "inner")
        : function* (_: string, map: Tensor4D) {
            return hold.keep(map);
          };
      const input = yield* show(
        "input",
        tf.tidy(() => tf.mul(x, tf.reshape(styles, [batch, 1, 1, -1]))),
      );
      y = yield* show("modulated", conv2dResample(input, weight, resample));
      hold.free(input);
      y = yield* show("demodulated", replaceWith(y, hold, demodulated(y, weight, styles, demodulation)));
      const noisy = tf.tidy(() => {
        const noise = this.#noise(layer, [batch, side, side, 1], options);
        return noise ? (tf.add(y, noise) as Tensor4D) : y.clone();
      });
      y = yield* show("noise", replaceWith(y, hold, noisy));
      y = hold.replace(y, biasAct(y, bias, activate));
      if (demodulation === "adain") y = hold.replace(y, instanceNorm(y));
    } else {
      y = hold.keep(
        tf.tidy(() => {
          const noise = this.#noise(layer, [batch, side, side, 1], options);
          return convolutionLayer(x, weight, {
            form: {
              kind: "modulated",
              styles,
              ...resample,
              demodulate: demodulation === "weights",
              fused:
                options.fused ??
                (batch === 1 &&
                  side >= FUSED_FROM &&
                  !(resample.up === 1 && kernels().prefersKeptWeight?.(weight, side, side))),
            },
            noise: noise && { map: noise, strength: 1 },
            bias,
            ...activate,
          });
        }),
      );
    }
    hold.free(styles);
    hold.free(x);
    return yield* hold.show(name, y);
  }

  #toRgb(
    layer: StyledConvolution,
    x: Tensor4D,
    ws: Tensor3D,
    w: number,
    options: SynthesisOptions,
    below: Tensor4D | null = null,
  ): Tensor4D {
    return tf.tidy(() => {
      const styles = this.#style(layer, ws, w, options.editStyle, weightGain(layer.weight));
      const fused = options.fused ?? x.shape[0] === 1;
      const { weight, bias } = layer;
      return rgbLayer(x, weight, styles, { bias, clamp: this.#clamp, fused, below, filter: this.#filter });
    });
  }

  #shortcut(x: Tensor4D, weight: Tensor4D): Tensor4D {
    return tf.tidy(() => {
      const kernel = tf.mul(weight, weightGain(weight) * Math.SQRT1_2) as Tensor4D;
      return conv2dResample(x, kernel, { up: 2, filter: this.#filter, flipWeight: false });
    });
  }

  #style(
    layer: StyledConvolution,
    ws: Tensor3D,
    w: number,
    edit?: SynthesisOptions["editStyle"],
    gain = 1,
  ): Tensor2D {
    if (!edit) return affineOfLayer(ws, w, layer.affine, { gain });
    return tf.tidy(() => tf.mul(edit(layer.name, affineOfLayer(ws, w, layer.affine)), gain) as Tensor2D);
  }

  /** Noise times its strength, or null for none. */
  #noise(
    layer: StyledConvolution,
    shape: [number, number, number, number],
    { noise = { mode: "const" } }: Pick<SynthesisOptions, "noise">,
  ): Tensor4D | null {
    if (!layer.noise || noise.mode === "none") return null;
    if (noise.mode === "const") return layer.noise;
    const given: Tensor4D =
      noise.mode === "random"
        ? randomNoise(noise.seed, layer.name, shape)
        : givenNoise(noise.maps, this.#convolutions.indexOf(layer.name), layer.name);
    return tf.mul<Tensor4D>(given, layer.noiseStrength);
  }

  /** Names of the convolutions in the order in which they run. */
  get #convolutions(): string[] {
    return this.layers.filter(({ name }) => /\.conv[01]$/.test(name)).map(({ name }) => name);
  }

  #resumeAt({ name, img }: NonNullable<SynthesisOptions["from"]>): Start {
    const layer = layerNamed(this.layers, name);
    if (!layer.resume)
      throw new RangeError(`a pass cannot go on from ${name}; go on from a block's output instead`);
    if (layer.resume.img && !img)
      throw new RangeError(`going on from ${name} needs the picture ${layer.resume.img} too`);
    const block = this.#blocks.findIndex(({ resolution }) => resolution === layer.resolution);
    return { block, after: name.split(".")[1] as Start["after"] };
  }

  get #mapping(): AveragedMapping {
    return this.#store.get("mapping") as AveragedMapping;
  }

  #block(resolution: number): Block {
    return this.#store.get(resolution) as Block;
  }

  /** Has the operations derive what they need of a constant kernel now, so that no pass has to. */
  #prepare(weight: Tensor4D, up: 1 | 2): void {
    remember(weight);
    tf.tidy(() => {
      const inputs = weight.shape[2];
      demodulationCoefficients(weight, tf.zeros([1, inputs]));
      if (up === 2) conv2dResample(tf.zeros([1, 4, 4, inputs]), weight, this.#resample(up));
    });
    kernels().keepWeight?.(weight);
  }

  #buildBlock(resolution: Part, take: Take): Block {
    const at = `synthesis.b${resolution}`;
    const { use_noise = true } = this.config.synthesis_kwargs ?? {};
    const { hasRgb } = this.#blocks.find((block) => block.resolution === resolution)!;
    const styled = (name: string, noisy: boolean): StyledConvolution => {
      const weight = take.tensor(`${at}.${name}.weight`, convolution);
      if (name !== "torgb") this.#prepare(weight, name === "conv0" ? 2 : 1);
      const strength = noisy ? take.read(`${at}.${name}.noise_strength`).data[0]! : 0;
      return {
        name: `b${resolution}.${name}`,
        weight,
        bias: take.tensor(`${at}.${name}.bias`, vector),
        affine: takeDense(take, `${at}.${name}.affine`),
        noise: noisy ? take.tensor(`${at}.${name}.noise_const`, (stored) => map(stored, strength)) : null,
        noiseStrength: strength,
      };
    };
    return {
      constant: resolution === 4 ? take.tensor(`${at}.const`, image) : null,
      conv0: resolution === 4 ? null : styled("conv0", use_noise),
      conv1: styled("conv1", use_noise),
      torgb: hasRgb ? styled("torgb", false) : null,
      skip:
        this.#architecture === "resnet" && resolution !== 4
          ? take.tensor(`${at}.skip.weight`, convolution)
          : null,
    };
  }
}

/** The block at which a pass begins, and what of it is already done. */
interface Start {
  readonly block: number;
  readonly after: "conv0" | "conv1" | "x" | "img" | null;
}

/** The same map for each sample of a batch. */
function repeated(x: Tensor4D, batch: number): Tensor4D {
  return batch === 1 ? x.clone() : tf.tile(x, [batch, 1, 1, 1]);
}

/** 1 / sqrt(fan-in): the equalised learning rate's scale of a convolution. */
function weightGain(weight: Tensor4D): number {
  const [kh, kw, inputs] = weight.shape;
  return 1 / Math.sqrt(kh * kw * inputs);
}

function demodulated(y: Tensor4D, weight: Tensor4D, styles: Tensor2D, how: Demodulation): Tensor4D {
  if (how === "none" || how === "adain") return y.clone();
  if (how === "deviation") return tf.tidy(() => overDeviation(y));
  const coefficients = () => tf.reshape(demodulationCoefficients(weight, styles), [y.shape[0], 1, 1, -1]);
  return tf.tidy(() => tf.mul(y, coefficients()));
}

/** Each channel over its standard deviation; its mean stays in proportion. Figure 2 (c) of the paper. */
function overDeviation(y: Tensor4D): Tensor4D {
  const variance = pixelMean(tf.square(tf.sub<Tensor4D>(y, pixelMean(y)))); // [N, 1, 1, C]
  return tf.mul(y, tf.rsqrt(tf.add(variance, 1e-8)));
}

function replaceWith(old: Tensor4D, hold: Hold, next: Tensor4D): Tensor4D {
  hold.free(old);
  return next;
}
