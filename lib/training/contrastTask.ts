import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { hashNormal, hashUniform } from "../random/hashNormal.js";
import { LATENTS, SIDE } from "./tinyPlan.js";

/** Root mean square of each colour in a picture of amplitude 1; its values then stay within -0.85 .. 0.85. */
const RMS = 0.3;
/** The smallest amplitude that is asked for; the largest is 1. */
const LEAST = 0.1;
/** The amplitude of a task that asks for one: the mean of the others. */
const ONE = (1 + LEAST) / 2;

/** Waves of each pattern along x and y, in half periods a picture, and the sign with which each colour shows it. */
const PATTERNS = [
  { x: 1, y: 0, signs: [1, 1, 1] },
  { x: 0, y: 1, signs: [1, -1, 1] },
  { x: 1, y: 1, signs: [1, 1, -1] },
] as const;

/** A batch of the task. */
export interface ContrastBatch {
  /** z = a u, [N, K], with u of length 1. */
  readonly z: Tensor2D;
  /** Pictures to make, [N, 32, 32, 3]. */
  readonly pictures: Tensor4D;
  /** The amplitude a of each, [N]. */
  readonly amplitudes: Float32Array;
}

/** Which amplitudes a task asks for: evenly drawn from 0.1 .. 1, or the same for all pictures. */
export type Contrast = "varying" | "one";

/**
 * A task in which the strength of the signal says something. A latent z = a u has a direction u, drawn evenly from the
 * unit sphere, and an amplitude a, drawn evenly from 0.1 .. 1. The direction says *what* to draw, a mixture of three
 * waves; the amplitude says with *how much contrast*:
 *
 *     picture(z) = sum over k of z[k] * pattern[k] = a * picture(u)
 *
 * The patterns are orthogonal, and equally strong in each colour. So each colour of picture(u) has the same standard
 * deviation whatever u is, and instance normalisation takes from a picture its amplitude and nothing else. With
 * contrast "one" all amplitudes are the same, and it takes nothing.
 *
 * @param key names the batch: equal keys, equal batches
 * @returns tensors that are the caller's
 */
export function contrastBatch(key: string, count: number, contrast: Contrast = "varying"): ContrastBatch {
  const directions = hashNormal(`${key} direction`, count * LATENTS);
  const amplitudes = hashUniform(`${key} amplitude`, count).map((u) =>
    contrast === "one" ? ONE : LEAST + (1 - LEAST) * u,
  );
  const z = new Float32Array(count * LATENTS);
  for (let n = 0; n < count; n++) {
    const u = directions.subarray(n * LATENTS, (n + 1) * LATENTS);
    const length = Math.hypot(...u);
    for (let k = 0; k < LATENTS; k++) z[n * LATENTS + k] = (amplitudes[n]! * u[k]!) / length;
  }
  return { ...contrastPictures(z), amplitudes };
}

/** The pictures that latents ask for. @param latents N latents of three numbers, one after the other */
export function contrastPictures(latents: Float32Array): Pick<ContrastBatch, "z" | "pictures"> {
  const count = latents.length / LATENTS;
  const z = tf.tensor2d(latents, [count, LATENTS]);
  const pictures = tf.tidy(
    () =>
      tf.reshape(tf.matMul(z, tf.tensor2d(ROWS, [LATENTS, SIDE * SIDE * 3])), [
        count,
        SIDE,
        SIDE,
        3,
      ]) as Tensor4D,
  );
  return { z, pictures };
}

/** The patterns, a row each, [K, 32 * 32 * 3]. */
const ROWS = patternRows();

function patternRows(): Float32Array {
  const rows = new Float32Array(LATENTS * SIDE * SIDE * 3);
  const wave = (halves: number, i: number) =>
    halves === 0 ? 1 : Math.SQRT2 * Math.cos((Math.PI * halves * (i + 0.5)) / SIDE); // of root mean square 1
  PATTERNS.forEach(({ x, y, signs }, k) => {
    for (let i = 0; i < SIDE; i++)
      for (let j = 0; j < SIDE; j++) {
        const value = RMS * wave(x, j) * wave(y, i);
        for (let c = 0; c < 3; c++) rows[((k * SIDE + i) * SIDE + j) * 3 + c] = value * signs[c]!;
      }
  });
  return rows;
}

/**
 * The amplitude with which each picture shows what it was asked to show: the a that makes a * picture(u) fit it best,
 * <made, picture(u)> / <picture(u), picture(u)>. A few wrong pixels hardly matter to it.
 *
 * @param made [N, 32, 32, 3]
 * @param asked the pictures asked for, of the given amplitudes
 * @returns [N]
 */
export async function shownAmplitudes(
  made: Tensor4D,
  { pictures, amplitudes }: Pick<ContrastBatch, "pictures" | "amplitudes">,
): Promise<Float32Array> {
  const ratio = tf.tidy(() => {
    const along = tf.sum(tf.mul(made, pictures), [1, 2, 3]);
    return tf.div(along, tf.sum(tf.square(pictures), [1, 2, 3]));
  });
  const values = (await ratio.data<"float32">()) as Float32Array;
  ratio.dispose();
  return values.map((value, n) => value * amplitudes[n]!);
}

/**
 * The least mean absolute error of a generator that gives every direction its right picture, but all of them with one
 * and the same amplitude: the best such amplitude is found by a search in steps of a hundredth.
 */
export async function oneContrastLoss({ pictures, amplitudes }: ContrastBatch): Promise<number> {
  const sizes = tf.tidy(() => tf.mean(tf.abs(pictures), [1, 2, 3]));
  const mean = await sizes.data<"float32">();
  sizes.dispose();
  const loss = (amplitude: number) =>
    amplitudes.reduce((sum, a, n) => sum + (mean[n]! * Math.abs(a - amplitude)) / a, 0) / amplitudes.length;
  return Math.min(...Array.from({ length: 101 }, (_, i) => loss(i / 100)));
}
