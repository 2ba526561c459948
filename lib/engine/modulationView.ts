import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Experiment } from "../experiment/experiment.js";
import { channelStatistics } from "../measure/channelStatistics.js";
import { compareForms, expectedDeviations } from "../measure/modulation.js";
import { synthesisHooks } from "../networks/interventions.js";
import { StyleGAN2 } from "../networks/stylegan2.js";
import type { EngineModel } from "./engineModel.js";
import { EngineFailure } from "./failure.js";
import type { View, Want } from "./protocol.js";

/**
 * The tap that a modulated convolution reads.
 * @throws {EngineFailure} for a model without such convolutions, and for a layer that reads no feature map
 */
export function modulationInput(model: EngineModel, layer: string): string {
  const { network, report } = model;
  if (!(network instanceof StyleGAN2))
    throw new EngineFailure(
      "bad-experiment",
      `${report.title} does not modulate weights; choose a StyleGAN2.`,
    );
  const before = network.layers.slice(0, model.indexOf(layer)).findLast(({ role }) => role === "layer");
  if (!/\.conv[01]$/.test(layer) || !before)
    throw new EngineFailure(
      "bad-experiment",
      `Layer ${layer} is no convolution of a feature map; choose one such as b8.conv0.`,
    );
  return before.name;
}

/**
 * What demodulation goes by in one layer, and both forms of its convolution on the live tensors.
 * @param input the layer's input, [1, H, W, I]; stays the caller's. The layer's weights must have arrived.
 */
export async function modulationView(
  { network, latents }: EngineModel,
  experiment: Experiment,
  { layer, forms }: Extract<Want, { kind: "modulation" }>,
  input: Tensor4D,
): Promise<View> {
  const { weight, resample } = (network as StyleGAN2).convolution(layer);
  const [, , inputs, outputs] = weight.shape;
  const ws: Tensor3D = latents.wPlus(experiment);
  const styles: Tensor2D = network.style(
    layer,
    ws,
    synthesisHooks(experiment.interventions, network).editStyle,
  );
  try {
    const { mean, std } = await channelStatistics(input);
    const inputRms = std.map((deviation, i) => Math.hypot(deviation, mean[i]!));
    return {
      kind: "modulation",
      layer,
      side: input.shape[1],
      inputs,
      up: resample.up ?? 1,
      outputs,
      styles: (await styles.data<"float32">()) as Float32Array,
      inputRms,
      expected: await expectedDeviations(weight, styles),
      expectedOfInputs: await expectedDeviations(weight, styles, inputRms),
      forms: forms ? await compareForms(input, weight, styles, resample) : null,
    };
  } finally {
    tf.dispose([ws, styles]);
  }
}
