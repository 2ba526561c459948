import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { activation as activationNamed } from "../ops/activations.js";
import { downsample2d } from "../ops/downsample2d.js";
import { setupFilter, type Filter } from "../ops/setupFilter.js";
import { Hold } from "./hold.js";
import { layerNamed } from "./layer.js";
import type { Noise } from "./noise.js";
import type { StyleGAN2 } from "./stylegan2.js";
import {
  backActivation,
  backConvolution,
  backToRgb,
  sumPixels,
  type LayerGradient,
  type PiecewiseLinear,
} from "./stylegan2Backward.js";
import { stylegan2Blocks } from "./stylegan2Plan.js";
import type { Need } from "./tap.js";

/** A layer of a pull-back is done, on the way to the picture or on the way back. */
export interface PullBackStep {
  readonly kind: "layer";
  readonly name: string;
  readonly way: "forward" | "back";
}

export interface PullBackOptions {
  /** Side of the picture: the RGB of that resolution. Default: the network's own. */
  readonly resolution?: number;
  /** Default: the stored maps. */
  readonly noise?: Exclude<Noise, { mode: "given" }>;
}

/** A picture, and what came of directions of it. The tensors are the caller's. */
export interface PulledBack {
  /** g(w), [N, R, R, C]. */
  readonly picture: Tensor4D;
  /** J_w^T y of each direction, [N, L, D]; L counts the rows of w+ that the picture depends on. */
  readonly gradients: readonly Tensor3D[];
}

/**
 * The vector-Jacobian product of the generator that makes pictures: J_w^T y, the gradient of sum(g(w) * y) with
 * respect to w+.
 *
 * 1. Runs the network up to the resolution and keeps each convolution's output.
 * 2. Walks back from the picture to the constant. What comes into a layer through its output leaves it through its
 *    input and through its style (see `stylegan2Backward.ts`).
 * 3. The layer's affine map A turns what the style gets into a row of w+. A toRGB shares its row with the next
 *    block's conv0.
 *
 * Automatic differentiation (`pathLengths` in lib/training, which gives the same numbers) records every intermediate
 * result and takes gradients of the weights as well. This needs the layers' outputs only, no gradient of a weight,
 * and gives way between two layers.
 *
 * @param ws [N, L, D]; each picture has a Jacobian of its own
 * @param directions image directions y, each [N, R, R, C]; they stay the caller's
 * @throws {RangeError} for an architecture other than "skip", an activation that is not piecewise linear, a
 *   resolution that the network has no picture of, or directions of another size
 *
 * Source: Karras et al. 2020a, section 3.2 (J^T y is the gradient of g(w) * y).
 */
export function* pullBack(
  network: StyleGAN2,
  ws: Tensor3D,
  directions: readonly Tensor4D[],
  { resolution = network.resolution, noise = { mode: "const" } }: PullBackOptions = {},
): Generator<PullBackStep | Need, PulledBack, void> {
  const activation = check(network, ws, directions, { resolution, noise });
  const hold = new Hold();
  const { resample_filter = [1, 3, 3, 1] } = network.config.synthesis_kwargs ?? {};
  const filter = hold.keep(setupFilter(resample_filter, { separable: true }));
  try {
    const w = hold.keep(ws.clone());
    const outputs = new Map<string, Tensor4D>();
    const pass = network.synthesis(w, { noise });
    try {
      for (let step = pass.next(); !step.done; step = pass.next()) {
        const { value } = step;
        if (value.kind === "need") {
          yield value;
          continue;
        }
        outputs.set(value.name, hold.keep(value.tensor.clone()));
        yield { kind: "layer", name: value.name, way: "forward" };
        if (value.name === `b${resolution}.img`) break;
      }
    } finally {
      pass.return(undefined as never);
    }
    const gradients: Tensor3D[] = [];
    for (const direction of directions) {
      const walk = new Walk(network, w, outputs, { noise, filter, activation, hold });
      gradients.push(yield* walk.back(direction, resolution));
    }
    const picture = hold.release(outputs.get(`b${resolution}.img`)!);
    for (const gradient of gradients) hold.release(gradient);
    return { picture, gradients };
  } finally {
    hold.freeAll();
  }
}

function check(
  { config, resolution: full }: StyleGAN2,
  ws: Tensor3D,
  directions: readonly Tensor4D[],
  { resolution, noise }: Required<PullBackOptions>,
): PiecewiseLinear {
  const {
    architecture = "skip",
    activation = "lrelu",
    conv_clamp: clamp = null,
  } = config.synthesis_kwargs ?? {};
  if (architecture !== "skip")
    throw new RangeError(
      `path lengths need the architecture "skip", a picture at each resolution, not "${architecture}"`,
    );
  if (activation !== "lrelu" && activation !== "relu" && activation !== "linear")
    throw new RangeError(
      `path lengths need an activation made of straight lines, such as lrelu, not "${activation}"`,
    );
  if (!stylegan2Blocks(config).some((block) => block.resolution === resolution))
    throw new RangeError(
      `this network makes no picture of ${resolution} pixels; give a power of two from 4 to ${full}`,
    );
  if (ws.shape[0] > 1 && noise.mode === "random")
    throw new RangeError(
      `${ws.shape[0]} pictures at once have stored noise or none; random noise goes one by one`,
    );
  const size = [ws.shape[0], resolution, resolution, config.img_channels];
  const wrong = directions.find((direction) => direction.shape.join() !== size.join());
  if (wrong) throw new RangeError(`a direction has shape [${wrong.shape}]; give [${size}]`);
  const { alpha, gain } = activationNamed(activation);
  return { slope: activation === "linear" ? 1 : alpha, gain, clamp };
}

/** The way back of one direction. */
class Walk {
  readonly #rows = new Map<number, Tensor2D>();

  constructor(
    private readonly network: StyleGAN2,
    private readonly ws: Tensor3D,
    private readonly outputs: ReadonlyMap<string, Tensor4D>,
    private readonly options: {
      readonly noise: NonNullable<PullBackOptions["noise"]>;
      readonly filter: Filter;
      readonly activation: PiecewiseLinear;
      readonly hold: Hold;
    },
  ) {}

  /** @returns the product, [N, L, D], which the hold keeps */
  *back(direction: Tensor4D, resolution: number): Generator<PullBackStep, Tensor3D, void> {
    const { hold, filter } = this.options;
    let picture = hold.keep(direction.clone()); // what the picture of each resolution gets
    let features: Tensor4D | null = null; // what a layer's output gets
    for (let side = resolution; side >= 4; side /= 2) {
      const fromRgb = hold.keep(this.#toRgb(`b${side}.torgb`, `b${side}.conv1`, picture));
      const sum: Tensor4D = features ? tf.add(features, fromRgb) : fromRgb.clone();
      hold.free(fromRgb);
      features = hold.replace(features, sum);
      yield { kind: "layer", name: `b${side}.torgb`, way: "back" };
      for (const name of side === 4 ? ["b4.conv1"] : [`b${side}.conv1`, `b${side}.conv0`]) {
        features = hold.replace(features, this.#convolution(name, features));
        yield { kind: "layer", name, way: "back" };
      }
      if (side > 4) picture = hold.replace(picture, downsample2d(picture, filter, { gain: 4 }));
    }
    hold.free(picture);
    hold.free(features);
    const rows = [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row);
    const product = hold.keep(tf.stack(rows, 1) as Tensor3D);
    for (const row of rows) hold.free(row);
    return product;
  }

  #toRgb(name: string, features: string, gradient: Tensor4D): Tensor4D {
    const { network, ws, outputs } = this;
    const { clamp } = this.options.activation;
    const { weight } = network.layer(name);
    return this.#through(name, () => {
      const { input: open } = backActivation(outputs.get(name)!, gradient, { slope: 1, gain: 1, clamp });
      const gain = 1 / Math.sqrt(weight.shape[2]);
      const styles = tf.mul<Tensor2D>(network.style(name, ws), gain);
      const { input, style } = backToRgb(weight, styles, outputs.get(features)!, open);
      return { input, style: tf.mul(style, gain) };
    });
  }

  #convolution(name: string, gradient: Tensor4D): Tensor4D {
    const { network, ws, outputs } = this;
    const { activation, filter, noise } = this.options;
    const { weight, bias } = network.layer(name);
    const side = outputs.get(name)!.shape[1];
    const up = name.endsWith(".conv0") ? 2 : 1;
    return this.#through(name, () => {
      const { input: inner, timesInput } = backActivation(outputs.get(name)!, gradient, activation);
      // what the activation took in was the demodulated output, the bias and the noise
      let timesOutput: Tensor2D = tf.sub(timesInput, tf.mul(sumPixels(inner), bias));
      const added = network.noise(name, noise);
      if (added) timesOutput = tf.sub(timesOutput, sumPixels(inner, added));
      const input = this.#inputOf(name, side);
      const run = { weight, styles: network.style(name, ws), input, up, filter } as const;
      return backConvolution(run, inner, timesOutput);
    });
  }

  #inputOf(name: string, side: number): Tensor4D {
    if (name === "b4.conv1") return this.network.constant; // the same for every picture
    return this.outputs.get(name.endsWith(".conv0") ? `b${side / 2}.conv1` : `b${side}.conv0`)!;
  }

  /** Runs a layer's way back, adds what its style got to its row of w+, and returns what its input got. */
  #through(name: string, back: () => LayerGradient): Tensor4D {
    const { affine } = this.network.layer(name);
    const { w } = layerNamed(this.network.layers, name);
    const { hold } = this.options;
    const before = this.#rows.get(w) ?? null;
    const [input, row] = tf.tidy(() => {
      const gradient = back();
      const gain = 1 / Math.sqrt(affine.weight.shape[1]); // of an equalised learning rate
      const own: Tensor2D = tf.mul(tf.matMul(gradient.style, affine.weight), gain); // [N, I] times [I, D]
      return [gradient.input, before ? tf.add(before, own) : own];
    }) as unknown as [Tensor4D, Tensor2D];
    this.#rows.set(w, hold.replace(before, row));
    return input;
  }
}
