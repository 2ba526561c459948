import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { mixStyles } from "../../../lib/ops/mixStyles.js";
import { truncate } from "../../../lib/ops/truncate.js";
import type { Arguments } from "../arguments.js";
import { generatorRunner, type GeneratorInputs, type Record, type RunOnce } from "../generatorRunner.js";

const runOnce: RunOnce<StyleGAN2> = (network, args, inputs, record) => {
  const call = args.string("call");
  for (const unused of ["record", "note"]) args.any(unused); // they only say what was stored
  let ws: Tensor3D;
  if (call === "synthesis") ws = inputs.get("ws");
  else if (call === "forward" || call === "mapping" || call === "mix")
    ws = mapped(network, call, args, inputs, record);
  else throw new Error(`unknown call "${call}"`);
  record("ws", ws);
  if (call === "mapping") return;

  for (const { name, styleChannels, role } of network.layers)
    if (styleChannels > 0 && role !== "inner")
      record(`layers/synthesis.${name}.affine`, network.style(name, ws));
  const mode = args.string("noise_mode", "random");
  if (mode !== "const" && mode !== "none" && mode !== "random")
    throw new Error(`unknown noise mode "${mode}"`);
  const noise = mode === "random" ? inputs.noise() : ({ mode } as const);
  const options = args.has("fused_modconv") ? { noise, fused: args.boolean("fused_modconv") } : { noise };
  const image = drive(network.synthesis(ws, options), {
    onStep: ({ name, tensor }) => {
      record(`layers/synthesis.${name}`, tensor);
      // a block's output; in the residual architecture the tap b64.x follows and takes its place
      if (name.endsWith(".conv1")) record(`layers/synthesis.${name.replace(/conv1$/, "x")}`, tensor);
    },
  })!;
  record("img", image);
};

function mapped(
  network: StyleGAN2,
  call: string,
  args: Arguments,
  inputs: GeneratorInputs,
  record: Record,
): Tensor3D {
  const c = inputs.optional<Tensor2D>("c");
  const cutoff = args.optionalNumber("truncation_cutoff");
  const truncation = { psi: args.number("truncation_psi", 1), cutoff };
  const ws = truncate(
    network.map(inputs.get("z"), c, (name, output) => record(`layers/mapping.${name}`, output)),
    network.wAverage,
    truncation,
  );
  if (call !== "mix") return ws;
  const other = network.map(inputs.get("z2"), inputs.optional<Tensor2D>("c2") ?? c);
  return mixStyles(ws, truncate(other, network.wAverage, truncation), { cutoff: args.number("mix_cutoff") });
}

export const runners = [
  generatorRunner<StyleGAN2>(
    "StyleGAN2 generator",
    "sg2ada-generator",
    (config, weights) => new StyleGAN2(config, weights),
    runOnce,
  ),
];
