import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { filteredLeakyRelu, type FilteredLeakyReluOptions } from "../ops/filteredLeakyRelu.js";
import { fullyConnected } from "../ops/fullyConnected.js";
import { designLowpassFilter } from "../ops/lowpassFilter.js";
import { modulatedConv2dSG3 } from "../ops/modulatedConv2dSG3.js";
import type { StyleGAN3Config } from "../weights/config.js";
import type { Parameters } from "../weights/parameters.js";
import { stylegan3Geometry, stylegan3Shapes, type StyleGAN3Layer } from "../weights/shapes/stylegan3.js";
import { Hold } from "./hold.js";
import { layerNamed, type Layer } from "./layer.js";
import { mapStyleGAN2, repeatW, wOfLayer, type Dense, type MappingLook } from "./mapping.js";
import type { Network, SynthesisOptions } from "./network.js";
import { Store, type Part, type Take } from "./store.js";
import { fourierFeatures, type FourierInput } from "./stylegan3Input.js";
import { stylegan3Layers, stylegan3NumWs, stylegan3Resampling } from "./stylegan3Plan.js";
import { takeDense, takeMapping, type AveragedMapping } from "./takeMapping.js";
import { need, type Pass, type Step } from "./tap.js";
import { convolution, dense, vector } from "./tensors.js";

interface StyledLayer {
  readonly plan: StyleGAN3Layer;
  /** [kh, kw, I, O] */
  readonly weight: Tensor4D;
  readonly bias: Tensor1D;
  readonly affine: Dense;
  /** Running mean square of the input. */
  readonly magnitude: Scalar;
  readonly kernel: number;
  readonly nonlinearity: FilteredLeakyReluOptions;
}

interface Synthesis {
  readonly input: FourierInput & { readonly affine: Dense };
  readonly layers: readonly StyledLayer[];
}

/**
 * The generator of StyleGAN3, configurations T and R and others.
 *
 * Taps: `input` (Fourier features), `L0_36_1024` ... (output of each filtered leaky ReLU, canvas margins included),
 * the last of which is the picture before the output scale; with `inner`: `L0_36_1024.conv` (modulated convolution).
 *
 * Source: Karras et al. 2021; stylegan3, training/networks_stylegan3.py.
 */
export class StyleGAN3 implements Network {
  readonly family = "stylegan3";
  readonly resolution: number;
  readonly zDim: number;
  readonly cDim: number;
  readonly wDim: number;
  readonly numWs: number;
  readonly layers: readonly Layer[];
  readonly #store: Store<Synthesis | AveragedMapping>;

  constructor(
    readonly config: StyleGAN3Config,
    parameters?: Parameters,
  ) {
    this.resolution = config.img_resolution;
    this.zDim = config.z_dim;
    this.cDim = config.c_dim;
    this.wDim = config.w_dim;
    this.numWs = stylegan3NumWs(config);
    this.layers = stylegan3Layers(config);
    this.#store = new Store<Synthesis | AveragedMapping>(
      "stylegan3",
      config,
      stylegan3Shapes(config),
      (part, take) => (part === "mapping" ? takeMapping(take, config, 2) : this.#buildSynthesis(take)),
    );
    if (parameters) this.add(parameters);
  }

  add(parameters: Parameters): void {
    this.#store.add(parameters);
  }

  /** All of the synthesis network belongs to the picture's resolution: there is no picture before its last layer. */
  has(part: Part): boolean {
    return this.#store.has(part === "mapping" ? part : this.resolution);
  }

  get bytes(): number {
    return this.#store.bytes;
  }

  get wAverage(): Tensor1D {
    return this.#mapping.wAverage;
  }

  dispose(): void {
    this.#store.dispose();
  }

  map(z: Tensor2D, label: Tensor2D | null = null, look?: MappingLook): Tensor3D {
    return tf.tidy(() => repeatW(mapStyleGAN2(this.#mapping, z, label, look), this.numWs));
  }

  style(layer: string, ws: Tensor3D, edit?: SynthesisOptions["editStyle"]): Tensor2D {
    const { w, layer: name } = layerNamed(this.layers, layer);
    const { input, layers } = this.#synthesis;
    return this.#style(name, w === 0 ? input.affine : layers[w - 1]!.affine, ws, w, edit);
  }

  synthesis(ws: Tensor3D, options: SynthesisOptions = {}): Pass<Tensor4D> {
    const [, count, size] = ws.shape;
    if (count !== this.numWs || size !== this.wDim)
      throw new RangeError(`w+ has shape [${ws.shape}]; this network needs [N, ${this.numWs}, ${this.wDim}]`);
    if (options.lod) throw new RangeError(`StyleGAN3 has no level of detail; leave lod ${options.lod} out`);
    const start = options.from ? layerNamed(this.layers, options.from.name) : null;
    if (start && !start.resume)
      throw new RangeError(`a pass cannot go on from ${start.name}; go on from a layer's output`);
    return this.#run(ws, options, start);
  }

  /**
   * 1. Samples the Fourier features.
   * 2. Runs the layers, the last of which gives RGB.
   * 3. Scales the picture.
   */
  *#run(ws: Tensor3D, options: SynthesisOptions, start: Layer | null): Pass<Tensor4D> {
    const hold = new Hold();
    try {
      const w = hold.keep(ws.clone());
      let x: Tensor4D | null = options.from ? hold.keep(options.from.x.clone()) : null;
      yield need(this.resolution);
      const { input, layers } = this.#synthesis;
      if (x === null) {
        const made = tf.tidy(() => {
          const affine = this.#style("input", input.affine, w, 0, options.editStyle);
          return fourierFeatures(input, affine, options.transform);
        });
        x = yield* hold.show("input", hold.keep(made));
      }
      for (const [i, layer] of layers.entries()) {
        if (start && i + 1 <= start.w) continue;
        x = yield* this.#convolve(layer, x, w, i + 1, options, hold);
      }
      return tf.mul(x, this.config.output_scale ?? 0.25);
    } finally {
      hold.freeAll();
    }
  }

  /** Modulated convolution, then bias and filtered leaky ReLU. Frees its input. */
  *#convolve(
    layer: StyledLayer,
    x: Tensor4D,
    ws: Tensor3D,
    w: number,
    options: SynthesisOptions,
    hold: Hold,
  ): Generator<Step, Tensor4D, Tensor4D | undefined> {
    const { plan, weight, bias, kernel } = layer;
    const { name, isToRGB } = plan;
    const convolved = tf.tidy(() => {
      let styles = this.#style(name, layer.affine, ws, w, options.editStyle);
      if (isToRGB) styles = tf.mul(styles, 1 / Math.sqrt(weight.shape[2] * kernel ** 2));
      return modulatedConv2dSG3(x, weight, styles, {
        padding: kernel - 1,
        demodulate: !isToRGB,
        inputGain: tf.rsqrt(this.#magnitude(layer, x, options)),
        // of one sample, the smaller of the two is scaled
        fused: options.fused ?? (x.shape[0] === 1 && weight.size < x.size),
      });
    });
    hold.free(x);
    let y = hold.keep(convolved);
    if (options.inner?.(name)) y = yield* hold.show(`${name}.conv`, y, "inner");
    y = hold.replace(y, filteredLeakyRelu(y, bias, layer.nonlinearity));
    return yield* hold.show(name, y, isToRGB ? "rgb" : "layer");
  }

  /** The running mean square of a layer's input; in training, with this batch's taken in first. */
  #magnitude({ plan, magnitude }: StyledLayer, x: Tensor4D, { updateMagnitudes }: SynthesisOptions): Scalar {
    if (!updateMagnitudes) return magnitude;
    const now = tf.mean<Scalar>(tf.square(x));
    const beta = this.config.magnitude_ema_beta ?? 0.999;
    const updated: Scalar = tf.add(now, tf.mul(tf.sub(magnitude, now), beta));
    updateMagnitudes(plan.name, updated);
    return updated;
  }

  #style(
    name: string,
    affine: Dense,
    ws: Tensor3D,
    w: number,
    edit?: SynthesisOptions["editStyle"],
  ): Tensor2D {
    return tf.tidy(() => {
      const style = fullyConnected(wOfLayer(ws, w), affine.weight, affine.bias);
      return edit ? edit(name, style) : style;
    });
  }

  get #mapping(): AveragedMapping {
    return this.#store.get("mapping") as AveragedMapping;
  }

  get #synthesis(): Synthesis {
    return this.#store.get(this.resolution) as Synthesis;
  }

  #buildSynthesis(take: Take): Synthesis {
    const { input, layers } = stylegan3Geometry(this.config);
    return {
      input: {
        freqs: take.tensor("synthesis.input.freqs", dense),
        phases: take.tensor("synthesis.input.phases", vector),
        weight: take.tensor("synthesis.input.weight", dense),
        affine: takeDense(take, "synthesis.input.affine"),
        size: input.size,
        samplingRate: input.samplingRate,
        bandwidth: input.bandwidth,
      },
      layers: layers.map((plan) => this.#buildLayer(plan, take)),
    };
  }

  #buildLayer(plan: StyleGAN3Layer, take: Take): StyledLayer {
    const { up, down, samplingRate, upTaps, downTaps, radial, kernel, padding } = stylegan3Resampling(
      plan,
      this.config,
    );
    const at = `synthesis.${plan.name}`;
    const filter = (taps: number, cutoff: number, halfWidth: number, isRadial: boolean) => {
      const made = designLowpassFilter({
        taps,
        cutoff,
        width: halfWidth * 2,
        samplingRate,
        radial: isRadial,
      });
      return made && take.keep(made);
    };
    return {
      plan,
      weight: take.tensor(`${at}.weight`, convolution),
      bias: take.tensor(`${at}.bias`, vector),
      affine: takeDense(take, `${at}.affine`),
      magnitude: take.tensor(`${at}.magnitude_ema`, ({ data }) => tf.scalar(data[0]!)),
      kernel,
      nonlinearity: {
        upFilter: filter(upTaps, plan.inCutoff, plan.inHalfWidth, false),
        downFilter: filter(downTaps, plan.outCutoff, plan.outHalfWidth, radial),
        up,
        down,
        padding,
        gain: plan.isToRGB ? 1 : Math.SQRT2,
        slope: plan.isToRGB ? 1 : 0.2,
        clamp: this.config.conv_clamp === undefined ? 256 : this.config.conv_clamp,
      },
    };
  }
}
