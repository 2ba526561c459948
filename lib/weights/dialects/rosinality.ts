import {
  type Dialect,
  type LazyParameter,
  type Rule,
  applyRules,
  mapped,
  permuted,
  reshaped,
} from "./dialect.js";

const drop = () => undefined;
const withoutFirst = (t: LazyParameter) => reshaped(t, t.shape.slice(1));
const vector = (t: LazyParameter) => reshaped(t, [t.shape.reduce((a, b) => a * b, 1)]);

/** "convs.<i>": two convolutions a block from 8x8 on. */
const conv = (i: string) => `synthesis.b${8 * 2 ** Math.floor(Number(i) / 2)}.conv${Number(i) % 2}`;
/** "noise_<k>": the first belongs to 4x4, which has one convolution. */
const noise = (k: string) => (k === "0" ? "synthesis.b4.conv1" : conv(String(Number(k) - 1)));

const STYLED: readonly Rule[] = (
  [
    [/^conv1\./, () => "synthesis.b4.conv1"],
    [/^convs\.(\d+)\./, conv],
  ] as const
).flatMap(([prefix, block]): Rule[] => {
  const at = (rest: string) => new RegExp(prefix.source + rest);
  return [
    [at("conv\\.weight$"), (i) => `${block(i!)}.weight`, withoutFirst],
    [at("conv\\.modulation\\.(weight|bias)$"), (...g) => `${block(g[0]!)}.affine.${g.at(-1)}`],
    [at("noise\\.weight$"), (i) => `${block(i!)}.noise_strength`, (t) => reshaped(t, [])],
    [at("activate\\.bias$"), (i) => `${block(i!)}.bias`],
  ];
});

const toRGB = (i: string | undefined) => `synthesis.b${i === undefined ? 4 : 8 * 2 ** Number(i)}.torgb`;

/**
 * rosinality/stylegan2-pytorch: stylegan2-ada-pytorch's network under other names. Its upsampling weights are
 * flipped already, and the 1 of the styles is in the modulation's bias, as in the official PyTorch code.
 */
export const rosinalityStyleGAN2: Dialect = {
  title: "rosinality StyleGAN2",
  family: "stylegan2",
  signature: "conv1.conv.modulation.weight",
  translate: (tensors) =>
    applyRules(tensors, [
      [/^style\.(\d+)\.(weight|bias)$/, (i, kind) => `mapping.fc${Number(i) - 1}.${kind}`],
      [/^input\.input$/, () => "synthesis.b4.const", withoutFirst],
      ...STYLED,
      [/^to_rgbs?(?:1|\.(\d+))\.bias$/, (i) => `${toRGB(i)}.bias`, vector],
      [/^to_rgbs?(?:1|\.(\d+))\.conv\.weight$/, (i) => `${toRGB(i)}.weight`, withoutFirst],
      [/^to_rgbs?(?:1|\.(\d+))\.conv\.modulation\.(weight|bias)$/, (i, kind) => `${toRGB(i)}.affine.${kind}`],
      [/^noises\.noise_(\d+)$/, (k) => `${noise(k!)}.noise_const`, (t) => reshaped(t, t.shape.slice(2))],
      [/^latent_avg$/, () => "mapping.w_avg", vector],
      [/kernel$/, drop],
    ]),
};

const zeros = (length: number): LazyParameter => ({
  shape: [length],
  read: async () => new Float32Array(length),
});

const scaled = (factor: number) => (t: LazyParameter) => mapped(t, (x) => Math.fround(x * factor));

/** Styles (scale, then shift) with the 1 of the scale taken out of the bias. */
function withoutOne(t: LazyParameter): LazyParameter {
  const scales = t.shape[0]! / 2;
  return { shape: t.shape, read: async () => (await t.read()).map((x, i) => (i < scales ? x - 1 : x)) };
}

/**
 * rosinality/style-based-gan-pytorch under genforce's names, with what is only a scale folded into the weights.
 *
 * 1. All its layers have He's gain sqrt(2), genforce's styles and outputs 1: those are multiplied by sqrt(2).
 * 2. Noise weights are scaled by sqrt(2 / C) at run time: folded in.
 * 3. From 128 on, upsampling is one transposed convolution of the mean of four shifted kernels, where genforce has
 *    their sum: divided by 4; its layout is [in, out, k, k].
 * 4. The mapping network has the learning rate of the rest (mapping_lr_mul 1).
 *
 * What remains is a difference of the network, under `implementation`: the bias is added before the blur, the epsilon
 * of instance normalisation is 1e-5, and both layers of a resolution share one noise image. The constant has no bias
 * and the file no average w: both are zero here, so truncation leads to w = 0.
 */
export const rosinalityStyleGAN1: Dialect = {
  title: "rosinality StyleGAN1",
  family: "stylegan1",
  signature: "generator.progression.0.adain1.style.linear.bias",
  settings: { mapping_lr_mul: 1, implementation: "rosinality" },
  translate(tensors) {
    const layer = (block: string, half: string) => `synthesis.layer${2 * Number(block) + Number(half) - 1}`;
    const P = "^generator\\.progression\\.(\\d+)\\.";
    const rule = (rest: string, name: Rule[1], change?: Rule[2]): Rule => [
      new RegExp(P + rest),
      name,
      change,
    ];
    const noiseWeight = (t: LazyParameter) => vector(scaled(Math.sqrt(2 / t.shape[1]!))(t));
    const fused = (t: LazyParameter) => permuted(scaled(1 / 4)(t), [1, 0, 2, 3]);
    const out = applyRules(tensors, [
      [/^style\.(\d+)\.linear\.weight_orig$/, (i) => `mapping.dense${(Number(i) - 1) / 2}.weight`],
      [/^style\.(\d+)\.linear\.bias$/, (i) => `mapping.dense${(Number(i) - 1) / 2}.bias`],
      rule("conv1\\.input$", (b) => `${layer(b!, "1")}.const`),
      rule("conv1\\.\\d+\\.weight_flip$", drop),
      rule("conv1\\.1\\.conv\\.weight_orig$", (b) => `${layer(b!, "1")}.weight`),
      rule("conv1\\.1\\.conv\\.bias$", (b) => `${layer(b!, "1")}.bias`),
      rule("conv1\\.0\\.weight$", (b) => `${layer(b!, "1")}.weight`, fused),
      rule("conv1\\.0\\.bias$", (b) => `${layer(b!, "1")}.bias`),
      rule("conv1\\.\\d+\\.weight$", drop),
      rule("conv2\\.conv\\.weight_orig$", (b) => `${layer(b!, "2")}.weight`),
      rule("conv2\\.conv\\.bias$", (b) => `${layer(b!, "2")}.bias`),
      rule("noise(\\d)\\.weight_orig$", (b, h) => `${layer(b!, h!)}.apply_noise.weight`, noiseWeight),
      rule(
        "adain(\\d)\\.style\\.linear\\.weight_orig$",
        (b, h) => `${layer(b!, h!)}.style.weight`,
        scaled(Math.SQRT2),
      ),
      rule("adain(\\d)\\.style\\.linear\\.bias$", (b, h) => `${layer(b!, h!)}.style.bias`, withoutOne),
      [
        /^generator\.to_rgb\.(\d+)\.conv\.weight_orig$/,
        (i) => `synthesis.output${i}.weight`,
        scaled(Math.SQRT2),
      ],
      [/^generator\.to_rgb\.(\d+)\.conv\.bias$/, (i) => `synthesis.output${i}.bias`],
    ]);
    const style = out.get("synthesis.layer0.style.weight");
    const channels = style?.shape[0] ?? 0;
    out.set("synthesis.layer0.bias", zeros(channels / 2));
    out.set("truncation.w_avg", zeros(style?.shape[1] ?? 0));
    return out;
  },
};
