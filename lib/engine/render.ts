import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { checkExperiment } from "../experiment/checkExperiment.js";
import type { Experiment } from "../experiment/experiment.js";
import { innerTapsOf, synthesisHooks, tapVisitor } from "../networks/interventions.js";
import type { Layer } from "../networks/layer.js";
import type { SynthesisOptions } from "../networks/network.js";
import { driveAsync } from "../networks/run.js";
import { tap as tapNamed, type Tap } from "../networks/tap.js";
import type { Meter } from "../webgpu/meter.js";
import { firstAffectedLayer, firstRecomputedLayer } from "./affected.js";
import type { EngineModel } from "./engineModel.js";
import { EngineFailure } from "./failure.js";
import { growthTaps, growthView } from "./growthViews.js";
import { fitBudget, KeptPass, ownName, RESULT, tapOf } from "./keptPass.js";
import { isPathWant, pathView } from "./pathViews.js";
import { planPass, type PassPlan } from "./plan.js";
import type { Measure, Progress, View, Want } from "./protocol.js";
import { modulationInput, modulationView } from "./modulationView.js";
import { isPreview, Service } from "./service.js";
import { Stopwatch } from "./stopwatch.js";
import { stylesView } from "./views.js";

/** Passes kept per model: a figure that compares two experiments goes back and forth between them. */
const MOST_PASSES = 3;

export interface RenderEffects {
  readonly send: (view: View) => void;
  readonly progress: (progress: Progress) => void;
  readonly signal: AbortSignal;
  /** Waits for the device between layers. */
  readonly settle: () => Promise<void>;
  /** Bytes of feature maps that may be kept after the pass. */
  readonly budget: number;
  readonly measure?: Measure;
  readonly meter?: Meter;
}

/**
 * Serves all wants of one experiment.
 *
 * 1. Refuses an experiment that the model cannot run, with a sentence for each reason.
 * 2. Serves what is kept of earlier passes with the same feature maps.
 * 3. Runs a pass for the rest: from the last kept layer before the first change, to the last tap wanted. Where the first
 *    change is an intervention on a kept map, from there. Views are sent as soon as their tap has run; weights are waited
 *    for block by block.
 * 4. Keeps the feature maps of the pass within the budget.
 *
 * @throws {EngineFailure} "bad-experiment"; the signal's reason; whatever the device throws
 */
export async function render(
  model: EngineModel,
  experiment: Experiment,
  wants: readonly Want[],
  effects: RenderEffects,
): Promise<void> {
  check(model, experiment, wants);
  const service = new Service(wants, effects.send, {
    pictureAt: (resolution) => pictureTap(model, resolution),
    inputOf: (layer) => modulationInput(model, layer),
    async modulationView(want, input) {
      const { resolution } = model.network.layers[model.indexOf(want.layer)]!;
      await load(model, resolution, effects);
      return modulationView(model, experiment, want, input);
    },
    growthTaps: (want) => growthTaps(model, experiment, want),
    growthView: (want, taps) => growthView(model, experiment, want, taps),
  });
  try {
    await serve(model, experiment, wants, service, effects);
  } finally {
    service.dispose();
  }
}

async function serve(
  model: EngineModel,
  experiment: Experiment,
  wants: readonly Want[],
  service: Service,
  effects: RenderEffects,
): Promise<void> {
  const { network } = model;
  const affectedBy = (pass: KeptPass) => firstAffectedLayer(pass.experiment, experiment, network);
  const usable = effects.measure?.fresh ? [] : model.kept;
  const nearest = usable.reduce<Start | null>((found, pass) => {
    const affected = affectedBy(pass);
    return found && found.affected > affected ? found : { pass, affected };
  }, null);
  const changed = nearest && changedStart(model, experiment, nearest);
  try {
    await serveFrom(changed ?? nearest, model, experiment, wants, service, effects);
  } finally {
    changed?.pass.dispose();
  }
}

/** A kept pass, and the index of the first layer for which it is no longer good. */
interface Start {
  readonly pass: KeptPass;
  readonly affected: number;
}

/**
 * Where a change begins with interventions on a layer's output, which is kept as the layer gave it: a pass up to that
 * layer with them. The layer itself need not run again. Null where it must. The pass is the caller's.
 */
function changedStart(
  { network }: EngineModel,
  experiment: Experiment,
  { pass, affected }: Start,
): Start | null {
  const layer = network.layers[affected];
  if (layer?.resume?.x !== layer?.name || !layer) return null;
  if (firstRecomputedLayer(pass.experiment, experiment, network) <= affected) return null;
  const acts = pass.experiment.interventions.some((one) => "tap" in one && one.tap === layer.name);
  const own = pass.taps.get(acts ? ownName(layer.name) : layer.name);
  if (!own) return null;
  const start = new KeptPass(experiment);
  keepBefore(start, pass, affected, network.layers);
  const replacement = tapVisitor(experiment.interventions)(tapNamed(layer.name, own));
  if (replacement) start.keep(ownName(layer.name), own);
  start.keep(layer.name, replacement ?? own);
  replacement?.dispose();
  return { pass: start, affected: Infinity };
}

/** Takes over what an earlier pass keeps of the layers before one. */
function keepBefore(pass: KeptPass, earlier: KeptPass, affected: number, layers: readonly Layer[]): void {
  const places = new Map(layers.map(({ name }, index) => [name, index]));
  for (const [name, tensor] of earlier.taps)
    if ((places.get(tapOf(name)) ?? Infinity) < affected) pass.keep(name, tensor);
}

async function serveFrom(
  best: Start | null,
  model: EngineModel,
  experiment: Experiment,
  wants: readonly Want[],
  service: Service,
  effects: RenderEffects,
): Promise<void> {
  const { network } = model;
  const { layers } = network;
  const kept = new Set(best?.pass.taps.keys());
  const plan = planPass(layers, service.taps, kept, best?.affected ?? 0, (layer) =>
    mayResume(model, experiment, layer),
  );

  if (service.taps.length > 0) effects.progress({ kind: "pass", ...extentOf(plan, model, experiment.lod) });
  for (const name of plan.ready) {
    best!.pass.wanted.add(name);
    await service.serve(name, best!.pass.taps.get(name)!);
    effects.signal.throwIfAborted();
  }
  const styles = wants.filter((want) => want.kind === "styles");
  const paths = wants.filter(isPathWant);
  if (styles.length === 0 && paths.length === 0 && plan.missing.length === 0) return;

  await load(model, 4, effects);
  const ws = model.latents.wPlus(experiment);
  try {
    const hooks = synthesisHooks(experiment.interventions, network);
    for (const want of styles) {
      for (const layer of want.layers) await load(model, layers[model.indexOf(layer)]!.resolution, effects);
      effects.send(await stylesView(network, ws, want.layers, hooks.editStyle));
    }
    const loadUpTo = (resolution: number) => load(model, resolution, effects);
    for (const want of paths)
      effects.send(await pathView(model, experiment, ws, want, { ...effects, load: loadUpTo }));
    if (plan.missing.length > 0) await run(model, experiment, ws, plan, service, hooks, best, effects);
  } finally {
    ws.dispose();
  }
}

function check(model: EngineModel, experiment: Experiment, wants: readonly Want[]): void {
  const sentences = checkExperiment({ ...experiment, look: { tap: null, channel: null } }, model.report);
  if (sentences.length > 0) throw new EngineFailure("bad-experiment", sentences.join(" "));
  for (const want of wants) {
    const names = want.kind === "statistics" ? want.taps : want.kind === "styles" ? want.layers : [];
    for (const name of names) model.indexOf(name);
    if (want.kind !== "atlas" && want.kind !== "channel" && want.kind !== "droplet") continue;
    const { channels } = model.network.layers[model.indexOf(want.tap)]!;
    if (want.kind === "channel" && !(want.channel >= 0 && want.channel < channels))
      throw new EngineFailure(
        "bad-experiment",
        `Layer ${want.tap} has ${channels} channels; there is no channel ${want.channel}.`,
      );
  }
}

/**
 * StyleGAN1 blends two resolutions at a fractional level of detail, and so a pass must begin at the lower one or
 * before; layers beyond what the level of detail reaches are none to go on from.
 */
function mayResume({ network, report }: EngineModel, { lod }: Experiment, { resolution }: Layer): boolean {
  if (report.family !== "stylegan1") return true;
  const shown = network.resolution / 2 ** Math.floor(lod);
  return Number.isInteger(lod) ? resolution <= shown : resolution <= shown / 2;
}

async function run(
  model: EngineModel,
  experiment: Experiment,
  ws: Tensor3D,
  plan: PassPlan,
  service: Service,
  hooks: Partial<SynthesisOptions>,
  best: Start | null,
  effects: RenderEffects,
): Promise<void> {
  const { network } = model;
  const places = new Map(network.layers.map(({ name }, index) => [name, index]));
  const pass = new KeptPass(experiment);
  if (best) {
    keepBefore(pass, best.pass, best.affected, network.layers);
    for (const name of plan.ready) pass.wanted.add(name);
  }
  model.kept.push(pass);
  const intervene = tapVisitor(experiment.interventions);
  const innerOfWants = innerLayers(service.taps, network.layers);
  const innerOfInterventions = innerTapsOf(experiment.interventions, network.layers);
  const { lod, noise } = experiment;
  const changed = new Set(experiment.interventions.flatMap((one) => ("tap" in one ? [one.tap] : [])));
  const source = plan.from?.resume;
  const count = network.layers.length;
  const watch = new Stopwatch(effects);

  const onStep = async (tap: Tap): Promise<Tensor4D | undefined> => {
    const replacement = intervene(tap) ?? undefined;
    const tensor = replacement ?? tap.tensor;
    const lap = await watch.lap();
    if (replacement) pass.keep(ownName(tap.name), tap.tensor);
    pass.keep(tap.name, tensor);
    fitBudget(model.kept, effects.budget); // all of a large network's maps do not fit a device at once
    if (service.wants(tap.name)) pass.wanted.add(tap.name);
    try {
      await service.serve(tap.name, tensor);
      if (isPreview(tap)) await service.preview(tensor, network.resolution);
    } catch (error) {
      replacement?.dispose();
      throw error;
    }
    effects.progress({ kind: "layer", tap: tap.name, index: places.get(tap.name) ?? 0, count, ...lap });
    watch.start();
    return replacement;
  };

  try {
    const picture = await driveAsync(
      network.synthesis(ws, {
        ...hooks,
        noise: noise.mode === "random" ? { mode: "random", seed: noise.seed } : { mode: noise.mode },
        inner: (layer) => innerOfWants.has(layer) || innerOfInterventions(layer),
        unseen: (tap) => !service.wants(tap) && !changed.has(tap),
        ...(network.family === "stylegan1" && {
          lod,
          previews: service.progressive || wantsPictures(service.taps),
        }),
        ...(plan.from && {
          from: {
            name: plan.from.name,
            x: pass.taps.get(source!.x)!,
            img: source!.img === null ? null : pass.taps.get(source!.img)!,
          },
        }),
      }),
      {
        onStep,
        signal: effects.signal,
        ...(plan.until && { until: plan.until }),
        onNeed: async (resolution) => {
          await load(model, resolution, effects);
          watch.start();
        },
      },
    );
    if (picture) {
      effects.progress({ kind: "finish", ...(await watch.lap()) });
      pass.keep(RESULT, picture);
      pass.wanted.add(RESULT);
      picture.dispose();
      await service.serve(RESULT, pass.taps.get(RESULT)!);
    }
  } finally {
    effects.meter?.start(false); // only this pass was to be timed
    while (model.kept.length > MOST_PASSES) model.kept.shift()!.dispose();
    fitBudget(model.kept, effects.budget);
  }
}

/** Which of the model's layers a plan runs, and what it finds kept. */
function extentOf({ ready, missing, from, until }: PassPlan, model: EngineModel, lod: number) {
  const { layers, resolution } = model.network;
  const first = missing.length === 0 ? layers.length : from === null ? 0 : model.indexOf(from.name) + 1;
  const reached = layers.findLastIndex((layer) => layer.resolution <= resolution / 2 ** Math.floor(lod));
  return { first, last: until === null ? reached : model.indexOf(until), kept: ready };
}

/** The tap of a resolution's picture. @throws {EngineFailure} when the network has no such resolution */
function pictureTap({ network }: EngineModel, resolution: number): string {
  if (resolution === network.resolution) return RESULT;
  const pictures = network.layers.filter(({ name, role }) => role === "rgb" && !name.endsWith(".torgb"));
  const found = pictures.find((layer) => layer.resolution === resolution);
  if (found) return found.name;
  const sizes = [...pictures.map((layer) => layer.resolution), network.resolution];
  throw new EngineFailure(
    "bad-experiment",
    `This model makes pictures of ${[...new Set(sizes)].join(", ")} pixels, none of ${resolution}.`,
  );
}

/** Waits for weights, but no longer than somebody wants the result; the download itself goes on. */
async function load(model: EngineModel, resolution: number, { signal }: RenderEffects): Promise<void> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  aborted.catch(() => undefined);
  try {
    await Promise.race([model.load(resolution), aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Layers whose intermediates are wanted. */
function innerLayers(taps: readonly string[], layers: readonly Layer[]): Set<string> {
  return new Set(
    layers.filter(({ name, role }) => role === "inner" && taps.includes(name)).map(({ layer }) => layer),
  );
}

/** StyleGAN1 yields the pictures of the lower resolutions only when asked to. */
function wantsPictures(taps: readonly string[]): boolean {
  return taps.some((name) => name.startsWith("output"));
}
