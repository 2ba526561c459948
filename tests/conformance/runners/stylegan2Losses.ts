import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { StyleGAN2DiscriminatorConfig } from "../../../lib/networks/discriminatorConfig.js";
import { stylegan2Discriminator } from "../../../lib/networks/discriminatorStyleGAN2.js";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { officialLayout, trainableTensors, type TensorMap } from "../../../lib/networks/trainable.js";
import { updateWAverage } from "../../../lib/ops/wAverage.js";
import { lossAndGradients } from "../../../lib/training/gradients.js";
import { pathLengthNoise, pathLengths } from "../../../lib/training/pathLength.js";
import { discriminatorPhase, generatorPhase, pathLengthPhase } from "../../../lib/training/phases.js";
import { mixingRegularisation } from "../../../lib/training/styleMixing.js";
import { mapTrainable, synthesiseStyleGAN2 } from "../../../lib/training/synthesiseStyleGAN2.js";
import type { StyleGAN2Config } from "../../../lib/weights/config.js";
import { withPrefix, type GoldenRun, type LoadedCase } from "../../golden.js";
import { Arguments } from "../arguments.js";
import type { GeneratorInputs, Record } from "../generatorRunner.js";
import { image, plain } from "../layouts.js";
import { recordedRun } from "../recordedRun.js";
import type { Check, Runner } from "../runner.js";

/** The official code's random numbers, in the order in which it drew them. */
class Draws {
  readonly #rest: { readonly what: string; readonly tensor: string }[];

  constructor(
    run: GoldenRun,
    private readonly loaded: LoadedCase,
  ) {
    this.#rest = [...((run["draws"] ?? []) as { what: string; tensor: string }[])];
  }

  /** The next draw, which must be of that kind. */
  next<T extends Tensor>(what: RegExp): T {
    const draw = this.#rest.shift();
    if (!draw || !what.test(draw.what))
      throw new Error(`the next draw is ${draw?.what}, not ${String(what)}`);
    const stored = this.loaded.tensors.get(draw.tensor)!;
    return (stored.shape.length === 4 ? image(stored) : plain(stored)) as T;
  }

  number(what: RegExp): number {
    return this.next<Scalar>(what).dataSync()[0]!;
  }

  /** Noise maps, as many as follow. */
  noise(): Tensor4D[] {
    const maps: Tensor4D[] = [];
    while (this.#rest[0]?.what.startsWith("noise_")) maps.push(this.next(/^noise_/));
    return maps;
  }

  finish(): void {
    if (this.#rest.length > 0)
      throw new Error(`draws are left: ${this.#rest.map(({ what }) => what).join()}`);
  }
}

interface Pair {
  readonly generator: StyleGAN2Config;
  readonly discriminator: StyleGAN2DiscriminatorConfig;
  readonly G: TensorMap;
  readonly D: TensorMap;
}

interface Batch {
  readonly z: Tensor2D;
  readonly label: Tensor2D | null;
}

/** run_G of the official code: mapping, style mixing, and a synthesis with the drawn noise. */
function sample(pair: Pair, batch: Batch, draws: Draws, probability: number) {
  const { generator, G } = pair;
  let wAverage: Tensor1D | null = null;
  const { num_layers: depth = 8, w_avg_beta } = generator.mapping_kwargs ?? {};
  let ws = mapTrainable(generator, G, batch.z, batch.label, (name, w) => {
    if (name === `fc${depth - 1}`)
      wAverage = tf.keep(updateWAverage(G.get("mapping.w_avg") as Tensor1D, w, w_avg_beta ?? 0.995));
  });
  if (probability > 0) {
    const cutoff = draws.number(/^mixing_cutoff/);
    const uniform = draws.number(/^mixing_uniform/);
    const z2 = draws.next<Tensor2D>(/^z2$/);
    const other = () => mapTrainable(generator, G, z2, batch.label);
    ws = mixingRegularisation(ws, other, { uniform, cutoff }, probability);
  }
  const noise = draws.noise();
  return {
    ws,
    wAverage: wAverage! as Tensor1D,
    synthesise: (at: Tensor3D) => synthesiseStyleGAN2(generator, G, at, noise),
  };
}

function runPhase(
  pair: Pair,
  run: GoldenRun,
  args: Arguments,
  inputs: GeneratorInputs,
  draws: Draws,
  record: Record,
  asItIs: Record,
): void {
  const phase = args.string("phase");
  const meanBefore = args.number("pl_mean_before", 0);
  const gain = args.number("gain", 1);
  const options = new Arguments({ ...(args.any("loss") as object) });
  const probability = options.number("style_mixing_prob", 0.9);
  const r1Gamma = options.number("r1_gamma", 10);
  const shrink = options.number("pl_batch_shrink", 2);
  const decay = options.number("pl_decay", 0.01);
  const weight = options.number("pl_weight", 2);
  options.finish();
  const look = (name: string, tensor: Tensor) => record(name, tensor);
  const latents: Batch = { z: inputs.get("gen_z"), label: inputs.optional("gen_c") };
  const real = inputs.get<Tensor4D>("real_img");
  const realLabel = inputs.optional<Tensor2D>("real_c");
  const discriminate = (label: Tensor2D | null) => (images: Tensor4D) =>
    stylegan2Discriminator(pair.discriminator, pair.D, images, label);

  const used = (wAverage: Tensor1D) => {
    record("w_avg_after", wAverage);
    wAverage.dispose();
  };
  const loss = (): Scalar => {
    if (phase === "Gmain") {
      const { ws, wAverage, synthesise } = sample(pair, latents, draws, probability);
      used(wAverage);
      return generatorPhase(() => synthesise(ws), discriminate(latents.label), { gain, look });
    }
    if (phase === "Greg") {
      const size = Math.floor(latents.z.shape[0] / shrink);
      const head = (tensor: Tensor2D) => tf.slice(tensor, [0, 0], [size, tensor.shape[1]]);
      const batch = { z: head(latents.z), label: latents.label && head(latents.label) };
      const { ws, wAverage, synthesise } = sample(pair, batch, draws, probability);
      used(wAverage);
      const noise = pathLengthNoise(draws.next<Tensor4D>(/^pl_noise_raw$/));
      return pathLengthPhase({ ws, synthesise, noise, mean: meanBefore, decay, weight, gain, look });
    }
    const generates = phase === "Dmain" || phase === "Dboth";
    if (!generates && phase !== "Dreg") throw new Error(`unknown phase "${phase}"`);
    if (!generates) record("w_avg_after", pair.G.get("mapping.w_avg")!);
    return discriminatorPhase({
      real,
      discriminateReal: discriminate(realLabel),
      fake: generates
        ? {
            images: () => {
              const { ws, wAverage, synthesise } = sample(pair, latents, draws, probability);
              used(wAverage);
              return synthesise(ws);
            },
            discriminate: discriminate(latents.label),
          }
        : null,
      r1Gamma: phase === "Dmain" ? null : r1Gamma,
      gain,
      look,
    });
  };
  const wanted = Object.keys(run.outputs).filter((name) => name.startsWith("grads/"));
  const parameters = phase.startsWith("G") ? pair.G : pair.D;
  const { value, gradients } = lossAndGradients(loss, parameters);
  record("loss", value);
  for (const name of wanted.map((output) => output.slice("grads/".length))) {
    const gradient = gradients.get(name);
    if (gradient) asItIs(`grads/${name}`, officialLayout(name, gradient));
  }
  draws.finish();
}

/** The vector-Jacobian product through the generator that makes pictures. */
function runDirect(loaded: LoadedCase, args: Arguments, inputs: GeneratorInputs, record: Record): void {
  args.string("phase");
  args.any("note");
  const mode = args.string("noise_mode");
  if (mode !== "const" && mode !== "none") throw new Error(`unknown noise mode "${mode}"`);
  const config = loaded.case.config["generator"] as StyleGAN2Config;
  const network = new StyleGAN2(config, withPrefix(loaded.weights, "G/"));
  const noise = inputs.get<Tensor4D>("pl_noise");
  const synthesise = (ws: Tensor3D): Tensor4D => {
    const images = drive(network.synthesis(ws, { noise: { mode } }))!;
    record("img", images);
    record("inner_product", tf.sum(tf.mul(images, noise)));
    return images;
  };
  const { gradients, lengths } = pathLengths(synthesise, inputs.get<Tensor3D>("ws"), noise);
  record("ws_grad", gradients);
  record("pl_lengths", lengths);
  network.dispose();
}

export const runners: Runner[] = [
  {
    name: "StyleGAN2 losses",
    accepts: ({ kind }) => kind === "sg2-loss",
    async run(loaded) {
      const { generator, discriminator } = loaded.case.config as unknown as Pair;
      const G = trainableTensors(withPrefix(loaded.weights, "G/"));
      const D = trainableTensors(withPrefix(loaded.weights, "D/"));
      const pair = { generator, discriminator, G, D };
      try {
        const checks: Check[] = [];
        for (const run of loaded.case.runs)
          checks.push(
            ...(await recordedRun(run, loaded, (args, inputs, record, asItIs) => {
              if (run.args["phase"] === "direct") runDirect(loaded, args, inputs, record);
              else runPhase(pair, run, args, inputs, new Draws(run, loaded), record, asItIs);
            })),
          );
        return checks;
      } finally {
        tf.dispose([...G.values(), ...D.values()]);
      }
    },
  },
];
