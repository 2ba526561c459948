import type { ModelReport } from "../../lib/engine/protocol.js";
import type { Experiment } from "../../lib/experiment/experiment.js";

export type Intervention = Experiment["interventions"][number];
export type Spike = Extract<Intervention, { kind: "spike" }>;

/** What a reader can do about spikes; `null`: not done. Layers by name, such as "layer8". */
export interface SpikeSettings {
  readonly paintIn: { readonly layer: string; readonly height: number } | null;
  readonly paintOut: { readonly layer: string } | null;
  readonly cap: { readonly layer: string; readonly limit: number } | null;
  /** No instance normalisation from this w layer on. */
  readonly unnormalised: { readonly from: number } | null;
  readonly place: readonly [x: number, y: number];
}

/** The settings at which the network runs as it is. */
export const NO_CHANGE: SpikeSettings = {
  paintIn: null,
  paintOut: null,
  cap: null,
  unnormalised: null,
  place: [0.2, 0.2],
};

/** Radius of a painted spike, in parts of the map's side: some 20 pixels of 1024. */
export const RADIUS = 0.02;
/** Painting out takes a larger disc, as convolutions have spread the spike by then. */
export const RADIUS_OUT = 0.08;

/** Where the generator itself would put a spike: before the normalisation. */
export const before = (layer: string) => `${layer}.activate`;

const layerOf = (tap: string) => tap.split(".")[0]!;

/** The spike of a set-up, all channels at once. */
export function spike(layer: string, height: number, place: readonly [number, number]): Spike {
  const radius = height === 0 ? RADIUS_OUT : RADIUS;
  return { kind: "spike", tap: before(layer), channel: null, centre: place, radius, height };
}

/** @param wLayers number of w layers of the model */
export function interventionsOf(settings: SpikeSettings, wLayers: number): Intervention[] {
  const { paintIn, paintOut, cap, unnormalised, place } = settings;
  const list: (Intervention | null)[] = [
    paintIn && spike(paintIn.layer, paintIn.height, place),
    paintOut && spike(paintOut.layer, 0, place),
    cap && { kind: "capPeaks", tap: before(cap.layer), limit: cap.limit },
    unnormalised && { kind: "normalisation", layers: [unnormalised.from, wLayers], on: false },
  ];
  return list.filter((one) => one !== null);
}

/** What the interventions of an experiment say; of several of a kind, the first. */
export function settingsOf({ interventions }: Pick<Experiment, "interventions">): SpikeSettings {
  const spikes = interventions.filter((one): one is Spike => one.kind === "spike");
  const paintIn = spikes.find(({ height }) => height !== 0);
  const paintOut = spikes.find(({ height }) => height === 0);
  const cap = interventions.find((one) => one.kind === "capPeaks");
  const off = interventions.find((one) => one.kind === "normalisation");
  return {
    paintIn: paintIn ? { layer: layerOf(paintIn.tap), height: paintIn.height } : null,
    paintOut: paintOut ? { layer: layerOf(paintOut.tap) } : null,
    cap: cap?.kind === "capPeaks" ? { layer: layerOf(cap.tap), limit: cap.limit } : null,
    unnormalised: off?.kind === "normalisation" ? { from: off.layers[0] } : null,
    place: spikes[0]?.centre ?? NO_CHANGE.place,
  };
}

export function untouched(experiment: Experiment): Experiment {
  return { ...experiment, interventions: [] };
}

/** The layers of a StyleGAN1, up to a resolution. */
export function styledLayers(
  { layers }: Pick<ModelReport, "layers">,
  reach = Infinity,
): ModelReport["layers"] {
  return layers.filter(({ role, resolution }) => role === "layer" && resolution <= reach);
}
