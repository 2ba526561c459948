import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { modulatedConv2d, modulatedConv2dSG3, type Filter, type Padding } from "../../../lib/ops/index.js";
import type { Parameter } from "../../../lib/weights/parameters.js";
import { image, kernel, plain, toNCHW } from "../layouts.js";
import { opRunner } from "../opRunner.js";

export const runners = [
  opRunner("modulatedConv2d", /training\/networks\.py: modulated_conv2d\b/, (args, inputs) => {
    const f = inputs.optional("resample_filter");
    const y = modulatedConv2d(
      image(inputs.required("x")),
      kernel(inputs.required("weight")),
      plain(inputs.required("styles")) as Tensor2D,
      {
        noise: noise(inputs.optional("noise")),
        up: args.number("up", 1),
        down: args.number("down", 1),
        padding: args.numbers("padding", 0) as Padding,
        filter: f && (plain(f) as Filter),
        demodulate: args.boolean("demodulate", true),
        flipWeight: args.boolean("flip_weight", true),
        fused: args.boolean("fused_modconv", true),
      },
    );
    return { y: toNCHW(y) };
  }),
  opRunner("modulatedConv2dSG3", /networks_stylegan3\.py: modulated_conv2d\b/, (args, inputs) => {
    const gain = inputs.optional("input_gain");
    const padding = args.numbers("padding", 0);
    const y = modulatedConv2dSG3(
      image(inputs.required("x")),
      kernel(inputs.required("w")),
      plain(inputs.required("s")) as Tensor2D,
      {
        demodulate: args.boolean("demodulate", true),
        // the original hands the pair to the convolution, which counts rows first; ours counts columns first
        padding: (typeof padding === "number" ? padding : [...padding].reverse()) as Padding,
        inputGain: gain && (plain(gain) as Scalar),
      },
    );
    return { y: toNCHW(y) };
  }),
];

function noise(parameter: Parameter | null): Tensor2D | ReturnType<typeof image> | null {
  if (parameter === null) return null;
  return parameter.shape.length === 4 ? image(parameter) : (plain(parameter) as Tensor as Tensor2D);
}
