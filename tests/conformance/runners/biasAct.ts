import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { activation, biasAct, type ActivationName } from "../../../lib/ops/index.js";
import { plain } from "../layouts.js";
import { opRunner } from "../opRunner.js";

export const runners = [
  opRunner("biasAct", /bias_act\.py: bias_act\b/, (args, inputs) => {
    const name = args.string("act", "linear") as ActivationName;
    const dim = args.number("dim", 1);
    const options = {
      activation: name,
      alpha: args.optionalNumber("alpha") ?? activation(name).alpha,
      gain: args.optionalNumber("gain") ?? activation(name).gain,
      clamp: args.optionalNumber("clamp"),
    };
    const x = plain(inputs.required("x"));
    const bias = inputs.optional("b");
    // our operation has the channels last: bring the axis of the bias there, and back
    const order = [...x.shape.keys()].filter((axis) => axis !== dim).concat(dim);
    const y = biasAct(tf.transpose(x, order), bias && (plain(bias) as Tensor1D), options);
    const back = order.map((_, axis) => order.indexOf(axis));
    return { y: tf.transpose(y, back) };
  }),
];
