import { minibatchStddev } from "../../../lib/ops/index.js";
import { image, toNCHW } from "../layouts.js";
import { opRunner } from "../opRunner.js";

export const runners = [
  opRunner("minibatchStddev", /networks\.py: MinibatchStdLayer\b/, (args, inputs) => {
    const x = image(inputs.required("x"));
    return {
      y: toNCHW(minibatchStddev(x, args.optionalNumber("group_size"), args.number("num_channels", 1))),
    };
  }),
];
