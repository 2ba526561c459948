import { normalizeSecondMoment } from "../../../lib/ops/index.js";
import { plain } from "../layouts.js";
import { opRunner } from "../opRunner.js";

export const runners = [
  opRunner("normalizeSecondMoment", /networks\.py: normalize_2nd_moment\b/, (args, inputs) => {
    const x = plain(inputs.required("x"));
    return { y: normalizeSecondMoment(x, args.numbers("dim", 1), args.number("eps", 1e-8)) };
  }),
];
