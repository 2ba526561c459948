import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { mixStyles } from "../ops/mixStyles.js";
import { pixelMean } from "../ops/index.js";
import type { Layer } from "./layer.js";
import type { Demodulation, SynthesisOptions } from "./network.js";
import type { Visitor } from "./run.js";

/** w layers of StyleGAN1 and 2 at 1024x1024; a range may end there in a smaller one too, and then means "to the last". */
const MOST_WS = 18;

/** A range of w layers, `from <= i < to`. */
export type Layers = readonly [from: number, to: number];

/** One change to a running generator, as plain JSON. */
export type Intervention =
  /** x' = scale * x + shift on one channel of a feature map. */
  | {
      readonly kind: "scaleChannel";
      readonly tap: string;
      readonly channel: number;
      readonly scale: number;
      readonly shift: number;
    }
  | { readonly kind: "zeroChannel"; readonly tap: string; readonly channel: number }
  /** Clips every channel to its mean plus or minus `limit` of its own standard deviations. */
  | { readonly kind: "capPeaks"; readonly tap: string; readonly limit: number }
  /** Sets a disc to a value, on one channel or (null) on all; centre and radius in parts of the map's side, y downwards. */
  | {
      readonly kind: "paint";
      readonly tap: string;
      readonly channel: number | null;
      readonly centre: readonly [x: number, y: number];
      readonly radius: number;
      readonly value: number;
    }
  /**
   * Sets a disc of a channel, or (null) of all, to the channel's mean plus `height` of its own standard deviations: a
   * spike where height is large, a spike painted out where it is 0. Centre and radius as of `paint`; the pixel that
   * holds the centre always belongs to the disc.
   */
  | {
      readonly kind: "spike";
      readonly tap: string;
      readonly channel: number | null;
      readonly centre: readonly [x: number, y: number];
      readonly radius: number;
      readonly height: number;
    }
  /** Takes the w of some layers from another seed. */
  | { readonly kind: "swapStyle"; readonly layers: Layers; readonly seed: number }
  /**
   * Takes the w of some layers from the plane through the w of three seeds: w_a + u (w_b - w_a) + v (w_c - w_a). With
   * v = 0 it is the straight line through two.
   */
  | {
      readonly kind: "plane";
      readonly layers: Layers;
      readonly a: number;
      readonly b: number;
      readonly c: number;
      readonly u: number;
      readonly v: number;
    }
  /** Multiplies the styles of some layers: StyleGAN1 scale and shift as used, StyleGAN2 the scale. */
  | { readonly kind: "styleScale"; readonly layers: Layers; readonly factor: number }
  /**
   * Sets one channel's style, as used. StyleGAN1: the channel of the output gets this standard deviation and mean.
   * StyleGAN2: the channel of the input is multiplied by `scale`; there is no shift.
   */
  | {
      readonly kind: "editStyle";
      readonly layer: string;
      readonly channel: number;
      readonly scale?: number;
      readonly shift?: number;
    }
  /** StyleGAN1: leaves the instance normalisation of some layers out. */
  | { readonly kind: "normalisation"; readonly layers: Layers; readonly on: false }
  /** StyleGAN2: leaves the demodulation of some layers out, or normalises the feature map itself instead; see `Demodulation`. */
  | {
      readonly kind: "demodulation";
      readonly layers: Layers;
      readonly on: false;
      readonly instead?: "deviation" | "adain";
    };

/** What `checkInterventions` needs to know of a network. */
export interface Subject {
  readonly family: string;
  readonly numWs: number;
  readonly layers: readonly Layer[];
}

/**
 * Refuses interventions that do not fit a network.
 * @throws {RangeError} one sentence with the offending value and what there is
 */
export function checkInterventions(interventions: readonly Intervention[], subject: Subject): void {
  for (const intervention of interventions) {
    const fault = faultOf(intervention, subject);
    if (fault) throw new RangeError(`${intervention.kind}: ${fault}`);
  }
}

/** The inner taps that interventions act on, as the option of a pass. */
export function innerTapsOf(
  interventions: readonly Intervention[],
  layers: readonly Layer[],
): (layer: string) => boolean {
  const taps = interventions.flatMap((intervention) => ("tap" in intervention ? [intervention.tap] : []));
  const wanted = new Set(
    layers.filter(({ name, role }) => role === "inner" && taps.includes(name)).map(({ layer }) => layer),
  );
  return (layer) => wanted.has(layer);
}

/** The visitor that applies interventions on feature maps, one after the other. */
export function tapVisitor(interventions: readonly Intervention[]): Visitor {
  const byTap = groupByTap(interventions);
  return ({ name, tensor }) => {
    const here = byTap.get(name);
    if (!here) return undefined;
    return tf.tidy(() => here.reduce((x, intervention) => changed(x, intervention), tensor));
  };
}

/** The options of a pass that interventions inside layers need. */
export function synthesisHooks(
  interventions: readonly Intervention[],
  { family, layers }: Subject,
): Pick<SynthesisOptions, "normalise" | "demodulate" | "editStyle"> {
  const wOf = new Map(layers.map(({ name, w }) => [name, w]));
  const covers = ([from, to]: Layers, name: string) => wOf.get(name)! >= from && wOf.get(name)! < to;
  const of = <K extends Intervention["kind"]>(kind: K) =>
    interventions.filter((one): one is Extract<Intervention, { kind: K }> => one.kind === kind);
  const unnormalised = of("normalisation");
  const undemodulated = of("demodulation");
  const scales = of("styleScale");
  const edits = of("editStyle");
  const hooks: { -readonly [K in "normalise" | "demodulate" | "editStyle"]?: SynthesisOptions[K] } = {};
  if (unnormalised.length) hooks.normalise = (name) => !unnormalised.some((one) => covers(one.layers, name));
  if (undemodulated.length)
    hooks.demodulate = (name): Demodulation => {
      const last = undemodulated.findLast((one) => covers(one.layers, name));
      return last ? (last.instead ?? "none") : "weights";
    };
  if (scales.length || edits.length)
    hooks.editStyle = (name, style) => {
      const factor = scales
        .filter((one) => covers(one.layers, name))
        .reduce((product, one) => product * one.factor, 1);
      const here = edits.filter((one) => one.layer === name);
      if (factor === 1 && here.length === 0) return style;
      return editedStyle(style, factor, here, family === "stylegan1");
    };
  return hooks;
}

/**
 * w+ with the styles that come from other seeds.
 * @param wsOfSeed w+ [1 or N, L, D] of a seed, under the same truncation; it stays the caller's
 * @returns w+ [N, L, D], which is the caller's
 */
export function mixInterventions(
  ws: Tensor3D,
  interventions: readonly Intervention[],
  wsOfSeed: (seed: number) => Tensor3D,
): Tensor3D {
  return tf.tidy(() =>
    interventions.reduce((mixed, one) => {
      if (one.kind !== "swapStyle" && one.kind !== "plane") return mixed;
      const [from, to] = [one.layers[0], Math.min(one.layers[1], ws.shape[1])];
      const layers = Array.from({ length: to - from }, (_, i) => from + i);
      const other = one.kind === "plane" ? planePoint(one, wsOfSeed) : wsOfSeed(one.seed);
      return mixStyles(mixed, other, { layers });
    }, ws.clone()),
  );
}

/** A point of the plane through three seeds' w+; runs inside `tf.tidy`. */
function planePoint(
  { a, b, c, u, v }: Extract<Intervention, { kind: "plane" }>,
  wsOfSeed: (seed: number) => Tensor3D,
): Tensor3D {
  const origin = wsOfSeed(a);
  const along = (seed: number, part: number): Tensor3D => tf.mul(tf.sub(wsOfSeed(seed), origin), part);
  return tf.add(origin, tf.add(along(b, u), along(c, v)));
}

/** The feature map with one intervention applied; runs inside `tf.tidy`. */
function changed(x: Tensor4D, intervention: Intervention): Tensor4D {
  switch (intervention.kind) {
    case "scaleChannel":
      return affineChannel(x, intervention.channel, intervention.scale, intervention.shift);
    case "zeroChannel":
      return affineChannel(x, intervention.channel, 0, 0);
    case "capPeaks":
      return capped(x, intervention.limit);
    case "paint":
      return painted(x, intervention);
    case "spike":
      return spiked(x, intervention);
    default:
      return x;
  }
}

function affineChannel(x: Tensor4D, channel: number, scale: number, shift: number): Tensor4D {
  const only = tf.cast(tf.oneHot(tf.tensor1d([channel], "int32"), x.shape[3]), "float32"); // [1, C]
  // `where` would take seconds for a large map on wasm; clipping is what lets a scale of 0 silence infinities too
  const finite = scale === 0 ? tf.clipByValue(x, -3.4e38, 3.4e38) : x;
  return tf.add(
    tf.mul(finite, tf.add(tf.sub(1, only), tf.mul(only, scale))),
    tf.mul(only, shift),
  ) as Tensor4D;
}

function capped(x: Tensor4D, limit: number): Tensor4D {
  const mean = pixelMean(x); // [N, 1, 1, C]
  const centred = tf.sub<Tensor4D>(x, mean);
  const reach = tf.mul(tf.sqrt(pixelMean(tf.square(centred))), limit);
  // in units of the reach, as clipping to numbers is far faster on wasm than minimum and maximum of two tensors
  const clipped = tf.clipByValue(tf.div(centred, tf.add(reach, 1e-30)), -1, 1);
  return tf.add(tf.mul(clipped, reach), mean) as Tensor4D;
}

function painted(x: Tensor4D, disc: Extract<Intervention, { kind: "paint" }>): Tensor4D {
  const inside = discOf(x, disc, false);
  const finite = tf.clipByValue(x, -3.4e38, 3.4e38);
  return tf.add(tf.mul(finite, tf.sub(1, inside)), tf.mul(inside, disc.value)) as Tensor4D;
}

function spiked(x: Tensor4D, disc: Extract<Intervention, { kind: "spike" }>): Tensor4D {
  const inside = discOf(x, disc, true);
  const mean = pixelMean(x); // [N, 1, 1, C]
  const deviation = tf.sqrt(pixelMean(tf.squaredDifference(x, mean)));
  const level = tf.add(mean, tf.mul(deviation, disc.height));
  return tf.add(x, tf.mul(inside, tf.sub(level, x))) as Tensor4D;
}

/** 1 inside a disc of a map, 0 outside: [1, H, W, 1] for all channels, else [1, H, W, C]. */
function discOf(
  x: Tensor4D,
  {
    channel,
    centre,
    radius,
  }: Pick<Extract<Intervention, { kind: "paint" }>, "channel" | "centre" | "radius">,
  holdsCentre: boolean,
): Tensor4D {
  const [, h, w, c] = x.shape;
  const disc = new Float32Array(h * w);
  for (let i = 0; i < h; i++)
    for (let j = 0; j < w; j++) {
      const distance = Math.hypot((j + 0.5) / w - centre[0], (i + 0.5) / h - centre[1]);
      if (distance <= radius) disc[i * w + j] = 1;
    }
  const [column, row] = [Math.floor(centre[0] * w), Math.floor(centre[1] * h)];
  if (holdsCentre && column >= 0 && column < w && row >= 0 && row < h) disc[row * w + column] = 1;
  const inside = tf.tensor4d(disc, [1, h, w, 1]);
  if (channel === null) return inside;
  const only = tf.reshape(tf.oneHot(tf.tensor1d([channel], "int32"), c), [1, 1, 1, c]);
  return tf.mul(inside, tf.cast(only, "float32"));
}

/** Styles with a factor and single channels set; StyleGAN1 stores the scale less 1. */
function editedStyle(
  style: Tensor2D,
  factor: number,
  edits: readonly { channel: number; scale?: number; shift?: number }[],
  scaleAndShift: boolean,
): Tensor2D {
  return tf.tidy(() => {
    const [, width] = style.shape;
    const channels = scaleAndShift ? width / 2 : width;
    // style' = style * times + plus, entry by entry
    const times = new Float32Array(width).fill(factor);
    const plus = new Float32Array(width);
    if (scaleAndShift) plus.fill(factor - 1, 0, channels);
    for (const { channel, scale, shift } of edits) {
      if (scale !== undefined) {
        times[channel] = 0;
        plus[channel] = scaleAndShift ? scale - 1 : scale;
      }
      if (shift !== undefined && scaleAndShift) {
        times[channels + channel] = 0;
        plus[channels + channel] = shift;
      }
    }
    return tf.add(tf.mul(style, tf.tensor1d(times)), tf.tensor1d(plus)) as Tensor2D;
  });
}

function faultOf(one: Intervention, { family, numWs, layers }: Subject): string | null {
  if ("tap" in one) {
    const layer = layers.find(({ name }) => name === one.tap);
    if (!layer) return `no layer is named "${one.tap}"; choose one such as ${exampleOf(layers)}`;
    const fault =
      "channel" in one && one.channel !== null ? channelFault(one.channel, layer.channels, one.tap) : null;
    if (fault) return fault;
  }
  if ("layers" in one) {
    const [from, to] = one.layers;
    const inOrder = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to;
    if (!inOrder || (from < to && from >= numWs) || to > Math.max(numWs, MOST_WS))
      return `layers ${from} to ${to} are not within 0 .. ${numWs}; give a range that is`;
  }
  switch (one.kind) {
    case "editStyle": {
      const layer = layers.find(({ name, role }) => name === one.layer && role !== "inner");
      if (!layer) return `no layer is named "${one.layer}"; choose one such as ${exampleOf(layers)}`;
      if (layer.styleChannels === 0) return `${one.layer} has no style; choose a convolution's layer`;
      if (one.shift !== undefined && family !== "stylegan1")
        return "only StyleGAN1's styles have a shift; leave it out";
      return (
        channelFault(one.channel, layer.styleChannels, `the style of ${one.layer}`) ??
        notFinite(one.scale ?? 0, one.shift ?? 0)
      );
    }
    case "scaleChannel":
      return notFinite(one.scale, one.shift);
    case "capPeaks":
      return one.limit > 0
        ? null
        : `a limit of ${one.limit} standard deviations leaves nothing; give one above 0`;
    case "paint":
      return notFinite(...one.centre, one.radius, one.value);
    case "spike":
      return notFinite(...one.centre, one.radius, one.height);
    case "styleScale":
      return notFinite(one.factor);
    case "plane":
      return notFinite(one.u, one.v);
    case "normalisation":
      return family === "stylegan1"
        ? null
        : "only StyleGAN1 has instance normalisation; use demodulation here";
    case "demodulation":
      return family === "stylegan2" ? null : "only StyleGAN2 has demodulation to leave out";
    default:
      return null;
  }
}

function channelFault(channel: number, channels: number, where: string): string | null {
  if (Number.isInteger(channel) && channel >= 0 && channel < channels) return null;
  return `channel ${channel} of ${where} is not within 0 .. ${channels - 1}`;
}

function notFinite(...values: readonly number[]): string | null {
  const bad = values.find((value) => !Number.isFinite(value));
  return bad === undefined ? null : `${bad} is no finite number`;
}

function exampleOf(layers: readonly Layer[]): string {
  return layers.find(({ role }) => role === "layer")?.name ?? "none";
}

function groupByTap(interventions: readonly Intervention[]): Map<string, Intervention[]> {
  const groups = new Map<string, Intervention[]>();
  for (const one of interventions)
    if ("tap" in one) groups.set(one.tap, [...(groups.get(one.tap) ?? []), one]);
  return groups;
}
