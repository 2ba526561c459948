import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN3 } from "../../../lib/networks/stylegan3.js";
import { pictureTransform, type Transform } from "../../../lib/networks/stylegan3Input.js";
import { mixStyles } from "../../../lib/ops/mixStyles.js";
import { truncate } from "../../../lib/ops/truncate.js";
import { updateWAverage } from "../../../lib/ops/wAverage.js";
import type { Arguments } from "../arguments.js";
import { generatorRunner, type GeneratorInputs, type Record, type RunOnce } from "../generatorRunner.js";

const runOnce: RunOnce<StyleGAN3> = (network, args, inputs, record) => {
  const call = args.string("call");
  for (const unused of ["record", "note"]) args.any(unused); // they only say what was stored
  const updates = args.boolean("update_emas", false);
  const ws =
    call === "synthesis"
      ? inputs.get<Tensor3D>("ws")
      : call === "forward" || call === "mapping" || call === "mix"
        ? mapped(network, call, args, inputs, record, updates)
        : unknown(call);
  record("ws", ws);
  if (call === "mapping") return;

  for (const { name, role } of network.layers)
    if (role !== "inner") record(`layers/synthesis.${name}.affine`, network.style(name, ws));
  const image = drive(
    network.synthesis(ws, {
      transform: transformOf(args, inputs),
      ...(updates && {
        updateMagnitudes: (layer, magnitude) => record(`after/synthesis.${layer}.magnitude_ema`, magnitude),
      }),
    }),
    { onStep: ({ name, tensor }) => record(`layers/synthesis.${name}`, tensor) },
  )!;
  record("img", image);
};

function unknown(call: string): never {
  throw new Error(`unknown call "${call}"`);
}

function mapped(
  network: StyleGAN3,
  call: string,
  args: Arguments,
  inputs: GeneratorInputs,
  record: Record,
  updates: boolean,
): Tensor3D {
  const c = inputs.optional<Tensor2D>("c");
  const truncation = {
    psi: args.number("truncation_psi", 1),
    cutoff: args.optionalNumber("truncation_cutoff"),
  };
  const { num_layers: depth = 2, w_avg_beta } = network.config.mapping_kwargs ?? {};
  let wAverage = network.wAverage;
  const untruncated = network.map(inputs.get("z"), c, (name, output) => {
    record(`layers/mapping.${name}`, output);
    if (updates && name === `fc${depth - 1}`)
      wAverage = tf.keep(updateWAverage(wAverage, output, w_avg_beta ?? 0.998));
  });
  record("after/mapping.w_avg", wAverage);
  const ws = truncate(untruncated, wAverage, truncation);
  if (wAverage !== network.wAverage) wAverage.dispose();
  if (call !== "mix") return ws;
  const other = network.map(inputs.get("z2"), inputs.optional<Tensor2D>("c2") ?? c);
  return mixStyles(ws, truncate(other, network.wAverage, truncation), { cutoff: args.number("mix_cutoff") });
}

/** The given inverse matrix; where the run says what it was made of, ours must be the same. */
function transformOf(args: Arguments, inputs: GeneratorInputs): Transform | null {
  if (!inputs.has("transform")) return null;
  const given = inputs.get<Tensor2D>("transform").arraySync() as unknown as Transform;
  if (!args.has("angle")) return given;
  const made = pictureTransform(args.number("angle"), args.numbers("translate", [0, 0]) as [number, number]);
  const error = Math.max(...made.flatMap((row, i) => row.map((x, j) => Math.abs(x - given[i]![j]!))));
  if (!(error < 1e-6)) throw new Error(`the transform of the angle and translation is off by ${error}`);
  return made;
}

export const runners = [
  generatorRunner<StyleGAN3>(
    "StyleGAN3 generator",
    "sg3-generator",
    (config, weights) => new StyleGAN3(config, weights),
    runOnce,
  ),
];
