import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { SynthesisOptions, Network } from "../networks/network.js";
import { channelStatistics } from "../measure/channelStatistics.js";
import { channelValues } from "../measure/channelValues.js";
import { histogram } from "../measure/histogram.js";
import { pictureBytes } from "../measure/picture.js";
import { StatisticsAccumulator, momentsOf } from "../measure/statistics.js";
import { channelThumbnails } from "../measure/thumbnails.js";
import { dropletView } from "./dropletView.js";
import type { View, Want } from "./protocol.js";

/** A want that is served by a single feature map. */
export type TapWant = Extract<Want, { kind: "atlas" | "channel" | "droplet" }>;

export function isTapWant(want: Want): want is TapWant {
  return want.kind === "atlas" || want.kind === "channel" || want.kind === "droplet";
}

type ViewOf<Kind extends View["kind"]> = Extract<View, { kind: Kind }>;

export async function pictureView(tensor: Tensor4D, final: boolean): Promise<ViewOf<"picture">> {
  const [, height, width] = tensor.shape;
  return { kind: "picture", resolution: width, final, width, height, pixels: await pictureBytes(tensor) };
}

export async function tapView(want: TapWant, tensor: Tensor4D): Promise<View> {
  if (want.kind === "droplet") return dropletView(want, tensor);
  return want.kind === "atlas" ? atlasView(want, tensor) : channelView(want, tensor);
}

async function atlasView({ tap, size }: Extract<Want, { kind: "atlas" }>, tensor: Tensor4D): Promise<View> {
  const [, height, width, channels] = tensor.shape;
  const thumbnails = await channelThumbnails(tensor, size);
  return {
    kind: "atlas",
    tap,
    shape: [height, width, channels],
    size: thumbnails.size,
    thumbnails: thumbnails.values,
    statistics: await channelStatistics(tensor),
  };
}

async function channelView(
  { tap, channel, bins }: Extract<Want, { kind: "channel" }>,
  tensor: Tensor4D,
): Promise<View> {
  const [, height, width] = tensor.shape;
  const values = await channelValues(tensor, channel);
  const accumulator = new StatisticsAccumulator(1);
  accumulator.add(values);
  return {
    kind: "channel",
    tap,
    channel,
    width,
    height,
    values,
    histogram: histogram(values, bins),
    statistics: momentsOf(accumulator.finish(), 0),
  };
}

export async function statisticsEntry(tensor: Tensor4D): Promise<ViewOf<"statistics">["taps"][string]> {
  const [, height, width, channels] = tensor.shape;
  return { shape: [height, width, channels], statistics: await channelStatistics(tensor) };
}

/**
 * The styles of layers, as they are used: StyleGAN1's scale is the affine output + 1, its shift the other half;
 * StyleGAN2 has a scale only.
 */
export async function stylesView(
  network: Network,
  ws: Tensor3D,
  layers: readonly string[],
  edit: SynthesisOptions["editStyle"],
): Promise<View> {
  const entries = layers.map(async (layer) => {
    const style = network.style(layer, ws, edit);
    const values = (await style.data<"float32">()) as Float32Array;
    tf.dispose(style);
    if (network.family !== "stylegan1") return [layer, { scale: values, shift: null }] as const;
    const channels = values.length / 2;
    const scale = values.slice(0, channels).map((x) => x + 1);
    return [layer, { scale, shift: values.slice(channels) }] as const;
  });
  return { kind: "styles", layers: Object.fromEntries(await Promise.all(entries)) };
}

/** The array buffers of a view, which are handed over rather than copied. */
export function transferables(view: View): ArrayBuffer[] {
  const arrays: ArrayBufferView[] = [];
  const collect = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) arrays.push(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
  };
  collect(view);
  return [...new Set(arrays.map(({ buffer }) => buffer as ArrayBuffer))];
}
