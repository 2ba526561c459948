import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { addNoise } from "../ops/addNoise.js";
import { adain } from "../ops/adain.js";
import { biasAct } from "../ops/biasAct.js";
import { blur } from "../ops/blur.js";
import { conv2d } from "../ops/conv2d.js";
import { convolutionLayer } from "../ops/convolutionLayer.js";
import { remember } from "../ops/derived.js";
import { instanceNorm } from "../ops/instanceNorm.js";
import { lodBlend } from "../ops/lodBlend.js";
import { kernels, type AddedNoise } from "../ops/kernels.js";
import { rgbLayer } from "../ops/rgbLayer.js";
import { styleModulate } from "../ops/styleModulate.js";
import { upsampleConv2d } from "../ops/upsampleConv2d.js";
import { upsampleNearest } from "../ops/upsampleNearest.js";
import type { StyleGAN1Config } from "../weights/config.js";
import type { Parameters } from "../weights/parameters.js";
import { stylegan1Channels, stylegan1Shapes } from "../weights/shapes/stylegan1.js";
import { Hold } from "./hold.js";
import { layerNamed, type Layer } from "./layer.js";
import {
  affineOfLayer,
  mapStyleGAN1,
  repeatW,
  wOfLayer,
  type Dense,
  type MappingLook,
  type StyleGAN1Mapping,
} from "./mapping.js";
import type { Network, SynthesisOptions } from "./network.js";
import { givenNoise, randomNoise } from "./noise.js";
import { Store, type Part, type Take } from "./store.js";
import { isFusedScale, stylegan1Layers, stylegan1NumWs } from "./stylegan1Plan.js";
import { takeDense } from "./takeMapping.js";
import { need, type Pass, type Step } from "./tap.js";
import { convolution, dense, image, map, transposedConvolution, vector } from "./tensors.js";

interface StyledLayer {
  readonly name: string;
  readonly index: number;
  /** The learned constant of layer 0, [1, 4, 4, C]; null for layers that convolve. */
  readonly constant: Tensor4D | null;
  /** [kh, kw, I, O], scaled for the equalised learning rate; an upsampling layer's has its 4x4 transposed form. */
  readonly weight: Tensor4D | null;
  readonly bias: Tensor1D;
  /** Stored noise: [1, H, W, 1], or [1, 1, 1, C] of the channel type. */
  readonly noise: Tensor4D;
  /** [C], or [H, W] of the channel type. */
  readonly noiseWeight: Tensor1D | Tensor2D;
  readonly affine: Dense;
}

interface Output {
  /** [1, 1, C, 3] */
  readonly weight: Tensor4D;
  readonly bias: Tensor1D;
}

interface Block {
  readonly layers: readonly [StyledLayer, StyledLayer];
  readonly output: Output;
}

interface Mapping extends StyleGAN1Mapping {
  readonly wAverage: Tensor1D | Tensor2D;
}

/** A 4x4 kernel reaches a pixel beyond the doubled image on each side. */
const UPSAMPLING = { padding: -1 } as const;

/** The low-pass filter behind it. */
const BLUR = [1, 2, 1] as const;

/** The gain sqrt(2) is part of the weights' scale. */
const LEAKY_RELU = { activation: "lrelu", gain: 1 } as const;

/**
 * The progressive generator of StyleGAN1 at any configuration and level of detail.
 *
 * Taps: `layer7` (output of a layer, behind its style) and `output4` (RGB of a resolution; of those that the level
 * of detail calls for, or of all with `previews`); with `inner`: `layer7.conv` (upsampled, convolved, blurred),
 * `.noise`, `.activate` (bias and leaky ReLU), `.normalize` (instance normalisation), `.style`.
 *
 * Source: Karras et al. 2019; genforce, models/stylegan_generator.py.
 */
export class StyleGAN1 implements Network {
  readonly family = "stylegan1";
  readonly resolution: number;
  readonly zDim: number;
  readonly cDim: number;
  readonly wDim: number;
  readonly numWs: number;
  readonly layers: readonly Layer[];
  readonly #store: Store<Block | Mapping>;

  constructor(
    readonly config: StyleGAN1Config,
    parameters?: Parameters,
  ) {
    this.resolution = config.resolution;
    this.zDim = config.z_space_dim ?? 512;
    this.cDim = config.label_size ?? 0;
    this.wDim = config.w_space_dim ?? 512;
    this.numWs = stylegan1NumWs(config);
    this.layers = stylegan1Layers(config);
    this.#store = new Store<Block | Mapping>("stylegan1", config, stylegan1Shapes(config), (part, take) =>
      part === "mapping" ? this.#buildMapping(take) : this.#buildBlock(part, take),
    );
    if (parameters) this.add(parameters);
  }

  /** The highest level of detail: that of the 4x4 picture. */
  get maxLod(): number {
    return Math.log2(this.resolution) - 2;
  }

  add(parameters: Parameters): void {
    this.#store.add(parameters);
  }

  has(part: Part): boolean {
    return this.#store.has(part);
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  get wAverage(): Tensor1D | Tensor2D {
    return this.#mapping.wAverage;
  }

  dispose(): void {
    this.#store.dispose();
  }

  map(z: Tensor2D, label: Tensor2D | null = null, look?: MappingLook): Tensor3D {
    return tf.tidy(() => {
      const w = mapStyleGAN1(this.#mapping, z, label, look);
      if (this.config.repeat_w ?? true) return repeatW(w, this.numWs);
      return tf.reshape(w, [z.shape[0], this.numWs, this.wDim]);
    });
  }

  style(layer: string, ws: Tensor3D, edit?: SynthesisOptions["editStyle"]): Tensor2D {
    const { resolution, styleChannels, layer: name } = layerNamed(this.layers, layer);
    if (styleChannels === 0) throw new RangeError(`${layer} has no style; ask for a layer's`);
    return this.#style(
      this.#block(resolution).layers.find((styled) => styled.name === name)!,
      ws,
      edit,
    );
  }

  synthesis(ws: Tensor3D, options: SynthesisOptions = {}): Pass<Tensor4D> {
    const { lod = 0, from } = options;
    const [, count, size] = ws.shape;
    if (count !== this.numWs || size !== this.wDim)
      throw new RangeError(`w+ has shape [${ws.shape}]; this network needs [N, ${this.numWs}, ${this.wDim}]`);
    if (!(lod >= 0 && lod <= this.maxLod))
      throw new RangeError(`level of detail ${lod} is not within 0 .. ${this.maxLod}; choose one that is`);
    const start = from ? layerNamed(this.layers, from.name) : null;
    if (start && !start.resume)
      throw new RangeError(`a pass cannot go on from ${start.name}; go on from a layer's output`);
    return this.#run(ws, { ...options, lod }, start);
  }

  /**
   * 1. Runs the layers of every resolution that the level of detail reaches.
   * 2. Turns the features of that resolution into RGB; a fractional lod blends it with the RGB of the one below.
   * 3. Repeats pixels up to full resolution.
   */
  *#run(ws: Tensor3D, options: SynthesisOptions & { lod: number }, start: Layer | null): Pass<Tensor4D> {
    const { lod, from } = options;
    const hold = new Hold();
    try {
      const w = hold.keep(ws.clone());
      let x: Tensor4D | null = from ? hold.keep(from.x.clone()) : null;
      let picture: Tensor4D | null = from?.img ? hold.keep(from.img.clone()) : null;
      for (let resolution = start?.resolution ?? 4; resolution <= this.resolution; resolution *= 2) {
        const level = Math.log2(this.resolution / resolution); // the lod at which this resolution is the picture
        if (lod >= level + 1) break;
        const resumes = resolution === start?.resolution ? start : null;
        if (resumes?.role !== "rgb") {
          yield need(resolution);
          const { layers } = this.#block(resolution);
          for (const layer of layers) {
            if (resumes && layer.index <= resumes.w) continue;
            x = yield* this.#convolve(layer, x, w, resolution, options, hold);
          }
        }
        const shown = lod < level + 1 && lod > level - 1;
        if (shown || options.previews) {
          const rgb: Tensor4D = resumes?.role === "rgb" ? picture! : yield* this.#toRgb(resolution, x!, hold);
          picture =
            lod > level && lod < level + 1
              ? this.#blend(rgb, picture, lod, resolution, hold)
              : this.#swap(picture, rgb, hold);
        }
      }
      return this.#finish(hold.release(picture!));
    } finally {
      hold.freeAll();
    }
  }

  *#toRgb(resolution: number, x: Tensor4D, hold: Hold): Generator<Step, Tensor4D, Tensor4D | undefined> {
    const { output } = this.#block(resolution);
    const rgb = rgbLayer(x, output.weight, null, { bias: output.bias });
    return yield* hold.show(`output${Math.log2(resolution) - 2}`, hold.keep(rgb), "rgb");
  }

  #swap(old: Tensor4D | null, next: Tensor4D, hold: Hold): Tensor4D {
    if (old !== next) hold.free(old);
    return next;
  }

  #blend(rgb: Tensor4D, below: Tensor4D | null, lod: number, resolution: number, hold: Hold): Tensor4D {
    if (!below || below.shape[1] * 2 !== resolution)
      throw new RangeError(
        `level of detail ${lod} blends in the picture of ${resolution / 2} pixels; go on from there, or give it as img`,
      );
    const blended = tf.tidy(() => lodBlend(rgb, upsampleNearest(below), lod));
    hold.free(rgb);
    return hold.replace(below, blended);
  }

  /** Full size, and the optional tanh. Takes the picture over. */
  #finish(picture: Tensor4D): Tensor4D {
    const finished = tf.tidy(() => {
      const large = upsampleNearest(picture, this.resolution / picture.shape[1]);
      return this.config.final_tanh ? tf.tanh(large) : large;
    });
    picture.dispose();
    return finished;
  }

  /** Upsample, convolve and blur; noise; bias and leaky ReLU; instance normalisation; style. Frees its input. */
  *#convolve(
    layer: StyledLayer,
    x: Tensor4D | null,
    ws: Tensor3D,
    resolution: number,
    options: SynthesisOptions,
    hold: Hold,
  ): Generator<Step, Tensor4D, Tensor4D | undefined> {
    const { name } = layer;
    const inner = options.inner?.(name) ?? false;
    const normalised = options.normalise?.(name) ?? true;
    if (!inner && x && layer.weight && !this.#biasesEarly(layer)) {
      let y = hold.keep(this.#activated(layer, layer.weight, x, resolution, options));
      hold.free(x);
      const style = hold.keep(this.#style(layer, ws, options.editStyle));
      y = hold.replace(y, normalised ? adain(y, style, this.#epsilon) : styleModulate(y, style));
      hold.free(style);
      return yield* hold.show(name, y);
    }
    let y = hold.keep(this.#convolution(layer, x, ws));
    hold.free(x);
    if (inner) y = yield* hold.show(`${name}.conv`, y, "inner");
    y = hold.replace(y, this.#addNoise(layer, y, resolution, options));
    if (inner) y = yield* hold.show(`${name}.noise`, y, "inner");
    y = hold.replace(y, biasAct(y, this.#biasesEarly(layer) ? null : layer.bias, LEAKY_RELU));
    if (inner) y = yield* hold.show(`${name}.activate`, y, "inner");
    if (normalised) y = hold.replace(y, instanceNorm(y, this.#epsilon));
    if (inner) y = yield* hold.show(`${name}.normalize`, y, "inner");
    const features = y;
    y = hold.replace(
      y,
      tf.tidy(() => styleModulate(features, this.#style(layer, ws, options.editStyle))),
    );
    if (inner) y = yield* hold.show(`${name}.style`, y, "inner");
    return yield* hold.show(name, y);
  }

  #convolution(layer: StyledLayer, x: Tensor4D | null, ws: Tensor3D): Tensor4D {
    const { index, constant, weight, bias } = layer;
    const batch = ws.shape[0];
    return tf.tidy(() => {
      if (constant) return tf.tile(constant, [batch, 1, 1, 1]);
      if (index === 0)
        return conv2d(tf.reshape(wOfLayer(ws, 0), [batch, 1, 1, this.wDim]), weight!, { padding: 3 });
      if (index % 2 === 1) return conv2d(x!, weight!, { padding: 1 });
      const upsampled = upsampleConv2d(x!, weight!, UPSAMPLING);
      return blur(this.#biasesEarly(layer) ? tf.add(upsampled, bias) : upsampled, BLUR);
    });
  }

  /** Convolved, with noise, bias and leaky ReLU: what needs no step of its own unless somebody looks inside. */
  #activated(
    layer: StyledLayer,
    weight: Tensor4D,
    x: Tensor4D,
    resolution: number,
    options: SynthesisOptions,
  ): Tensor4D {
    const form =
      layer.index % 2 === 1
        ? ({ kind: "plain", padding: 1 } as const)
        : ({ kind: "blurred", taps: BLUR, ...UPSAMPLING } as const);
    return tf.tidy(() => {
      const noise = this.#noise(layer, x.shape[0], resolution, options);
      return convolutionLayer(x, weight, { form, noise, bias: layer.bias, ...LEAKY_RELU });
    });
  }

  #addNoise(layer: StyledLayer, x: Tensor4D, resolution: number, options: SynthesisOptions): Tensor4D {
    return tf.tidy(() => {
      const noise = this.#noise(layer, x.shape[0], resolution, options);
      return noise ? addNoise(x, noise.map, noise.strength) : x.clone();
    });
  }

  #noise(
    { name, index, noise, noiseWeight: strength }: StyledLayer,
    batch: number,
    resolution: number,
    { noise: source = { mode: "const" } }: SynthesisOptions,
  ): AddedNoise | null {
    const shared = this.#isRosinality ? this.#block(resolution).layers[0] : { name, noise };
    const [, h, w, c] = noise.shape;
    switch (source.mode) {
      case "none":
        return null;
      case "const":
        return { map: shared.noise, strength };
      case "given":
        return { map: givenNoise(source.maps, index, name), strength };
      case "random":
        return { map: randomNoise(source.seed, shared.name, [batch, h, w, c]), strength };
    }
  }

  /** rosinality's: bias before the blur, another epsilon, one noise image for both layers of a resolution. */
  get #isRosinality(): boolean {
    return this.config.implementation === "rosinality";
  }

  #biasesEarly({ index }: StyledLayer): boolean {
    return this.#isRosinality && index > 0 && index % 2 === 0;
  }

  get #epsilon(): number {
    return this.#isRosinality ? 1e-5 : 1e-8;
  }

  #style({ name, index, affine }: StyledLayer, ws: Tensor3D, edit?: SynthesisOptions["editStyle"]): Tensor2D {
    return tf.tidy(() => {
      const options = this.#useWscale ? {} : { weightGain: 1 };
      const style = affineOfLayer(ws, index, affine, options);
      return edit ? edit(name, style) : style;
    });
  }

  get #useWscale(): boolean {
    return this.config.use_wscale ?? true;
  }

  get #mapping(): Mapping {
    return this.#store.get("mapping") as Mapping;
  }

  #block(resolution: number): Block {
    return this.#store.get(resolution) as Block;
  }

  #buildMapping(take: Take): Mapping {
    const { mapping_layers = 8, mapping_lr_mul = 0.01, repeat_w = true } = this.config;
    return {
      labelWeight: this.cDim > 0 ? take.tensor("mapping.label_weight", dense) : null,
      layers: Array.from({ length: mapping_layers }, (_, i) => takeDense(take, `mapping.dense${i}`)),
      lrMultiplier: mapping_lr_mul,
      useWscale: this.#useWscale,
      wAverage: take.tensor<Tensor1D | Tensor2D>("truncation.w_avg", (stored) =>
        repeat_w ? vector(stored) : (tf.reshape(vector(stored), [this.numWs, this.wDim]) as Tensor2D),
      ),
    };
  }

  #buildBlock(part: Part, take: Take): Block {
    const resolution = part as number;
    const block = Math.log2(resolution) - 2;
    const channels = stylegan1Channels(this.config, resolution);
    const output = `synthesis.output${block}`;
    const outputGain = this.#useWscale ? 1 / Math.sqrt(channels) : 1;
    return {
      layers: [
        this.#buildLayer(2 * block, resolution, take),
        this.#buildLayer(2 * block + 1, resolution, take),
      ],
      output: {
        weight: take.tensor(`${output}.weight`, (stored) => convolution(stored, outputGain)),
        bias: take.tensor(`${output}.bias`, vector),
      },
    };
  }

  #buildLayer(index: number, resolution: number, take: Take): StyledLayer {
    const { const_input = true, noise_type = "spatial" } = this.config;
    const at = `synthesis.layer${index}`;
    const learnedConstant = index === 0 && const_input;
    const upsamples = index > 0 && index % 2 === 0;
    const fused = isFusedScale(this.config, resolution);
    const kernel = () =>
      take.tensor(`${at}.weight`, (stored) => {
        const [, inputs, kh, kw] = stored.shape as [number, number, number, number];
        const gain = this.#useWscale ? Math.SQRT2 / Math.sqrt(inputs * kh * kw) : 1;
        return upsamples ? transposedConvolution(stored, gain, !fused) : convolution(stored, gain);
      });
    const weight = learnedConstant ? null : kernel();
    if (weight) remember(weight);
    if (weight && upsamples) {
      // the operation derives its phases' kernels now, so that no pass has to
      tf.dispose(tf.tidy(() => upsampleConv2d(tf.zeros([1, 4, 4, weight.shape[2]]), weight, UPSAMPLING)));
    }
    if (weight) kernels().keepWeight?.(weight);
    return {
      name: `layer${index}`,
      index,
      constant: learnedConstant ? take.tensor(`${at}.const`, image) : null,
      weight,
      bias: take.tensor(`${at}.bias`, vector),
      noise: take.tensor(`${at}.apply_noise.noise`, noise_type === "spatial" ? map : image),
      noiseWeight: take.tensor<Tensor1D | Tensor2D>(
        `${at}.apply_noise.weight`,
        noise_type === "spatial" ? vector : dense,
      ),
      affine: takeDense(take, `${at}.style`),
    };
  }
}
