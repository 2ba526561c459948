import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Experiment } from "../experiment/experiment.js";
import { latentOfSeed } from "../experiment/seedLattice.js";
import { lerp, slerp } from "../measure/interpolation.js";
import { pathLengthOf, rowLengths } from "../measure/pathLengths.js";
import { asPicture, differencePicture } from "../measure/pictureSteps.js";
import { valuesOf } from "../measure/readback.js";
import { pullBack, type PulledBack, type PullBackStep } from "../networks/pullBack.js";
import { driveAsync, nextTurn } from "../networks/run.js";
import { StyleGAN2 } from "../networks/stylegan2.js";
import { hashNormal } from "../random/hashNormal.js";
import { seedToZ } from "../random/seedToZ.js";
import type { EngineModel } from "./engineModel.js";
import { EngineFailure } from "./failure.js";
import { classLabel } from "./latents.js";
import type { PathAnswer, PathPlace, PathView, PathWant } from "./pathProtocol.js";
import type { Progress } from "./protocol.js";

type Of<Kind extends PathWant["kind"]> = Extract<PathWant, { kind: Kind }>;

/** What views of paths need of a render. */
export interface PathEffects {
  readonly progress: (progress: Progress) => void;
  readonly signal: AbortSignal;
  /** Waits for the device between layers. */
  readonly settle: () => Promise<void>;
  /** Waits for a resolution's weights. */
  readonly load: (resolution: number) => Promise<void>;
}

/** Size of the whole step from before to behind w+, where the answer is taken: a hundredth of a unit of w. */
const ANSWER_STEP = 0.02;

/** Least time between two turns given to others, and two reports, while layers are small; in ms. */
const TURN = 25;

/** From this resolution on a layer is work enough for a graphics device to be waited for after each one. */
const HEAVY = 32;

/** Pixels of all pictures that are pulled back in one pass: bounds its memory. */
const PIXELS_TOGETHER = 2 ** 16;

export function isPathWant(want: { readonly kind: string }): want is PathWant {
  return ["pathLength", "pathLengths", "pathStep", "wDistances"].includes(want.kind);
}

/** @throws {EngineFailure} for a model that has no picture at each resolution, or not at the one asked for */
export async function pathView(
  model: EngineModel,
  experiment: Experiment,
  ws: Tensor3D,
  want: PathWant,
  effects: PathEffects,
): Promise<PathView> {
  if (want.kind === "wDistances") return distancesView(model, experiment, want);
  const network = skipNetwork(model, want.resolution);
  const change = experiment.interventions.find(({ kind }) => kind !== "plane" && kind !== "swapStyle");
  if (change)
    throw new EngineFailure(
      "bad-experiment",
      `Path lengths are those of the network as it is; take the intervention ${change.kind} away.`,
    );
  if (want.kind === "pathLengths") return pathLengthsView(model, network, experiment, want, effects);
  return want.kind === "pathLength"
    ? pathLengthView(network, experiment, ws, want, effects)
    : pathStepView(network, experiment, want, effects);
}

/** A random image direction: normal noise over the square root of the number of pixels, [1, R, R, C]. */
export function imageDirection(seed: number, resolution: number, channels: number): Tensor4D {
  const noise = hashNormal(`image direction ${seed}`, resolution * resolution * channels, 0, 1 / resolution);
  return tf.tensor4d(noise, [1, resolution, resolution, channels]);
}

async function pathLengthView(
  network: StyleGAN2,
  experiment: Experiment,
  ws: Tensor3D,
  want: Of<"pathLength">,
  effects: PathEffects,
): Promise<PathView> {
  const { resolution, directions } = want;
  const { noise } = experiment;
  const ys = directions.map((seed) => imageDirection(seed, resolution, network.config.img_channels));
  let pulled: PulledBack | null = null;
  try {
    const steps = pullBack(network, ws, ys, { resolution, noise: noise.mode === "random" ? { mode: "random", seed: noise.seed } : { mode: noise.mode } }); // prettier-ignore
    pulled = await driveBack(network, steps, resolution, directions.length, effects);
    const width = network.wDim;
    const rows = await Promise.all(
      pulled.gradients.map(async (product) => rowLengths(await valuesOf(product), width)),
    );
    const answer =
      want.answer && ys[0]
        ? await answerOf(network, experiment, ws, ys[0], pulled, resolution, effects)
        : null;
    return {
      kind: "pathLength",
      resolution,
      directions,
      lengths: Float32Array.from(rows, (lengths) => pathLengthOf(lengths)),
      rows: Float32Array.from(rows.flatMap((lengths) => [...lengths])),
      answer,
    };
  } finally {
    tf.dispose(ys);
    if (pulled) tf.dispose([pulled.picture, ...pulled.gradients]);
  }
}

async function pathLengthsView(
  model: EngineModel,
  network: StyleGAN2,
  experiment: Experiment,
  { resolution, directions, places }: Of<"pathLengths">,
  effects: PathEffects,
): Promise<PathView> {
  if (experiment.noise.mode === "random")
    throw new EngineFailure(
      "bad-experiment",
      "Path lengths of many places are measured with stored noise or none.",
    );
  const count = directions.length;
  const together = Math.max(1, Math.floor(PIXELS_TOGETHER / (count * resolution ** 2)));
  const { wDim } = network;
  const lengths: number[] = [];
  const ys: Tensor4D = tf.tidy(() =>
    tf.concat(directions.map((seed) => imageDirection(seed, resolution, network.config.img_channels))),
  );
  try {
    for (let from = 0; from < places.length; from += together) {
      const some = places.slice(from, from + together);
      // a place after another, each once for every direction
      const ws: Tensor3D = tf.tidy(() =>
        tf.concat(some.map((place) => tf.tile(wOfPlace(model, experiment, place), [count, 1, 1]))),
      );
      const y = tf.tile(ys, [some.length, 1, 1, 1]);
      let pulled: PulledBack | null = null;
      try {
        const steps = pullBack(network, ws, [y], { resolution, noise: { mode: experiment.noise.mode } });
        pulled = await driveBack(network, steps, resolution, 1, effects);
        const values = await valuesOf(pulled.gradients[0]!);
        const size = values.length / (some.length * count);
        for (let i = 0; i < some.length; i++) {
          const own = Array.from({ length: count }, (_, k) =>
            pathLengthOf(
              rowLengths(values.subarray((i * count + k) * size, (i * count + k + 1) * size), wDim),
            ),
          );
          lengths.push(pathLengthOf(own));
        }
      } finally {
        tf.dispose([ws, y]);
        if (pulled) tf.dispose([pulled.picture, ...pulled.gradients]);
      }
    }
  } finally {
    ys.dispose();
  }
  return { kind: "pathLengths", resolution, lengths: Float32Array.from(lengths) };
}

/** w+ of a place, [1, L, D]. @throws {EngineFailure} for a point of a plane that the experiment does not have */
function wOfPlace({ latents }: EngineModel, experiment: Experiment, place: PathPlace): Tensor3D {
  if ("seed" in place) {
    const latent = latentOfSeed(place.seed);
    return latents.wPlus({ ...experiment, latent, mixing: null, interventions: [] });
  }
  if (!experiment.interventions.some(({ kind }) => kind === "plane"))
    throw new EngineFailure("bad-experiment", "A point of a plane needs the three seeds that span it.");
  const interventions = experiment.interventions.map((one) =>
    one.kind === "plane" ? { ...one, ...place } : one,
  );
  return latents.wPlus({ ...experiment, interventions });
}

/** Runs a pull-back layer by layer, giving way between them. */
async function driveBack(
  network: StyleGAN2,
  steps: ReturnType<typeof pullBack>,
  resolution: number,
  directions: number,
  effects: PathEffects,
): Promise<PulledBack> {
  const { signal, load } = effects;
  const reached = network.layers.filter((layer) => layer.role !== "inner" && layer.resolution <= resolution);
  const back = reached.filter(({ name }) => !name.endsWith(".img"));
  const count = reached.length + directions * back.length;
  const pace = createPace(count, resolution >= HEAVY, effects);
  try {
    for (;;) {
      signal.throwIfAborted();
      const step = steps.next();
      if (step.done) return step.value;
      if (step.value.kind === "need") await load(step.value.resolution);
      else await pace(labelOf(step.value));
    }
  } finally {
    steps.return(undefined as never);
  }
}

/**
 * To be called after each layer: waits for the device, reports, and gives way. Small networks take a millisecond a
 * layer and are run hundreds of times; for them it does so now and then only.
 */
function createPace(count: number, heavy: boolean, { progress, settle }: PathEffects) {
  let index = 0;
  let started = performance.now();
  return async (tap: string): Promise<void> => {
    const place = index++;
    if (!heavy && performance.now() - started < TURN) return;
    await settle();
    progress({ kind: "layer", tap, index: place, count, milliseconds: performance.now() - started });
    await nextTurn();
    started = performance.now();
  };
}

const labelOf = ({ name, way }: PullBackStep) => (way === "back" ? `${name} backwards` : name);

/** The picture's answer to a step along the first product, by pictures before and behind. */
async function answerOf(
  network: StyleGAN2,
  experiment: Experiment,
  ws: Tensor3D,
  y: Tensor4D,
  { picture, gradients }: PulledBack,
  resolution: number,
  effects: PathEffects,
): Promise<PathAnswer> {
  const [product] = gradients;
  const squared = await numberOf(() => tf.sum(tf.square(product!)));
  const length = Math.sqrt(squared);
  const made: Tensor4D[] = [];
  try {
    // at a w+ without any influence there is nowhere to go
    const part = length > 0 ? ANSWER_STEP / length : 0;
    for (const side of [-0.5, 0.5]) {
      const moved = tf.tidy(() => {
        const missing = ws.shape[1] - product!.shape[1];
        const all = tf.pad(product!, [[0, 0], [0, missing], [0, 0]]); // prettier-ignore
        return tf.add<Tensor3D>(ws, tf.mul(all, side * part));
      });
      try {
        made.push(await pictureOf(network, moved, resolution, experiment.noise, effects));
      } finally {
        moved.dispose();
      }
    }
    const [before, behind] = made as [Tensor4D, Tensor4D];
    const measured = await numberOf(() => tf.sum(tf.mul(tf.sub(behind, before), y)));
    return {
      direction: await differencePicture(null, y),
      picture: await asPicture(picture),
      response: await differencePicture(before, behind),
      step: ANSWER_STEP,
      predicted: squared * part,
      measured,
    };
  } finally {
    tf.dispose(made);
  }
}

async function pathStepView(
  network: StyleGAN2,
  experiment: Experiment,
  { space, from, to, t, epsilon, resolution }: Of<"pathStep">,
  effects: PathEffects,
): Promise<PathView> {
  if (!(epsilon > 0)) throw new RangeError(`epsilon ${epsilon} is no step; give a number above 0`);
  const { zDim } = network;
  const ends = [seedToZ(from, zDim), seedToZ(to, zDim)] as const;
  const label = classLabel(network, experiment.classIndex);
  const points: Tensor3D[] = [];
  const pictures: Tensor4D[] = [];
  const map = (z: Float32Array) => tf.tidy(() => network.map(tf.tensor2d(z, [1, zDim]), label));
  try {
    if (space === "z") points.push(...[t, t + epsilon].map((at) => map(slerp(...ends, at))));
    else {
      const shape: [number, number, number] = [1, network.numWs, network.wDim];
      const [a, b] = await Promise.all(ends.map(async (z) => {
        const ws = map(z);
        try {
          return await valuesOf(ws);
        } finally {
          ws.dispose();
        }
      })); // prettier-ignore
      points.push(...[t, t + epsilon].map((at) => tf.tensor3d(lerp(a!, b!, at), shape)));
    }
    pictures.push(...(await picturesOf(network, points, resolution, experiment.noise, effects)));
    const squared = await numberOf(() => tf.mean(tf.squaredDifference(pictures[1]!, pictures[0]!)));
    return { kind: "pathStep", space, distance: squared / epsilon ** 2 };
  } finally {
    tf.dispose([...points, ...pictures]);
    label?.dispose();
  }
}

async function distancesView(
  { latents, network }: EngineModel,
  experiment: Experiment,
  { seeds }: Of<"wDistances">,
): Promise<PathView> {
  const points: Float32Array[] = [];
  for (const seed of seeds) {
    const ws = latents.wPlus({ ...experiment, latent: latentOfSeed(seed), mixing: null, interventions: [] });
    try {
      points.push((await valuesOf(ws)).subarray(0, network.wDim));
    } finally {
      ws.dispose();
    }
  }
  const distances = points.flatMap((a) =>
    points.map((b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0))),
  );
  return { kind: "wDistances", seeds, distances: Float32Array.from(distances) };
}

/**
 * The RGB of a resolution at several w+, which is the caller's. In one pass, as small ones are mostly overhead; drawn
 * noise is another for each picture of a pass, so with it they go one by one.
 */
async function picturesOf(
  network: StyleGAN2,
  points: readonly Tensor3D[],
  resolution: number,
  noise: Experiment["noise"],
  effects: PathEffects,
): Promise<Tensor4D[]> {
  if (noise.mode === "random") {
    const pictures: Tensor4D[] = [];
    for (const ws of points) pictures.push(await pictureOf(network, ws, resolution, noise, effects));
    return pictures;
  }
  const together = tf.concat([...points]);
  let all: Tensor4D | null = null;
  try {
    all = await pictureOf(network, together, resolution, noise, effects);
    return tf.split(all, points.length);
  } finally {
    together.dispose();
    all?.dispose();
  }
}

/** The RGB of a resolution, which is the caller's. */
async function pictureOf(
  network: StyleGAN2,
  ws: Tensor3D,
  resolution: number,
  { mode, seed }: Experiment["noise"],
  effects: PathEffects,
): Promise<Tensor4D> {
  const last = `b${resolution}.img`;
  const count = network.layers.filter(
    (layer) => layer.role !== "inner" && layer.resolution <= resolution,
  ).length;
  const pace = createPace(count, resolution >= HEAVY, effects);
  let picture: Tensor4D | null = null;
  const full = await driveAsync(
    network.synthesis(ws, { noise: mode === "random" ? { mode, seed } : { mode } }),
    {
      signal: effects.signal,
      until: last,
      onNeed: effects.load,
      breathe: () => Promise.resolve(), // the pace does
      async onStep({ name, tensor }) {
        await pace(name);
        if (name === last) picture = tensor.clone();
      },
    },
  );
  full?.dispose();
  return picture!;
}

function skipNetwork({ network, report }: EngineModel, resolution: number): StyleGAN2 {
  if (!(network instanceof StyleGAN2) || (network.config.synthesis_kwargs?.architecture ?? "skip") !== "skip")
    throw new EngineFailure(
      "bad-experiment",
      `Path lengths are measured on StyleGAN2 with skips, which makes a picture at each resolution; ${report.title} is another network.`,
    );
  if (network.layers.some(({ name }) => name === `b${resolution}.img`)) return network;
  throw new EngineFailure(
    "bad-experiment",
    `${report.title} makes no picture of ${resolution} pixels; choose a power of two up to ${network.resolution}.`,
  );
}

async function numberOf(compute: () => tf.Tensor): Promise<number> {
  const result = tf.tidy(compute);
  try {
    return (await result.data())[0]!;
  } finally {
    result.dispose();
  }
}
