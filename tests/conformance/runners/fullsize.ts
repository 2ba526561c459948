import * as tf from "@tensorflow/tfjs-core";
import { StyleGAN1 } from "../../../lib/networks/stylegan1.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { StyleGAN3 } from "../../../lib/networks/stylegan3.js";
import { truncate } from "../../../lib/ops/truncate.js";
import { fullsizeRunner } from "../fullsizeRunner.js";

export const runners = [
  fullsizeRunner<StyleGAN1>(
    "stylegan1",
    ["sg1"],
    (config, weights) => new StyleGAN1(config, weights),
    (network, z, args) => {
      const ws = network.map(z);
      const w = tf.reshape(tf.slice(ws, [0, 0, 0], [1, 1, network.wDim]), [1, network.wDim]);
      const truncation = {
        psi: args.number("trunc_psi", 1),
        cutoff: args.number("trunc_layers", 0),
        extrapolate: false,
      };
      return { w, ws: truncate(ws, network.wAverage, truncation), options: { lod: args.number("lod", 0) } };
    },
  ),
  fullsizeRunner<StyleGAN2>(
    "stylegan2",
    ["sg2"],
    (config, weights) => new StyleGAN2(config, weights),
    (network, z, args) => {
      const mode = args.string("noise_mode", "const");
      if (mode !== "const" && mode !== "none") throw new Error(`unknown noise mode "${mode}"`);
      const truncation = {
        psi: args.number("truncation_psi", 1),
        cutoff: args.optionalNumber("truncation_cutoff"),
      };
      const ws = truncate(network.map(z), network.wAverage, truncation);
      return { w: tf.clone(ws), ws, options: { noise: { mode } } };
    },
  ),
  fullsizeRunner<StyleGAN3>(
    "stylegan3",
    ["sg3t", "sg3r"],
    (config, weights) => new StyleGAN3(config, weights),
    (network, z, args) => {
      args.string("noise_mode", "const"); // the family has no noise; the runs of all of them name a mode
      const truncation = {
        psi: args.number("truncation_psi", 1),
        cutoff: args.optionalNumber("truncation_cutoff"),
      };
      const ws = truncate(network.map(z), network.wAverage, truncation);
      return { w: tf.clone(ws), ws, options: {} };
    },
  ),
];
