import type { Tensor4D } from "@tensorflow/tfjs-core";
import { dropletOf, shrunkByMaximum, signalStrengths } from "../measure/droplets.js";
import type { ChannelStatistics } from "../measure/statistics.js";

/** The droplet score of a feature map, and its signal strength away from spikes. */
export interface DropletWant {
  readonly kind: "droplet";
  readonly tap: string;
  /** Also a map of the deviation from which the score is taken, of at most this many pixels a side. */
  readonly size?: number;
}

export interface DropletView {
  readonly kind: "droplet";
  readonly tap: string;
  /** [H, W, C] of the map. */
  readonly shape: readonly [number, number, number];
  /** See `dropletOf`. */
  readonly score: number;
  /** Centre of the pixel with the score, in parts of the map's sides. */
  readonly place: readonly [x: number, y: number];
  readonly statistics: ChannelStatistics;
  /** See `signalStrengths`: C numbers. */
  readonly strengths: Float32Array;
  /** The deviation of each pixel, or of the most deviating one of those that a pixel of the view stands for. */
  readonly map: { readonly width: number; readonly height: number; readonly values: Float32Array } | null;
}

/** @param tensor [1, H, W, C]; stays the caller's */
export async function dropletView({ tap, size }: DropletWant, tensor: Tensor4D): Promise<DropletView> {
  const [, height, width, channels] = tensor.shape;
  const { score, place, deviation, statistics } = await dropletOf(tensor);
  return {
    kind: "droplet",
    tap,
    shape: [height, width, channels],
    score,
    place,
    statistics,
    strengths: await signalStrengths(tensor),
    map: size === undefined ? null : shrunkByMaximum(deviation, height, width, size),
  };
}
