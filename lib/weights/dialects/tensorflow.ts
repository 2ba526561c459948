import { type Dialect, type LazyParameter, applyRules, mapped, permuted, reshaped } from "./dialect.js";

const transposed = (t: LazyParameter) => permuted(t, [1, 0]);
/** [kh, kw, in, out] -> [out, in, kh, kw] */
const toOIHW = (t: LazyParameter) => permuted(t, [3, 2, 0, 1]);
const toFlippedOIHW = (t: LazyParameter) => permuted(t, [3, 2, 0, 1], [2, 3]);
const plusOne = (t: LazyParameter) => mapped(t, (x) => x + 1);
const drop = () => undefined;

/** "4x4/Const", "4x4/Conv", "8x8/Conv0_up", "8x8/Conv1" -> layers 0, 1, 2, 3 */
const layer = (size: string, part: string) => {
  const first = 2 * Math.log2(Number(size)) - 4;
  return `synthesis.layer${first + (part === "Conv" || part === "Conv1" ? 1 : 0)}`;
};
const PART = "^synthesis\\.(\\d+)x\\d+/(Const|Conv|Conv0_up|Conv1)/";
const part = (rest: string) => new RegExp(PART + rest);

/** NVlabs/stylegan (TensorFlow): the rules of genforce's converter. */
export const tensorflowStyleGAN1: Dialect = {
  title: "NVIDIA StyleGAN (TensorFlow)",
  family: "stylegan1",
  signature: "synthesis.4x4/Conv/StyleMod/weight",
  translate(tensors) {
    const outputs = [...tensors.keys()].filter((name) => /ToRGB_lod\d+\/bias$/.test(name)).length;
    const output = (lod: string) => `synthesis.output${outputs - 1 - Number(lod)}`;
    return applyRules(tensors, [
      [/^mapping\.Dense(\d+)\/weight$/, (i) => `mapping.dense${i}.weight`, transposed],
      [/^mapping\.Dense(\d+)\/bias$/, (i) => `mapping.dense${i}.bias`],
      [/^mapping\.LabelConcat\/weight$/, () => "mapping.label_weight"],
      [/^dlatent_avg$/, () => "truncation.w_avg"],
      [/^lod$/, drop],
      [/^synthesis\.ToRGB_lod(\d+)\/weight$/, (lod) => `${output(lod!)}.weight`, toOIHW],
      [/^synthesis\.ToRGB_lod(\d+)\/bias$/, (lod) => `${output(lod!)}.bias`],
      [/^synthesis\.noise(\d+)$/, (i) => `synthesis.layer${i}.apply_noise.noise`],
      [part("const$"), (r, p) => `${layer(r!, p!)}.const`],
      [part("weight$"), (r, p) => `${layer(r!, p!)}.weight`, toOIHW],
      [part("bias$"), (r, p) => `${layer(r!, p!)}.bias`],
      [part("StyleMod/weight$"), (r, p) => `${layer(r!, p!)}.style.weight`, transposed],
      [part("StyleMod/bias$"), (r, p) => `${layer(r!, p!)}.style.bias`],
      [part("Noise/weight$"), (r, p) => `${layer(r!, p!)}.apply_noise.weight`],
    ]);
  },
};

const BLOCK: Readonly<Record<string, string>> = {
  Conv: "conv1",
  Conv0_up: "conv0",
  Conv1: "conv1",
  ToRGB: "torgb",
  Skip: "skip",
};
const conv = (size: string, name: string) => `synthesis.b${size}.${BLOCK[name]}`;
const modulated = (rest: string) =>
  new RegExp(`^synthesis\\.(\\d+)x\\d+/(Conv|Conv0_up|Conv1|ToRGB|Skip)/${rest}`);
/** noise0 at 4x4, then two a block. */
const noise = (k: string) => {
  const i = Number(k);
  return `synthesis.b${4 * 2 ** Math.ceil(i / 2)}.conv${i % 2 === 1 ? 0 : 1}.noise_const`;
};

/** NVlabs/stylegan2 and stylegan2-ada (TensorFlow): the rules of stylegan2-ada-pytorch's legacy.py. */
export const tensorflowStyleGAN2: Dialect = {
  title: "NVIDIA StyleGAN2 (TensorFlow)",
  family: "stylegan2",
  signature: "synthesis.4x4/Conv/mod_weight",
  translate: (tensors) =>
    applyRules(tensors, [
      [/^mapping\.Dense(\d+)\/weight$/, (i) => `mapping.fc${i}.weight`, transposed],
      [/^mapping\.Dense(\d+)\/bias$/, (i) => `mapping.fc${i}.bias`],
      [/^mapping\.LabelEmbed\/weight$/, () => "mapping.embed.weight", transposed],
      [/^mapping\.LabelEmbed\/bias$/, () => "mapping.embed.bias"],
      [/^dlatent_avg$/, () => "mapping.w_avg"],
      [/^lod$/, drop],
      [/^synthesis\.4x4\/Const\/const$/, () => "synthesis.b4.const", (t) => reshaped(t, t.shape.slice(1))],
      [/^synthesis\.noise(\d+)$/, (k) => noise(k!), (t) => reshaped(t, t.shape.slice(2))],
      [/^synthesis\.(\d+)x\d+\/(Conv0_up|Skip)\/weight$/, (r, p) => `${conv(r!, p!)}.weight`, toFlippedOIHW],
      [modulated("weight$"), (r, p) => `${conv(r!, p!)}.weight`, toOIHW],
      [modulated("mod_weight$"), (r, p) => `${conv(r!, p!)}.affine.weight`, transposed],
      [modulated("mod_bias$"), (r, p) => `${conv(r!, p!)}.affine.bias`, plusOne],
      [modulated("noise_strength$"), (r, p) => `${conv(r!, p!)}.noise_strength`],
      [modulated("bias$"), (r, p) => `${conv(r!, p!)}.bias`],
    ]),
};
