import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { dropletOf } from "../measure/droplets.js";
import { pictureBytes } from "../measure/picture.js";
import { valuesOf } from "../measure/readback.js";
import { instanceNorm } from "../ops/instanceNorm.js";
import {
  contrastBatch,
  contrastPictures,
  oneContrastLoss,
  shownAmplitudes,
  type Contrast,
  type ContrastBatch,
} from "../training/contrastTask.js";
import { TINY_LAYERS } from "../training/tinyPlan.js";
import { meanAbsoluteError, withoutSpikes, type TinyTraining } from "../training/tinyTraining.js";
import { HELD_OUT } from "./trainerProtocol.js";
import type { NormalisedMap, TaskView, TrainingLook, TrainingRecord } from "./trainerProtocol.js";

/** Latents whose pictures are shown, as amplitude and direction: where contrast varies, one direction ever stronger. */
const SHOWN: Readonly<
  Record<Contrast, readonly (readonly [amplitude: number, direction: readonly number[]])[]>
> = {
  varying: [0.15, 0.4, 0.7, 1].map((a) => [a, [0.6, 0.64, 0.48]]),
  one: [
    [0.55, [1, 0, 0]],
    [0.55, [0, 0.8, -0.6]],
    [0.55, [-0.6, 0, 0.8]],
    [0.55, [0.6, 0.64, 0.48]],
  ],
};
/** What lies further out than this many standard deviations is painted out; no picture of the task does. */
export const SPIKE_LIMIT = 3;

/** The latents that runs of one kind of task are measured on and shown for. */
export class TrainingTask {
  readonly heldOut: ContrastBatch;
  readonly shown: { readonly z: Tensor2D; readonly pictures: Tensor4D };

  constructor(readonly contrast: Contrast) {
    this.heldOut = contrastBatch("held out", HELD_OUT, contrast);
    this.shown = contrastPictures(
      Float32Array.from(SHOWN[contrast].flatMap(([a, u]) => u.map((x) => a * x))),
    );
  }

  async view(): Promise<TaskView> {
    return {
      targets: await picturesOf(this.shown.pictures),
      amplitudes: SHOWN[this.contrast].map(([amplitude]) => amplitude),
      oneContrastLoss: await oneContrastLoss(this.heldOut),
    };
  }

  /** Loss and droplet scores of a run as it stands. */
  async record(run: TinyTraining): Promise<TrainingRecord> {
    const maps: Tensor4D[] = [];
    const made = run.generate(this.heldOut.z, (_, x) => (maps.push(tf.keep(x.clone())), x));
    const loss = tf.tidy(() => meanAbsoluteError(made, this.heldOut.pictures));
    try {
      const scores: number[] = [];
      for (const map of maps) scores.push(await meanScore(map));
      return { step: run.steps, loss: (await loss.data())[0]!, scores };
    } finally {
      tf.dispose([made, loss, ...maps]);
    }
  }

  /** Pictures, feature maps and amplitudes of a run as it stands. */
  async look(run: TinyTraining): Promise<TrainingLook> {
    const maps: Tensor4D[] = [];
    const strongest = tf.slice(this.shown.z, [SHOWN[this.contrast].length - 1, 0], [1, -1]);
    const pictures = run.generate(this.shown.z);
    const again = run.generate(strongest, (_, x) => (maps.push(tf.keep(x.clone())), x));
    const made = run.generate(this.heldOut.z);
    const without = run.generate(this.heldOut.z, (_, x) => withoutSpikes(x, SPIKE_LIMIT));
    try {
      return {
        step: run.steps,
        pictures: await picturesOf(pictures),
        maps: await Promise.all(maps.map((map, i) => highestChannel(TINY_LAYERS[i]!.name, map))),
        asked: this.heldOut.amplitudes.slice(),
        shown: await shownAmplitudes(made, this.heldOut),
        shownWithout: await shownAmplitudes(without, this.heldOut),
      };
    } finally {
      tf.dispose([strongest, pictures, again, made, without, ...maps]);
    }
  }

  dispose(): void {
    tf.dispose([this.heldOut.z, this.heldOut.pictures, this.shown.z, this.shown.pictures]);
  }
}

/** The droplet score, mean over a batch. @param x [N, H, W, C] */
async function meanScore(x: Tensor4D): Promise<number> {
  const [count, h, w] = x.shape;
  const scores = tf.tidy(() => {
    const deviation = tf.mean(tf.square(instanceNorm(x)), 3); // [N, H, W]
    return tf.sqrt(tf.max(tf.reshape(deviation, [count, h * w]), 1));
  });
  try {
    const values = await scores.data();
    return Array.from(values).reduce((sum, value) => sum + value, 0) / count;
  } finally {
    scores.dispose();
  }
}

/** The channel with the highest peak, normalised. @param x [1, H, W, C] */
async function highestChannel(layer: string, x: Tensor4D): Promise<NormalisedMap> {
  const [, height, width, channels] = x.shape;
  const { statistics } = await dropletOf(x);
  const channel = statistics.peak.indexOf(Math.max(...statistics.peak));
  const all = await valuesOf(x);
  const { [channel]: mean = 0 } = statistics.mean;
  const { [channel]: std = 1 } = statistics.std;
  let at = 0;
  const values = Float32Array.from({ length: width * height }, (_, p) =>
    std > 0 ? (all[p * channels + channel]! - mean) / std : 0,
  );
  for (let p = 0; p < values.length; p++) if (Math.abs(values[p]!) > Math.abs(values[at]!)) at = p;
  const place = [((at % width) + 0.5) / width, (Math.floor(at / width) + 0.5) / height] as const;
  return { layer, channel, width, height, values, peak: Math.abs(values[at]!), place };
}

async function picturesOf(batch: Tensor4D): Promise<Uint8ClampedArray<ArrayBuffer>[]> {
  const [count, h, w, colours] = batch.shape;
  const pictures: Uint8ClampedArray<ArrayBuffer>[] = [];
  for (let n = 0; n < count; n++) {
    const one = tf.slice(batch, [n, 0, 0, 0], [1, h, w, colours]);
    pictures.push(await pictureBytes(one));
    one.dispose();
  }
  return pictures;
}
