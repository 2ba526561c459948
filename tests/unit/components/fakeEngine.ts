import type { Engine } from "../../../lib/engine/client-contract.js";
import type {
  ChannelStatistics,
  LayerReport,
  ModelReport,
  Progress,
  View,
  Want,
} from "../../../lib/engine/protocol.js";
import type { Experiment } from "../../../lib/experiment/experiment.js";
import { stylegan1Layers } from "../../../lib/networks/stylegan1Plan.js";

/** For tests of figures only: views of made-up feature maps, in the shapes of the 1024 x 1024 StyleGAN1. */
export interface FakeEngineOptions {
  /** Milliseconds that a layer takes. */
  readonly layerTime?: number;
  readonly fail?: (experiment: Experiment) => { kind: string; sentence: string } | null;
  readonly origin?: ModelReport["origin"];
}

export interface FakeEngine extends Engine {
  /** What was asked for, in order; `aborted` says whether the pass was stopped. */
  readonly calls: { experiment: Experiment; wants: readonly Want[]; aborted: boolean }[];
}

export const FAKE_LAYERS: readonly LayerReport[] = stylegan1Layers({
  resolution: 1024,
  fmaps_base: 16 * 1024,
  fmaps_max: 512,
} as never).map(({ name, role, resolution, channels, w, multiplyAdds }) => ({
  name,
  role,
  resolution,
  channels,
  w,
  multiplyAdds,
}));

export function fakeModel(id: string, origin: ModelReport["origin"] = "trained"): ModelReport {
  return {
    id,
    title: "Test portraits",
    family: "stylegan1",
    resolution: 1024,
    parameters: 26_200_000,
    layers: FAKE_LAYERS,
    wLayers: 18,
    classes: 0,
    origin,
    licence: "CC0",
    bytes: 28_000_000,
  };
}

export function fakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const calls: FakeEngine["calls"] = [];
  const outer = FAKE_LAYERS.filter((layer) => layer.role === "layer");
  return {
    calls,
    backend: Promise.resolve({
      name: "wasm",
      threads: 2,
      tried: [{ name: "webgpu", reason: "this browser has no GPU adapter" }],
      device: "WebAssembly SIMD, 2 threads",
    }),
    describe: (model) => Promise.resolve(fakeModel(model, options.origin)),
    async render(experiment, wants, { signal, onView, onProgress } = {}) {
      const call = { experiment, wants, aborted: false };
      calls.push(call);
      const views: View[] = [];
      const give = (view: View) => (views.push(view), onView?.(view));
      const step = async (progress: Progress) => {
        await new Promise((resolve) => setTimeout(resolve, options.layerTime ?? 0));
        if (signal?.aborted) {
          call.aborted = true;
          throw new DOMException("stopped", "AbortError");
        }
        onProgress?.(progress);
      };
      await step({ kind: "download", loaded: 14_000_000, total: 28_000_000 });
      const failure = options.fail?.(experiment);
      if (failure) throw Object.assign(new Error(failure.sentence), failure);
      for (const [index, layer] of outer.entries()) {
        await step({ kind: "layer", tap: layer.name, index, count: outer.length, milliseconds: 12 });
        const last = index === outer.length - 1;
        if (index % 2 === 1)
          for (const want of wants)
            if (want.kind === "picture" && (want.progressive || last))
              give(picture(experiment, layer.resolution, last));
      }
      for (const want of wants) {
        if (want.kind === "atlas") give(atlas(want.tap, want.size));
        if (want.kind === "channel") give(channelOf(want.tap, want.channel));
        if (want.kind === "statistics")
          give({
            kind: "statistics",
            taps: Object.fromEntries(
              want.taps.map((tap) => [tap, { shape: shapeOf(tap), statistics: statistics(tap, experiment) }]),
            ),
          });
      }
      return { views, milliseconds: 18 * (options.layerTime ?? 0) };
    },
  };
}

function layerNamed(tap: string): LayerReport {
  const layer = FAKE_LAYERS.find(({ name }) => name === tap);
  if (!layer) throw new RangeError(`no layer named "${tap}"`);
  return layer;
}

function shapeOf(tap: string): readonly [number, number, number] {
  const { resolution, channels } = layerNamed(tap);
  return [resolution, resolution, channels];
}

/** A number in 0 .. 1 that looks random and depends on all of its arguments. */
function noise(...keys: number[]): number {
  let h = 2166136261;
  for (const key of keys) h = Math.imul(h ^ (Math.round(key * 1000) | 0), 16777619) ^ (h >>> 13);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

function normal(...keys: number[]): number {
  return Math.sqrt(-2 * Math.log(1e-9 + noise(...keys, 1))) * Math.cos(2 * Math.PI * noise(...keys, 2));
}

/** A smooth, signed map of one channel: a few blobs and a wave. */
function value(channel: number, u: number, v: number): number {
  let sum = 0.6 * Math.sin(9 * (u * noise(channel, 3) + v * noise(channel, 4)) + 6 * noise(channel, 5));
  for (let blob = 0; blob < 3; ++blob) {
    const [x, y, r] = [
      noise(channel, blob, 6),
      noise(channel, blob, 7),
      0.08 + 0.2 * noise(channel, blob, 8),
    ];
    sum += 3 * (noise(channel, blob, 9) - 0.5) * Math.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * r * r));
  }
  return sum + 2 * (noise(channel, 10) - 0.5);
}

function mapOf(channel: number, side: number): Float32Array {
  return Float32Array.from({ length: side * side }, (_, i) =>
    value(channel, ((i % side) + 0.5) / side, (Math.floor(i / side) + 0.5) / side),
  );
}

function momentsOf(values: Float32Array) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return { mean, std, min, max, peak: Math.max(max - mean, mean - min) / std };
}

function statisticsOf(maps: Float32Array[]): ChannelStatistics {
  const moments = maps.map(momentsOf);
  const column = (name: keyof ReturnType<typeof momentsOf>) => Float32Array.from(moments, (m) => m[name]);
  return {
    mean: column("mean"),
    std: column("std"),
    min: column("min"),
    max: column("max"),
    peak: column("peak"),
  };
}

function statistics(tap: string, experiment: Experiment): ChannelStatistics {
  const layer = layerNamed(tap);
  const flat = tap.endsWith(".normalize");
  const grows = experiment.interventions.length > 0 ? 1.4 ** layer.w : 1;
  const column = (f: (c: number) => number) => Float32Array.from({ length: layer.channels }, (_, c) => f(c));
  const mean = column((c) => (flat ? 0 : 0.8 * normal(c, layer.w)));
  const std = column((c) => (flat ? 1 : grows * Math.exp(0.4 * normal(c, layer.w, tap.length))));
  return {
    mean,
    std,
    min: mean.map((m, c) => m - 3 * std[c]!),
    max: mean.map((m, c) => m + 3 * std[c]!),
    peak: column(() => 3),
  };
}

function atlas(tap: string, size: number): View {
  const shape = shapeOf(tap);
  const maps = Array.from({ length: shape[2] }, (_, channel) => mapOf(channel, size));
  const thumbnails = new Float32Array(shape[2] * size * size);
  maps.forEach((map, channel) => thumbnails.set(map, channel * size * size));
  return { kind: "atlas", tap, shape, size, thumbnails, statistics: statisticsOf(maps) };
}

function channelOf(tap: string, channel: number): View {
  const side = Math.min(256, shapeOf(tap)[0]);
  const values = mapOf(channel, side);
  const moments = momentsOf(values);
  const bins = 48;
  const edges = Float32Array.from(
    { length: bins + 1 },
    (_, i) => moments.min + ((moments.max - moments.min) * i) / bins,
  );
  const counts = new Uint32Array(bins);
  for (const v of values)
    ++counts[Math.min(bins - 1, Math.floor(((v - moments.min) / (moments.max - moments.min)) * bins))]!;
  return {
    kind: "channel",
    tap,
    channel,
    width: side,
    height: side,
    values,
    histogram: { edges, counts },
    statistics: moments,
  };
}

function picture(experiment: Experiment, resolution: number, final: boolean): View {
  const side = Math.min(512, resolution);
  const pixels = new Uint8ClampedArray(4 * side * side);
  const { latent, psi } = experiment;
  for (let i = 0; i < side * side; ++i) {
    const [u, v] = [((i % side) + 0.5) / side, (Math.floor(i / side) + 0.5) / side];
    const face = Math.hypot(u - 0.5 - 0.04 * psi * Math.sin(latent.x), (v - 0.52) * 0.8) < 0.26 ? 1 : 0;
    const shift = experiment.interventions.length > 0 ? 30 * Math.sin(40 * u) : 0;
    pixels[4 * i] = 90 + 120 * face + 40 * v + shift;
    pixels[4 * i + 1] = 120 + 50 * face + 20 * Math.sin(latent.y + latent.x / 3);
    pixels[4 * i + 2] = 150 - 20 * face + 30 * u;
    pixels[4 * i + 3] = 255;
  }
  return { kind: "picture", resolution, final, width: side, height: side, pixels };
}
