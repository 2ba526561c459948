import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Checkpoint } from "../../lib/checkpoint/checkpoint.js";
import { readCheckpoint } from "../../lib/checkpoint/read.js";
import type { StyleGAN2DiscriminatorConfig } from "../../lib/networks/discriminatorConfig.js";
import { stylegan2Discriminator } from "../../lib/networks/discriminatorStyleGAN2.js";
import type { Network, SynthesisOptions } from "../../lib/networks/network.js";
import { drive } from "../../lib/networks/run.js";
import { StyleGAN1 } from "../../lib/networks/stylegan1.js";
import { StyleGAN2 } from "../../lib/networks/stylegan2.js";
import { StyleGAN3 } from "../../lib/networks/stylegan3.js";
import { trainableTensors } from "../../lib/networks/trainable.js";
import { mixStyles } from "../../lib/ops/mixStyles.js";
import { truncate } from "../../lib/ops/truncate.js";
import type { StyleGAN1Config, StyleGAN2Config, StyleGAN3Config } from "../../lib/weights/config.js";
import { discriminatorParameters } from "../../lib/weights/dialects/discriminator.js";
import type { LazyParameter } from "../../lib/weights/dialects/dialect.js";
import { modelFromGenerator } from "../../lib/weights/fromCheckpoint.js";
import type { Parameter } from "../../lib/weights/parameters.js";
import { findGenerator, type FoundGenerator } from "../../lib/weights/recognise.js";
import { isDesignedBuffer } from "../../lib/weights/shapes.js";
import { withPrefix, type LoadedCase } from "../golden.js";
import type { Arguments } from "./arguments.js";
import type { GeneratorInputs } from "./generatorRunner.js";
import { image } from "./layouts.js";
import { recordedRun } from "./recordedRun.js";
import { failure, type Check } from "./runner.js";

/** Everything a checkpoint case says of one of its files: arrays, weights, pictures. */
export async function checkCheckpoint(path: string, loaded: LoadedCase): Promise<Check[]> {
  const checkpoint = await readCheckpoint(new Uint8Array(await readFile(path)));
  const plain = [withPrefix(loaded.tensors, "arrays/"), withPrefix(loaded.tensors, "tensors/")].flatMap(
    (group) => [...group],
  );
  const checks = await Promise.all(
    plain.map(([name, expected]) => {
      const found = checkpoint.arrays.get(name) ?? checkpoint.arrays.get(`tensors.${name}`);
      return sameNumbers(name, found, expected);
    }),
  );
  const stateDict = withPrefix(loaded.tensors, "statedict/");
  if (stateDict.size > 0 && !hasGenerator(checkpoint, loaded))
    return [...checks, ...(await checkStateDict(checkpoint, stateDict))];
  if (loaded.weights.size === 0) return checks;
  const found = await findGenerator(checkpoint);
  checks.push(...(await checkWeights(checkpoint, found, loaded)));
  checks.push(...(await checkRuns(checkpoint, found, loaded)));
  return checks;
}

/** Whether this file of the case holds whole networks rather than a bare state dict. */
function hasGenerator(checkpoint: Checkpoint, loaded: LoadedCase): boolean {
  const names = [...checkpoint.arrays.keys()];
  return loaded.weights.size > 0 && names.some((name) => /synthesis|progression|convs\.0\./.test(name));
}

export async function checkStateDict(
  checkpoint: Checkpoint,
  expected: ReadonlyMap<string, Parameter>,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, tensor] of expected)
    checks.push(await sameNumbers(name, checkpoint.arrays.get(`g_ema.${name}`), tensor));
  return checks;
}

/** Same shape and same bits as float32. */
async function sameNumbers(
  name: string,
  found: LazyParameter | undefined,
  expected: Parameter,
): Promise<Check> {
  if (!found) return failure(name, "the file has no such array");
  if (String(found.shape) !== String(expected.shape))
    return failure(name, `shape [${found.shape}] where [${expected.shape}] is expected`);
  const data = await found.read();
  const differs = expected.data.findIndex((value, i) => !Object.is(value, data[i]));
  return differs < 0
    ? { name, error: 0, allowed: 0 }
    : failure(name, `${data[differs]} at ${differs} where ${expected.data[differs]} is expected`);
}

/** Weights the case lists: under their names in the file, or translated ones of the generator or discriminator. */
async function checkWeights(
  checkpoint: Checkpoint,
  found: FoundGenerator,
  loaded: LoadedCase,
): Promise<Check[]> {
  const discriminator = discriminatorParameters(checkpoint, "D");
  const checks: Check[] = [];
  for (const [name, expected] of loaded.weights) {
    const dotted = name.replace("/", ".");
    const [, network, rest] = /^(G_ema|Gs|D)\/(.*)$/.exec(name) ?? [];
    const parameter =
      [name, dotted, `g_running.${name}`, `models.${dotted}`]
        .map((place) => checkpoint.arrays.get(place))
        .find((array) => array) ??
      (network === "D" ? discriminator : network ? found.parameters : undefined)?.get(rest!);
    if (!parameter && rest && isDesignedBuffer(rest)) continue; // a filter that the networks design
    checks.push(await sameNumbers(name, parameter, expected));
  }
  return checks;
}

async function checkRuns(
  checkpoint: Checkpoint,
  found: FoundGenerator,
  loaded: LoadedCase,
): Promise<Check[]> {
  const network = await networkOf(found);
  const weights = await discriminatorOf(checkpoint);
  try {
    const checks: Check[] = [];
    for (const run of loaded.case.runs)
      checks.push(
        ...(await recordedRun(run, loaded, (args, inputs, record) => {
          args.any("note"); // only says what was stored
          if (args.string("net", "G_ema") === "D") {
            const config = loaded.case.config["D"] as StyleGAN2DiscriminatorConfig;
            record("logits", stylegan2Discriminator(config, weights, inputs.get<Tensor4D>("img")));
            return;
          }
          record("img", picture(network, args, inputs, loaded));
        })),
      );
    return checks;
  } finally {
    network.dispose();
    tf.dispose([...weights.values()]);
  }
}

async function networkOf(found: FoundGenerator): Promise<Network> {
  const parameters = await modelFromGenerator(found).parametersFor(found.resolution);
  switch (found.family) {
    case "stylegan1":
      return new StyleGAN1(found.config as StyleGAN1Config, parameters);
    case "stylegan2":
      return new StyleGAN2(found.config as StyleGAN2Config, parameters);
    case "stylegan3":
      return new StyleGAN3(found.config as StyleGAN3Config, parameters);
  }
}

async function discriminatorOf(checkpoint: Checkpoint): Promise<ReturnType<typeof trainableTensors>> {
  const read = new Map<string, Parameter>();
  for (const [name, lazy] of discriminatorParameters(checkpoint, "D"))
    read.set(name, { shape: lazy.shape, data: (await lazy.read()).slice() });
  return trainableTensors(read);
}

/** The picture of a run, whose arguments are those of the file's own implementation. */
function picture(network: Network, args: Arguments, inputs: GeneratorInputs, loaded: LoadedCase): Tensor4D {
  if (args.has("step")) return rosinalityPicture(network as StyleGAN1, args, inputs, loaded);
  const ws = network.map(
    inputs.get("z"),
    inputs.optional<Tensor2D>("c") ?? inputs.optional<Tensor2D>("label"),
  );
  const official = args.has("truncation_psi");
  const psi = official ? args.number("truncation_psi") : args.number("trunc_psi", 1);
  const cutoff = official ? args.optionalNumber("truncation_cutoff") : args.number("trunc_layers", 0);
  const mode = args.string("noise_mode", "const");
  if (mode !== "const" && mode !== "none") throw new Error(`unknown noise mode "${mode}"`);
  const truncated = truncate(ws, network.wAverage, { psi, cutoff, extrapolate: official });
  return drive(network.synthesis(truncated, { noise: { mode }, lod: args.number("lod", 0) }))!;
}

/** rosinality's StyleGAN1: (step, alpha) for lod, noise given by resolution, a mean style, mixing by blocks. */
function rosinalityPicture(
  network: StyleGAN1,
  args: Arguments,
  inputs: GeneratorInputs,
  loaded: LoadedCase,
): Tensor4D {
  const step = args.number("step");
  const z = inputs.get<Tensor2D>("z");
  let ws: Tensor3D = network.map(z);
  if (args.has("mixing_range")) {
    const [low, high] = args.numbers("mixing_range") as [number, number];
    const layers = Array.from({ length: 2 * (high - low + 1) }, (_, i) => 2 * low + i);
    ws = mixStyles(ws, network.map(tf.reverse(z, 0)), { layers });
  }
  if (args.has("mean_style")) {
    const stored = loaded.tensors.get(args.string("mean_style"))!;
    ws = truncate(ws, tf.tensor1d(stored.data), { psi: args.number("style_weight") });
  }
  const maps: Tensor4D[] = [];
  for (let block = 0; block <= step; block++) {
    const noise = image(loaded.tensors.get(`inputs/noise_${block}`)!);
    maps.push(noise, noise);
  }
  const options: SynthesisOptions = {
    noise: { mode: "given", maps },
    lod: network.maxLod - step + (1 - args.number("alpha")),
  };
  const full = drive(network.synthesis(ws, options))!;
  const factor = network.resolution / (4 * 2 ** step);
  return tf.stridedSlice(full, [0, 0, 0, 0], full.shape, [1, factor, factor, 1]) as Tensor4D;
}

export function fileOf(loaded: LoadedCase, file: string): string {
  return join(loaded.dir, file);
}
