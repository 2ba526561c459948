import type { Checkpoint } from "../../checkpoint/checkpoint.js";
import { applyRules, permuted, type LazyParameter } from "./dialect.js";

const transposed = (t: LazyParameter) => permuted(t, [1, 0]);
/** [kh, kw, in, out] -> [out, in, kh, kw] */
const toOIHW = (t: LazyParameter) => permuted(t, [3, 2, 0, 1]);

/**
 * The discriminator at a path of a checkpoint, under the official names of genforce (StyleGAN1) and
 * stylegan2-ada-pytorch (StyleGAN2 and 3); TensorFlow's are translated, all others are kept. Empty where there is none.
 */
export function discriminatorParameters(checkpoint: Checkpoint, path: string): Map<string, LazyParameter> {
  const tensors = new Map<string, LazyParameter>();
  for (const [name, array] of checkpoint.arrays)
    if (name.startsWith(`${path}.`)) tensors.set(name.slice(path.length + 1), array);
  if (tensors.has("4x4/Dense1/weight")) return tensorflowStyleGAN1(tensors);
  if (tensors.has("4x4/Dense0/weight")) return tensorflowStyleGAN2(tensors);
  return tensors;
}

/** NVlabs/stylegan: two layers a block from full resolution down, then two fully-connected ones. */
function tensorflowStyleGAN1(tensors: Map<string, LazyParameter>): Map<string, LazyParameter> {
  const blocks = [...tensors.keys()].filter((name) => /^FromRGB_lod\d+\/bias$/.test(name)).length;
  const first = (size: string) => 2 * (blocks - 1 - (Math.log2(Number(size)) - 2));
  return applyRules(tensors, [
    [/^FromRGB_lod(\d+)\/weight$/, (lod) => `input${lod}.weight`, toOIHW],
    [/^FromRGB_lod(\d+)\/bias$/, (lod) => `input${lod}.bias`],
    [/^(\d+)x\d+\/(?:Conv|Conv0)\/weight$/, (size) => `layer${first(size!)}.weight`, toOIHW],
    [/^(\d+)x\d+\/(?:Conv|Conv0)\/bias$/, (size) => `layer${first(size!)}.bias`],
    [/^(\d+)x\d+\/Conv1_down\/weight$/, (size) => `layer${first(size!) + 1}.weight`, toOIHW],
    [/^(\d+)x\d+\/Conv1_down\/bias$/, (size) => `layer${first(size!) + 1}.bias`],
    [/^4x4\/Dense(\d)\/weight$/, (i) => `layer${first("4") + 1 + Number(i)}.weight`, transposed],
    [/^4x4\/Dense(\d)\/bias$/, (i) => `layer${first("4") + 1 + Number(i)}.bias`],
  ]);
}

/** NVlabs/stylegan2 and stylegan2-ada: the rules of stylegan2-ada-pytorch's legacy.py. */
function tensorflowStyleGAN2(tensors: Map<string, LazyParameter>): Map<string, LazyParameter> {
  return applyRules(tensors, [
    [/^(\d+)x\d+\/FromRGB\/weight$/, (size) => `b${size}.fromrgb.weight`, toOIHW],
    [/^(\d+)x\d+\/FromRGB\/bias$/, (size) => `b${size}.fromrgb.bias`],
    [/^(\d+)x\d+\/Conv(0|1)(?:_down)?\/weight$/, (size, i) => `b${size}.conv${i}.weight`, toOIHW],
    [/^(\d+)x\d+\/Conv(0|1)(?:_down)?\/bias$/, (size, i) => `b${size}.conv${i}.bias`],
    [/^(\d+)x\d+\/Skip\/weight$/, (size) => `b${size}.skip.weight`, toOIHW],
    [/^4x4\/Conv\/weight$/, () => "b4.conv.weight", toOIHW],
    [/^4x4\/Conv\/bias$/, () => "b4.conv.bias"],
    [/^4x4\/Dense0\/weight$/, () => "b4.fc.weight", transposed],
    [/^4x4\/Dense0\/bias$/, () => "b4.fc.bias"],
    [/^Output\/weight$/, () => "b4.out.weight", transposed],
    [/^Output\/bias$/, () => "b4.out.bias"],
    [/^LabelEmbed\/weight$/, () => "mapping.embed.weight", transposed],
    [/^LabelEmbed\/bias$/, () => "mapping.embed.bias"],
    [/^Mapping(\d+)\/weight$/, (i) => `mapping.fc${i}.weight`, transposed],
    [/^Mapping(\d+)\/bias$/, (i) => `mapping.fc${i}.bias`],
  ]);
}
