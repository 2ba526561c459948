import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN1 } from "../../../lib/networks/stylegan1.js";
import { mixStyles } from "../../../lib/ops/mixStyles.js";
import { truncate } from "../../../lib/ops/truncate.js";
import { updateWAverage } from "../../../lib/ops/wAverage.js";
import type { Arguments } from "../arguments.js";
import { generatorRunner, type GeneratorInputs, type Record, type RunOnce } from "../generatorRunner.js";

const runOnce: RunOnce<StyleGAN1> = (network, args, inputs, record) => {
  const call = args.string("call");
  for (const unused of ["record", "inner", "note"]) args.any(unused); // they only say what was stored
  const buffer = args.optionalNumber("lod_buffer");
  const lod = args.optionalNumber("lod") ?? buffer ?? 0;
  let ws: Tensor3D;
  if (call === "synthesis") ws = inputs.get("wp");
  else if (call === "forward" || call === "train_forward") ws = mapped(network, call, args, inputs, record);
  else throw new Error(`unknown call "${call}"`);
  record("wp", ws);

  for (const { name, role, w } of network.layers)
    if (role === "layer") record(`style${String(w).padStart(2, "0")}`, network.style(name, ws));
  const image = drive(network.synthesis(ws, { lod, inner: () => true, noise: inputs.noise() }), {
    onStep: ({ name, tensor }) => record(`layers/synthesis.${officialName(name)}`, tensor),
  })!;
  record("image", image);
};

function mapped(
  network: StyleGAN1,
  call: string,
  args: Arguments,
  inputs: GeneratorInputs,
  record: Record,
): Tensor3D {
  const label = inputs.optional<Tensor2D>("label");
  const decay = call === "train_forward" ? args.number("w_moving_decay", 0.995) : null;
  const last = `dense${(network.config.mapping_layers ?? 8) - 1}`;
  let ws = network.map(inputs.get("z"), label, (name, output) => {
    record(`layers/mapping.${name}`, output);
    if (name === "norm") record("z_normalized", output);
    if (name === "embedding") record("embedding", output);
    if (name !== last) return;
    record("w", output);
    if (decay !== null) record("w_avg_after", updateWAverage(network.wAverage as Tensor1D, output, decay));
  });
  if (call === "train_forward") {
    const mixes = args.number("mixing_uniform") < args.number("style_mixing_prob", 0.9);
    const cutoff = args.number("mixing_cutoff");
    if (mixes) ws = mixStyles(ws, network.map(inputs.get("new_z"), label), { cutoff });
  }
  // genforce: no truncation without a number of layers, nor for psi of 1 or more
  const psi = args.optionalNumber("trunc_psi") ?? 1;
  const cutoff = args.optionalNumber("trunc_layers") ?? 0;
  return truncate(ws, network.wAverage, { psi, cutoff: Math.min(cutoff, network.numWs), extrapolate: false });
}

/** The official module behind a tap; its `blur` is the identity where nothing is upsampled, so it gives our `conv`. */
function officialName(tap: string): string {
  return tap.replace(/\.conv$/, ".blur").replace(/\.noise$/, ".apply_noise");
}

export const runners = [
  generatorRunner<StyleGAN1>(
    "StyleGAN1 generator",
    "sg1-generator",
    (config, weights) => new StyleGAN1(config, weights),
    runOnce,
  ),
];
