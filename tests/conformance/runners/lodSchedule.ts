/* eslint-disable @typescript-eslint/no-explicit-any -- tables of the case, as Python wrote them */
import {
  growingLearningRate,
  growingMinibatch,
  lodIterations,
  scheduleAt,
  totalIterations,
  trainingSchedule,
  type LodIteration,
  type LodScheduleOptions,
  type PerResolution,
  type TrainingScheduleOptions,
} from "../../../lib/training/lodSchedule.js";
import { Arguments } from "../arguments.js";
import { failure, type Check, type Runner } from "../runner.js";

type Row = Readonly<Record<string, any>>;

/** Keys of our states by those of the tables. */
const OURS: Readonly<Record<string, string>> = {
  lod: "lod",
  resolution: "resolution",
  batch_size: "minibatch",
  lr_scale: "learningRateScale",
  iter: "iteration",
  seen_img: "shownImages",
  optimizer_reset: "optimizerReset",
  minibatch: "minibatch",
  G_lrate: "generatorLearningRate",
  D_lrate: "discriminatorLearningRate",
  tick_kimg: "tick",
};

/** Compares a row of a table with our state: lod within 1e-9, all else exactly. */
function compareRow(name: string, actual: object, row: Row, but: readonly string[] = []): Check[] {
  return Object.entries(row).flatMap(([key, expected]): Check[] => {
    if (but.includes(key)) return [];
    const own = OURS[key];
    if (own === undefined) return [failure(`${name}/${key}`, "unknown column")];
    const value = (actual as Row)[own];
    if (typeof expected === "boolean" || typeof value === "boolean")
      return value === expected
        ? [{ name: `${name}/${key}`, error: 0, allowed: 0 }]
        : [failure(`${name}/${key}`, `${value} where ${expected} is expected`)];
    const allowed = key === "lod" ? 1e-9 : key.endsWith("_lrate") ? 1e-15 : 0;
    return [{ name: `${name}/${key}`, error: Math.abs(value - expected), allowed }];
  });
}

function optionsOf(settings: Row): LodScheduleOptions & { readonly tableOnly: boolean } {
  const args = new Arguments(settings);
  const config = new Arguments(args.any("config") as Row);
  const base = args.number("batch_size");
  const byResolution = (name: string) => config.any(name) as Record<string, number> | undefined;
  const [batches, rates] = [byResolution("batch_size_schedule"), byResolution("lr_schedule")];
  const options = {
    resolution: args.number("resolution"),
    initialResolution: config.number("init_res", 4),
    trainingImages: config.number("lod_training_img", 600_000),
    transitionImages: config.number("lod_transition_img", 600_000),
    totalImages: args.number("total_img"),
    devices: args.number("world_size", 1),
    minibatchRepeats: config.number("minibatch_repeats", 4),
    minibatch: (size: number) => (batches ? (batches[`res${size}`] ?? base) : growingMinibatch(size, base)),
    learningRateScale: (size: number) => (rates ? (rates[`res${size}`] ?? 1) : growingLearningRate(size)),
    tableOnly: args.boolean("table_only", false),
  };
  args.finish();
  config.finish();
  return options;
}

function checkSchedule(name: string, schedule: Row): Check[] {
  const options = optionsOf(schedule["settings"]);
  const checks = (schedule["table"] as Row[]).flatMap((row) =>
    compareRow(
      `${name}/table`,
      { ...scheduleAt(row["seen_img"], options), shownImages: row["seen_img"] },
      row,
    ),
  );
  const total = Math.abs(totalIterations(options) - schedule["total_iters"]);
  checks.push({ name: `${name}/total_iters`, error: total, allowed: 0 });
  if (schedule["simulation"]) checks.push(...checkSimulation(name, options, schedule["simulation"]));
  return checks;
}

function checkSimulation(name: string, options: LodScheduleOptions, simulation: Row): Check[] {
  const listed = new Map<number, Row>();
  for (const row of simulation["changes"] as Row[]) listed.set(row["iter"], row);
  const samples = new Map((simulation["samples"] as Row[]).map((row) => [row["iter"], row]));
  const first = (simulation["changes"] as Row[])[0]!;
  const checks: Check[] = [];
  let before: LodIteration | null = null;
  let shown = 0;
  let firstScale = 1;
  for (const now of lodIterations(options)) {
    if (before === null) firstScale = now.learningRateScale;
    const label = `${name}/iteration ${now.iteration}`;
    const row = listed.get(now.iteration);
    if (row) {
      checks.push(...compareRow(label, now, row, ["base_lrs"]));
      for (const [network, rates] of Object.entries(row["base_lrs"] as Record<string, number[]>))
        rates.forEach((rate, i) => {
          const base = first["base_lrs"][network][i] / firstScale;
          const error = Math.abs(base * now.learningRateScale - rate);
          checks.push({ name: `${label}/${network}`, error, allowed: 1e-15 });
        });
    } else if (before && changed(before, now)) checks.push(failure(label, "a change the case has not"));
    const sample = samples.get(now.iteration);
    if (sample) checks.push(...compareRow(label, now, sample));
    listed.delete(now.iteration);
    samples.delete(now.iteration);
    before = now;
    shown = now.shownImages + now.minibatch * (options.devices ?? 1);
  }
  for (const iteration of [...listed.keys(), ...samples.keys()])
    checks.push(failure(`${name}/iteration ${iteration}`, "the run ends before"));
  const error = Math.abs(shown - simulation["final_seen_img"]);
  checks.push({ name: `${name}/final_seen_img`, error, allowed: 0 });
  return checks;
}

function changed(a: LodIteration, b: LodIteration): boolean {
  return (
    Math.floor(a.lod) !== Math.floor(b.lod) ||
    a.resolution !== b.resolution ||
    a.minibatch !== b.minibatch ||
    a.optimizerReset !== b.optimizerReset
  );
}

function checkTrainingSchedule(name: string, schedule: Row): Check[] {
  const args = new Arguments(schedule["args"]);
  const perResolution = (what: string, preset: number): PerResolution => ({
    base: args.number(`${what}_base`, preset),
    at: (args.any(`${what}_dict`) as Record<number, number> | undefined) ?? {},
  });
  const options: TrainingScheduleOptions = {
    resolution: 2 ** args.number("resolution_log2"),
    initialResolution: args.number("lod_initial_resolution", 4),
    trainingImages: 1000 * args.number("lod_training_kimg", 600),
    transitionImages: 1000 * args.number("lod_transition_kimg", 600),
    minibatch: perResolution("minibatch", 16),
    generatorLearningRate: perResolution("G_lrate", 0.001),
    discriminatorLearningRate: perResolution("D_lrate", 0.001),
    rampUpImages: 1000 * args.number("lrate_rampup_kimg", 0),
    devices: args.number("num_gpus", 1),
    ...(args.has("tick_kimg_dict") || args.has("tick_kimg_base")
      ? { tick: perResolution("tick_kimg", 160) }
      : {}),
  };
  args.finish();
  return (schedule["table"] as Row[]).flatMap((row) =>
    compareRow(name, trainingSchedule(row["cur_nimg"], options), row, ["cur_nimg"]),
  );
}

export const runners: Runner[] = [
  {
    name: "progressive growing's schedule",
    accepts: ({ kind }) => kind === "sg1-lod-schedule",
    async run({ case: description }) {
      const schedules = (description["schedules"] ?? []) as Row[];
      const originals = (description["tf_schedules"] ?? []) as Row[];
      return [
        ...schedules.flatMap((schedule, i) => checkSchedule(`schedule ${i}`, schedule)),
        ...originals.flatMap((schedule, i) => checkTrainingSchedule(`TensorFlow schedule ${i}`, schedule)),
      ];
    },
  },
];
