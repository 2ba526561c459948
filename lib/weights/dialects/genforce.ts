import { type Dialect, type LazyParameter, applyRules, mapped, permuted, reshaped } from "./dialect.js";

/** genforce/genforce: our official names for StyleGAN1. */
export const genforceStyleGAN1: Dialect = {
  title: "genforce StyleGAN1",
  family: "stylegan1",
  signature: "synthesis.layer0.apply_noise.weight",
  translate: (tensors) => new Map(tensors),
};

/** Layer 0 is the only one at 4x4; then two a block, the first of them upsampling. */
const block = (layer: string) => {
  const i = Number(layer);
  return `synthesis.b${4 * 2 ** Math.ceil(i / 2)}.conv${i === 0 || i % 2 === 0 ? 1 : 0}`;
};
const torgb = (output: string) => `synthesis.b${4 * 2 ** Number(output)}.torgb`;
const plusOne = (t: LazyParameter) => mapped(t, (x) => x + 1);
const image = (t: LazyParameter) => reshaped(t, t.shape.slice(2));
const flipped = (t: LazyParameter) => permuted(t, [0, 1, 2, 3], [2, 3]);

/**
 * genforce/genforce StyleGAN2. Upsampling weights are flipped at run time there, in the file in
 * stylegan2-ada-pytorch; the 1 of the styles is added at run time.
 */
export const genforceStyleGAN2: Dialect = {
  title: "genforce StyleGAN2",
  family: "stylegan2",
  signature: "synthesis.early_layer.const",
  translate: (tensors) =>
    applyRules(tensors, [
      [/kernel$/, () => undefined],
      [/^mapping\.dense(\d+)\.(weight|bias)$/, (i, kind) => `mapping.fc${i}.${kind}`],
      [/^truncation\.w_avg$/, () => "mapping.w_avg"],
      [/^synthesis\.early_layer\.const$/, () => "synthesis.b4.const", (t) => reshaped(t, t.shape.slice(1))],
      [/^synthesis\.layer(\d*[13579])\.weight$/, (i) => `${block(i!)}.weight`, flipped],
      [/^synthesis\.layer(\d+)\.(weight|bias|noise_strength)$/, (i, kind) => `${block(i!)}.${kind}`],
      [/^synthesis\.layer(\d+)\.noise$/, (i) => `${block(i!)}.noise_const`, image],
      [/^synthesis\.layer(\d+)\.style\.weight$/, (i) => `${block(i!)}.affine.weight`],
      [/^synthesis\.layer(\d+)\.style\.bias$/, (i) => `${block(i!)}.affine.bias`, plusOne],
      [/^synthesis\.output(\d+)\.(weight|bias)$/, (i, kind) => `${torgb(i!)}.${kind}`],
      [/^synthesis\.output(\d+)\.style\.weight$/, (i) => `${torgb(i!)}.affine.weight`],
      [/^synthesis\.output(\d+)\.style\.bias$/, (i) => `${torgb(i!)}.affine.bias`, plusOne],
    ]),
};
