import type { StyleGAN1Config, StyleGAN2Config, StyleGAN3Config, SynthesisConfig } from "./config.js";
import type { LazyParameters } from "./dialects/dialect.js";
import { WeightsError } from "./error.js";
import { stylegan3Geometry } from "./shapes/stylegan3.js";

type Shapes = LazyParameters;

function shapeOf(tensors: Shapes, name: string): readonly number[] {
  const tensor = tensors.get(name);
  if (!tensor) throw new WeightsError(`tensor "${name}" is missing: the generator is not complete`);
  return tensor.shape;
}

/** Highest i for which name(i) is there, plus one. */
function count(tensors: Shapes, name: (i: number) => string): number {
  let i = 0;
  while (tensors.has(name(i))) ++i;
  return i;
}

/**
 * Base and maximum of channels(r) = min(floor(base / r), max), from the channels at each resolution; undefined when
 * no base and maximum give them.
 */
export function channelRule(
  channels: ReadonlyMap<number, number>,
): { base: number; max: number } | undefined {
  const max = Math.max(...channels.values());
  // The smallest base that gives every resolution what it has.
  const base = Math.max(...[...channels].map(([resolution, c]) => resolution * c));
  const fits = [...channels].every(([resolution, c]) => Math.min(Math.floor(base / resolution), max) === c);
  return fits ? { base, max } : undefined;
}

/** Constructor arguments of a StyleGAN1 generator, from its tensors' names and shapes. */
export function inferStyleGAN1(tensors: Shapes): StyleGAN1Config {
  const blocks = count(tensors, (i) => `synthesis.output${i}.bias`);
  const depth = count(tensors, (i) => `mapping.dense${i}.weight`);
  const [width = 0, inputs = 0] = shapeOf(tensors, "mapping.dense0.weight");
  const label = tensors.get("mapping.label_weight")?.shape;
  const w = shapeOf(tensors, "synthesis.layer0.style.weight")[1]!;
  const outputs = shapeOf(tensors, `mapping.dense${depth - 1}.weight`)[0]!;
  const channels = new Map<number, number>();
  for (let i = 0; i < blocks; ++i) {
    channels.set(4 * 2 ** i, shapeOf(tensors, `synthesis.layer${2 * i}.bias`)[0]!);
  }
  const rule = channelRule(channels);
  return {
    resolution: 4 * 2 ** (blocks - 1),
    z_space_dim: label ? label[1]! : inputs,
    w_space_dim: w,
    label_size: label?.[0] ?? 0,
    mapping_layers: depth,
    mapping_fmaps: depth > 1 ? width : 512,
    image_channels: shapeOf(tensors, "synthesis.output0.bias")[0]!,
    ...(outputs === w ? {} : { repeat_w: false }),
    ...(tensors.has("synthesis.layer0.const") ? {} : { const_input: false }),
    ...(shapeOf(tensors, "synthesis.layer0.apply_noise.weight").length === 2
      ? { noise_type: "channel" as const }
      : {}),
    ...(rule ? { fmaps_base: rule.base, fmaps_max: rule.max } : { channels: Object.fromEntries(channels) }),
  };
}

function inferMapping(tensors: Shapes, w: number) {
  const layers = count(tensors, (i) => `mapping.fc${i}.weight`);
  const [width = w, inputs = 0] = shapeOf(tensors, "mapping.fc0.weight");
  const embed = tensors.get("mapping.embed.weight")?.shape;
  return {
    z_dim: inputs - (embed?.[0] ?? 0),
    c_dim: embed?.[1] ?? 0,
    w_dim: w,
    mapping_kwargs: {
      num_layers: layers,
      ...(embed && embed[0] !== w ? { embed_features: embed[0]! } : {}),
      ...(layers > 1 && width !== w ? { layer_features: width } : {}),
      ...(tensors.has("mapping.w_avg") ? {} : { w_avg_beta: null }),
    },
  };
}

/** The one-dimensional filter whose normalised outer square a buffer holds; undefined for the usual [1, 3, 3, 1]. */
async function resampleFilter(tensors: Shapes): Promise<number[] | undefined> {
  const filter = tensors.get("synthesis.b4.resample_filter");
  const taps = filter?.shape[0] ?? 4;
  if (!filter) return undefined;
  const square = await filter.read();
  const sums = Array.from({ length: taps }, (_, i) =>
    square.subarray(i * taps, (i + 1) * taps).reduce((a, b) => a + b, 0),
  );
  const usual = [1, 3, 3, 1].map((x) => x / 8);
  if (taps === 4 && sums.every((x, i) => Math.abs(x - usual[i]!) < 1e-6)) return undefined;
  return sums.map((x) => x / sums[0]!);
}

/** Constructor arguments of a StyleGAN2 generator, from its tensors' names and shapes. */
export async function inferStyleGAN2(tensors: Shapes): Promise<StyleGAN2Config> {
  const blocks = count(tensors, (i) => `synthesis.b${4 * 2 ** i}.conv1.weight`);
  const resolution = 4 * 2 ** (blocks - 1);
  const channels = new Map<number, number>();
  for (let size = 4; size <= resolution; size *= 2) {
    channels.set(size, shapeOf(tensors, `synthesis.b${size}.conv1.weight`)[0]!);
  }
  const rule = channelRule(channels);
  const resnet = tensors.has("synthesis.b8.skip.weight");
  const architecture: SynthesisConfig["architecture"] = resnet
    ? "resnet"
    : tensors.has("synthesis.b4.torgb.weight")
      ? "skip"
      : "orig";
  const filter = await resampleFilter(tensors);
  return {
    ...inferMapping(tensors, shapeOf(tensors, "synthesis.b4.conv1.affine.weight")[1]!),
    img_resolution: resolution,
    img_channels: shapeOf(tensors, `synthesis.b${resolution}.torgb.bias`)[0]!,
    synthesis_kwargs: {
      ...(rule
        ? { channel_base: rule.base, channel_max: rule.max }
        : { channels: Object.fromEntries(channels) }),
      ...(architecture === "skip" ? {} : { architecture }),
      ...(tensors.has("synthesis.b4.conv1.noise_strength") ? {} : { use_noise: false }),
      ...(filter ? { resample_filter: filter } : {}),
    },
  };
}

/**
 * Constructor arguments of a StyleGAN3 generator, from its tensors' names and shapes. Its layers' names give their
 * sizes and channels; the geometry is taken to be the published one but for the number of channels.
 */
export function inferStyleGAN3(tensors: Shapes): StyleGAN3Config {
  const layers = [...tensors.keys()].flatMap((name) => {
    const match = /^synthesis\.L(\d+)_(\d+)_(\d+)\.weight$/.exec(name);
    return match ? [{ size: Number(match[2]), channels: Number(match[3]), name }] : [];
  });
  if (layers.length === 0) throw new WeightsError("the StyleGAN3 generator has no layers");
  const shared = {
    ...inferMapping(tensors, shapeOf(tensors, "synthesis.input.affine.weight")[1]!),
    img_resolution: layers.at(-1)!.size,
    img_channels: layers.at(-1)!.channels,
    num_layers: layers.length - 1,
  };
  const max = Math.max(...layers.slice(0, -1).map(({ channels }) => channels));
  const kernel = shapeOf(tensors, layers[0]!.name)[2]!;
  const radial = [...tensors].some(([name, { shape }]) => name.endsWith("down_filter") && shape.length === 2);
  const { layers: geometry } = stylegan3Geometry(shared);
  // Rounding leaves an interval of bases for each layer that is not at the maximum; a power of two is preferred.
  let [low, high] = [0, Infinity];
  for (const [i, { channels }] of layers.slice(0, -1).entries()) {
    const cutoff = geometry[i]!.outCutoff;
    low = Math.max(low, (channels - 0.5) * 2 * cutoff);
    if (channels < max) high = Math.min(high, (channels + 0.5) * 2 * cutoff);
  }
  const power = 2 ** Math.ceil(Math.log2(low));
  return {
    ...shared,
    channel_base: power < high ? power : Math.ceil(low),
    channel_max: max,
    ...(kernel === 3 ? {} : { conv_kernel: kernel }),
    ...(radial ? { use_radial_filters: true } : {}),
  };
}
