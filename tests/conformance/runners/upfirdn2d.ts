import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { downsample2d, filter2d, setupFilter, upfirdn2d, upsample2d } from "../../../lib/ops/index.js";
import type { Filter, Padding } from "../../../lib/ops/index.js";
import type { Arguments } from "../arguments.js";
import { image, plain, toNCHW } from "../layouts.js";
import { opRunner, type OpInputs } from "../opRunner.js";

type Factor = number | readonly [number, number];

export const runners = [
  opRunner("upfirdn2d", /upfirdn2d\.py: upfirdn2d\b/, (args, inputs) => {
    const fn = args.string("fn", "upfirdn2d");
    if (fn === "setup_filter") return { f: setup(args) } as Record<string, Tensor>;
    return { y: toNCHW(resample(fn, args, inputs)) };
  }),
];

function resample(fn: string, args: Arguments, inputs: OpInputs): Tensor4D {
  const x = image(inputs.required("x"));
  const f = inputs.optional("f");
  const filter = f && (plain(f) as Filter);
  const common = {
    padding: args.numbers("padding", 0) as Padding,
    flipFilter: args.boolean("flip_filter", false),
    gain: args.number("gain", 1),
  };
  switch (fn) {
    case "upfirdn2d": {
      const up = args.numbers("up", 1) as Factor;
      return upfirdn2d(x, filter, { ...common, up, down: args.numbers("down", 1) as Factor });
    }
    case "filter2d":
      return filter2d(x, filter, common);
    case "upsample2d":
      return upsample2d(x, filter, { ...common, up: args.numbers("up", 2) as Factor });
    case "downsample2d":
      return downsample2d(x, filter, { ...common, down: args.numbers("down", 2) as Factor });
    default:
      throw new Error(`unknown function ${fn}`);
  }
}

function setup(args: Arguments): Filter {
  const separable = args.has("separable") ? args.boolean("separable") : undefined;
  return setupFilter(args.any("f") as Parameters<typeof setupFilter>[0], {
    normalize: args.boolean("normalize", true),
    flipFilter: args.boolean("flip_filter", false),
    gain: args.number("gain", 1),
    ...(separable === undefined ? {} : { separable }),
  });
}
