import { stylegan3NumWs, stylegan3Resampling } from "../../../lib/networks/stylegan3Plan.js";
import { lowpassTaps } from "../../../lib/ops/lowpassFilter.js";
import type { StyleGAN3Config } from "../../../lib/weights/config.js";
import { stylegan3Geometry, type StyleGAN3Layer } from "../../../lib/weights/shapes/stylegan3.js";
import type { LoadedCase } from "../../golden.js";
import { compare } from "../compare.js";
import { failure, type Check, type Runner } from "../runner.js";

type Table = Readonly<Record<string, unknown>>;

/** Numbers that the table has in double precision on both sides, relative to their size. */
function same(name: string, actual: unknown, expected: unknown): Check {
  const [a, b] = [actual, expected].map((value) => [value].flat(3));
  if (a!.length !== b!.length) return failure(name, `${a!.length} values where ${b!.length} are expected`);
  let error = 0;
  for (const [i, value] of b!.entries()) {
    const mine = a![i];
    if (typeof value === "number" && typeof mine === "number")
      error = Math.max(error, Math.abs(mine - value) / Math.max(1, Math.abs(value)));
    else if (mine !== value) return failure(name, `${String(mine)} where ${String(value)} is expected`);
  }
  return { name, error, allowed: 1e-12 };
}

function checkTable(name: string, table: Table, loaded: LoadedCase): Check[] {
  const config = { z_dim: 512, c_dim: 0, w_dim: 512, img_channels: 3, ...(table["kwargs"] as object) };
  const geometry = stylegan3Geometry(config as StyleGAN3Config);
  const { input, layers } = geometry;
  const own: Table = {
    cutoffs: layers.map(({ outCutoff }) => outCutoff),
    stopbands: layers.map(({ outStopband }) => outStopband),
    sampling_rates: layers.map(({ outSamplingRate }) => outSamplingRate),
    half_widths: layers.map(({ outHalfWidth }) => outHalfWidth),
    sizes: layers.map(({ outSize }) => outSize),
    channels: layers.map(({ outChannels }) => outChannels),
    num_ws: stylegan3NumWs(config as StyleGAN3Config),
  };
  const checks = Object.entries(table).flatMap(([key, expected]): Check[] => {
    if (key === "kwargs") return [];
    if (key === "input") return checkInput(`${name}/input`, input, expected as Table);
    if (key === "layers")
      return (expected as Table[]).flatMap((row) =>
        checkLayer(`${name}/${row["name"] as string}`, layers[row["index"] as number]!, config, row, loaded),
      );
    return [key in own ? same(`${name}/${key}`, own[key], expected) : failure(`${name}/${key}`, "unknown")];
  });
  return checks;
}

function checkInput(name: string, input: ReturnType<typeof stylegan3Geometry>["input"], row: Table): Check[] {
  const own: Table = {
    channels: input.channels,
    size: [input.size, input.size],
    sampling_rate: input.samplingRate,
    bandwidth: input.bandwidth,
  };
  return Object.entries(row).map(([key, expected]) => same(`${name}/${key}`, own[key], expected));
}

function checkLayer(
  name: string,
  layer: StyleGAN3Layer,
  config: object,
  row: Table,
  loaded: LoadedCase,
): Check[] {
  const resampling = stylegan3Resampling(layer, config as StyleGAN3Config);
  const own: Table = {
    index: row["index"],
    name: layer.name,
    is_torgb: layer.isToRGB,
    is_critically_sampled: layer.isCriticallySampled,
    use_fp16: row["use_fp16"], // we compute in float32 throughout
    in_channels: layer.inChannels,
    out_channels: layer.outChannels,
    in_size: [layer.inSize, layer.inSize],
    out_size: [layer.outSize, layer.outSize],
    in_sampling_rate: layer.inSamplingRate,
    out_sampling_rate: layer.outSamplingRate,
    tmp_sampling_rate: resampling.samplingRate,
    in_cutoff: layer.inCutoff,
    out_cutoff: layer.outCutoff,
    in_half_width: layer.inHalfWidth,
    out_half_width: layer.outHalfWidth,
    conv_kernel: resampling.kernel,
    up_factor: resampling.up,
    down_factor: resampling.down,
    up_taps: resampling.upTaps,
    down_taps: resampling.downTaps,
    down_radial: row["down_taps"] === 1 ? row["down_radial"] : resampling.radial,
    padding: resampling.padding,
  };
  const filter = (key: string): number[] | number[][] | null =>
    key === "up_filter"
      ? lowpassTaps({
          taps: resampling.upTaps,
          cutoff: layer.inCutoff,
          width: layer.inHalfWidth * 2,
          samplingRate: resampling.samplingRate,
        })
      : lowpassTaps({
          taps: resampling.downTaps,
          cutoff: layer.outCutoff,
          width: layer.outHalfWidth * 2,
          samplingRate: resampling.samplingRate,
          radial: resampling.radial,
        });
  return Object.entries(row).map(([key, expected]): Check => {
    const label = `${name}/${key}`;
    if (key !== "up_filter" && key !== "down_filter")
      return key in own ? same(label, own[key], expected) : failure(label, "unknown");
    const taps = filter(key);
    if (taps === null || expected === null)
      return taps === expected
        ? { name: label, error: 0, allowed: 0 }
        : failure(label, "one side has no filter");
    const shape = Array.isArray(taps[0]) ? [taps.length, taps.length] : [taps.length];
    return compare(label, { shape, data: taps.flat() }, expected as string, loaded);
  });
}

export const runners: Runner[] = [
  {
    name: "StyleGAN3 geometry",
    accepts: ({ kind }) => kind === "sg3-tables",
    async run(loaded) {
      const tables = loaded.case["tables"] as Readonly<Record<string, Table>>;
      return Object.entries(tables).flatMap(([name, table]) => checkTable(name, table, loaded));
    },
  },
];
