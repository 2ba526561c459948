import { conv2dResample, type Filter, type Padding } from "../../../lib/ops/index.js";
import { image, kernel, plain, toNCHW } from "../layouts.js";
import { opRunner } from "../opRunner.js";

export const runners = [
  opRunner("conv2dResample", /conv2d_resample\.py: conv2d_resample\b/, (args, inputs) => {
    const f = inputs.optional("f");
    const y = conv2dResample(image(inputs.required("x")), kernel(inputs.required("w")), {
      filter: f && (plain(f) as Filter),
      up: args.number("up", 1),
      down: args.number("down", 1),
      padding: args.numbers("padding", 0) as Padding,
      groups: args.number("groups", 1),
      flipWeight: args.boolean("flip_weight", true),
      flipFilter: args.boolean("flip_filter", false),
    });
    return { y: toNCHW(y) };
  }),
];
