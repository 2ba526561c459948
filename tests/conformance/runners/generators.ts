import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Network, SynthesisOptions } from "../../../lib/networks/network.js";
import { drive } from "../../../lib/networks/run.js";
import { StyleGAN1 } from "../../../lib/networks/stylegan1.js";
import { StyleGAN2 } from "../../../lib/networks/stylegan2.js";
import { mixStyles } from "../../../lib/ops/mixStyles.js";
import { truncate } from "../../../lib/ops/truncate.js";
import { updateWAverage } from "../../../lib/ops/wAverage.js";
import type { StyleGAN1Config, StyleGAN2Config } from "../../../lib/weights/config.js";
import { goldenError, type GoldenRun, type LoadedCase } from "../../golden.js";

/** One compared tensor: its largest error as a share of what the case allows. */
export interface Check {
  readonly tensor: string;
  /** At most 1 passes. */
  readonly error: number;
}

/** The generator cases of StyleGAN1: `sg1-generator`. */
export async function runStyleGAN1Generator(loaded: LoadedCase): Promise<Check[]> {
  const network = new StyleGAN1(loaded.case.config as StyleGAN1Config, loaded.weights);
  try {
    return await runAll(loaded, network, stylegan1Run);
  } finally {
    network.dispose();
  }
}

/** The generator cases of StyleGAN2-ADA: `sg2ada-generator`. */
export async function runStyleGAN2Generator(loaded: LoadedCase): Promise<Check[]> {
  const network = new StyleGAN2(loaded.case.config as StyleGAN2Config, loaded.weights);
  try {
    return await runAll(loaded, network, stylegan2Run);
  } finally {
    network.dispose();
  }
}

type Recorder = (name: string, tensor: Tensor) => void;
type RunOne<N extends Network> = (network: N, run: GoldenRun, loaded: LoadedCase, record: Recorder) => void;

async function runAll<N extends Network>(
  loaded: LoadedCase,
  network: N,
  runOne: RunOne<N>,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const run of loaded.case.runs) {
    const got = new Map<string, { shape: number[]; data: Float32Array }>();
    const record: Recorder = (name, tensor) => {
      if (name in run.outputs) got.set(name, { shape: officialShape(tensor), data: officialData(tensor) });
    };
    if (run.error) {
      checks.push({
        tensor: `${run.name}: refusal`,
        error: refuses(() => tf.tidy(() => runOne(network, run, loaded, record))),
      });
      continue;
    }
    tf.tidy(() => runOne(network, run, loaded, record));
    for (const [name, tensor] of Object.entries(run.outputs)) {
      const actual = got.get(name);
      const expected = loaded.tensors.get(tensor)!;
      checks.push({
        tensor,
        error: actual ? goldenError(actual, expected, loaded.case.tolerance) : Infinity,
      });
    }
  }
  return checks;
}

function refuses(run: () => void): number {
  try {
    run();
  } catch {
    return 0;
  }
  return Infinity;
}

function stylegan1Run(network: StyleGAN1, run: GoldenRun, loaded: LoadedCase, record: Recorder): void {
  const { args } = run;
  const lod: number = args.lod ?? args.lod_buffer ?? 0;
  let ws: Tensor3D;
  if (run.inputs.wp) ws = input(loaded, run.inputs.wp) as Tensor3D;
  else {
    const label = run.inputs.label ? (input(loaded, run.inputs.label) as Tensor2D) : null;
    ws = network.map(input(loaded, run.inputs.z!) as Tensor2D, label, (name, output) => {
      record(`layers/mapping.${name}`, output);
      if (name === "norm") record("z_normalized", output);
      if (name === "embedding") record("embedding", output);
      if (name === `dense${(loaded.case.config.mapping_layers ?? 8) - 1}`) {
        record("w", output);
        if (args.call === "train_forward")
          record("w_avg_after", updateWAverage(network.wAverage as tf.Tensor1D, output, args.w_moving_decay));
      }
    });
    if (args.call === "train_forward" && args.mixing_uniform < args.style_mixing_prob) {
      const other = network.map(input(loaded, run.inputs.new_z!) as Tensor2D, label);
      ws = mixStyles(ws, other, { cutoff: args.mixing_cutoff });
    }
    if (args.trunc_psi !== undefined)
      ws = truncate(ws, network.wAverage, {
        psi: args.trunc_psi,
        cutoff: args.trunc_layers,
        extrapolate: false,
      });
    record("wp", ws);
  }
  for (const { name, role, w } of network.layers)
    if (role === "layer") record(`style${String(w).padStart(2, "0")}`, network.style(name, ws));
  const options: SynthesisOptions = { lod, inner: () => true, ...givenNoise(run, loaded) };
  const image = drive(network.synthesis(ws, options), {
    onStep: ({ name, tensor }) => {
      // the official modules: `blur` is the identity where nothing is upsampled, so it gives what `conv` is
      const [layer, inner] = name.split(".");
      const official = inner === "conv" ? "blur" : inner === "noise" ? "apply_noise" : inner;
      record(`layers/synthesis.${layer}${official ? `.${official}` : ""}`, tensor);
    },
  })!;
  record("image", image);
}

function stylegan2Run(network: StyleGAN2, run: GoldenRun, loaded: LoadedCase, record: Recorder): void {
  const { args } = run;
  let ws: Tensor3D;
  if (run.inputs.ws) ws = input(loaded, run.inputs.ws) as Tensor3D;
  else {
    const label = (name: string | undefined) => (name ? (input(loaded, name) as Tensor2D) : null);
    const look = (name: string, output: Tensor) => record(`layers/mapping.${name}`, output);
    const truncation = { psi: args.truncation_psi ?? 1, cutoff: args.truncation_cutoff ?? null };
    ws = network.map(input(loaded, run.inputs.z!) as Tensor2D, label(run.inputs.c), look);
    ws = truncate(ws, network.wAverage, truncation);
    if (args.call === "mix") {
      const z2 = input(loaded, run.inputs.z2!) as Tensor2D;
      const other = network.map(z2, label(run.inputs.c2 ?? run.inputs.c));
      ws = mixStyles(ws, truncate(other, network.wAverage, truncation), { cutoff: args.mix_cutoff });
    }
    record("ws", ws);
  }
  if (args.call === "mapping") return;
  for (const { name, styleChannels, role } of network.layers)
    if (styleChannels && role !== "inner") record(`layers/synthesis.${name}.affine`, network.style(name, ws));
  const mode = args.noise_mode ?? "const";
  const options: SynthesisOptions = {
    ...(mode === "random" ? givenNoise(run, loaded) : { noise: { mode } }),
    ...(args.fused_modconv === undefined ? {} : { fused: args.fused_modconv }),
  };
  const image = drive(network.synthesis(ws, options), {
    onStep: ({ name, tensor }) => {
      record(`layers/synthesis.${name}`, tensor);
      if (name.endsWith(".conv1")) record(`layers/synthesis.${name.replace("conv1", "x")}`, tensor); // a block's output
    },
  })!;
  record("img", image);
}

function givenNoise(run: GoldenRun, loaded: LoadedCase): SynthesisOptions {
  const names = run.inputs.noise as unknown as string[] | undefined;
  return names
    ? { noise: { mode: "given", maps: names.map((name) => input(loaded, name) as Tensor4D) } }
    : {};
}

/** A stored tensor in this project's layout. */
function input(loaded: LoadedCase, name: string): Tensor {
  const { shape, data } = loaded.tensors.get(name)!;
  const tensor = tf.tensor(data, [...shape]);
  return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
}

function officialShape({ shape }: Tensor): number[] {
  return shape.length === 4 ? [shape[0]!, shape[3]!, shape[1]!, shape[2]!] : [...shape];
}

function officialData(tensor: Tensor): Float32Array {
  return tf
    .tidy(() => (tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tensor).dataSync() as Float32Array)
    .slice();
}
