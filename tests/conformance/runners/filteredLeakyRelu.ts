import type { Tensor1D } from "@tensorflow/tfjs-core";
import { filteredLeakyRelu, type Filter, type Padding } from "../../../lib/ops/index.js";
import { image, plain, toNCHW } from "../layouts.js";
import { opRunner } from "../opRunner.js";

export const runners = [
  opRunner("filteredLeakyRelu", /filtered_lrelu\.py: filtered_lrelu\b/, (args, inputs) => {
    const [b, fu, fd] = ["b", "fu", "fd"].map((name) => inputs.optional(name));
    const y = filteredLeakyRelu(image(inputs.required("x")), b ? (plain(b) as Tensor1D) : null, {
      upFilter: fu ? (plain(fu) as Filter) : null,
      downFilter: fd ? (plain(fd) as Filter) : null,
      up: args.number("up", 1),
      down: args.number("down", 1),
      padding: args.numbers("padding", 0) as Padding,
      gain: args.number("gain", Math.SQRT2),
      slope: args.number("slope", 0.2),
      clamp: args.optionalNumber("clamp"),
      flipFilter: args.boolean("flip_filter", false),
    });
    return { y: toNCHW(y) };
  }),
];
