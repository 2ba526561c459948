import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { sineOfTurns } from "../ops/sineOfTurns.js";

/** A 3x3 matrix by rows that takes a point of the picture to the point of the signal it shows. */
export type Transform = readonly [
  readonly [number, number, number],
  readonly [number, number, number],
  readonly [number, number, number],
];

/** The Fourier features of StyleGAN3: what is stored, and the canvas they are sampled on. */
export interface FourierInput {
  /** Directions in cycles per unit, [C, 2]. */
  readonly freqs: Tensor2D;
  /** In turns, [C]. */
  readonly phases: Tensor1D;
  /** Mixes the features, [C, C]. */
  readonly weight: Tensor2D;
  /** Side of the canvas in samples. */
  readonly size: number;
  /** Samples per unit. */
  readonly samplingRate: number;
  /** Frequency in cycles per unit from which on features fade; gone at half the sampling rate. */
  readonly bandwidth: number;
}

/**
 * The transform that shows the picture rotated and moved: the inverse of the rotation by `angle` degrees and the
 * translation by (x, y) units of the picture, as the official viewer and `gen_images.py --rotate --translate` have it.
 */
export function pictureTransform(angle: number, [x, y]: readonly [number, number] = [0, 0]): Transform {
  const [c, s] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  // the inverse of [[c, s, x], [-s, c, y], [0, 0, 1]]
  return [
    [c, -s, -(c * x - s * y)],
    [s, c, -(s * x + c * y)],
    [0, 0, 1],
  ];
}

/**
 * StyleGAN3's input: sampled sine waves that move as the style and the reader say.
 *
 * 1. The affine layer's output is (r_c, r_s, t_x, t_y); all four are divided by the length of the first two, which
 *    then are a rotation's cosine and sine.
 * 2. The features are rotated, then translated, then transformed by the reader: M = R T U.
 * 3. Frequencies become f M_2x2, phases get f M_translation.
 * 4. Features whose frequency left the band fade out, linearly up to half the sampling rate.
 * 5. sin(2 pi (f p + phase)) is sampled at every point p of the canvas and mixed by W / sqrt(C).
 *
 * @param affine output of the affine layer, [N, 4]
 * @returns features, [N, size, size, C]
 *
 * Source: Karras et al. 2021, sections 3.1 and 3.2 (configurations B and H) and appendix F.1.
 */
export function fourierFeatures(
  input: FourierInput,
  affine: Tensor2D,
  transform: Transform | null = null,
): Tensor4D {
  const { freqs, phases, weight, size, samplingRate, bandwidth } = input;
  const channels = phases.shape[0];
  const batch = affine.shape[0];
  return tf.tidy(() => {
    const matrix = motion(affine, transform); // [N, 2, 3]
    const perSample = tf.matMul(tf.tile(tf.expandDims(freqs, 0), [batch, 1, 1]), matrix) as Tensor3D; // [N, C, 3]
    const moved = tf.slice(perSample, [0, 0, 0], [batch, channels, 2]); // [N, C, 2]
    const shift = tf.slice(perSample, [0, 0, 2], [batch, channels, 1]); // [N, C, 1]
    const frequency = tf.sqrt(tf.sum(tf.square(moved), 2)); // [N, C]
    const fade = tf.div(tf.sub(frequency, bandwidth), samplingRate / 2 - bandwidth);
    const amplitude = tf.reshape(tf.clipByValue(tf.sub(1, fade), 0, 1), [batch, 1, channels]);
    const points = tf.tile(tf.expandDims(canvas(size, samplingRate), 0), [batch, 1, 1]); // [N, size * size, 2]
    const turns = tf.add(
      tf.matMul(points, moved, false, true),
      tf.add(tf.reshape(shift, [batch, 1, channels]), phases),
    ); // [N, size * size, C]
    const waves = tf.mul(sineOfTurns(turns), amplitude);
    const flat = tf.reshape(waves, [batch * size * size, channels]);
    const mixed = tf.matMul(flat, tf.mul(weight, 1 / Math.sqrt(channels)), false, true);
    return tf.reshape(mixed, [batch, size, size, channels]);
  });
}

/** R T U of each sample, without its last row: [N, 2, 3]. */
function motion(affine: Tensor2D, transform: Transform | null): Tensor3D {
  const batch = affine.shape[0];
  const rotation = tf.slice(affine, [0, 0], [batch, 2]);
  const unit = tf.div(affine, tf.sqrt(tf.sum(tf.square(rotation), 1, true))) as Tensor2D;
  const [c, s, x, y] = tf.split(unit, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]; // [N, 1] each
  // [[c, -s, 0], [s, c, 0]] times the translation by (-x, -y)
  const rows = [
    [c, tf.neg(s), tf.sub(tf.mul(s, y), tf.mul(c, x))],
    [s, c, tf.neg(tf.add(tf.mul(s, x), tf.mul(c, y)))],
  ].map((row) => tf.concat(row, 1)); // [N, 3] each
  const matrix = tf.stack(rows, 1) as Tensor3D; // [N, 2, 3]
  if (transform === null) return matrix;
  const user = tf.tensor3d([transform.map((row) => [...row])]);
  return tf.matMul(matrix, tf.tile(user, [batch, 1, 1]));
}

/** Centres of the canvas's samples, row by row, as (x, y) in units; the picture is the square from -1/2 to 1/2. */
function canvas(size: number, samplingRate: number): Tensor2D {
  const at = (i: number) => (i + 0.5 - size / 2) / samplingRate;
  const points = new Float32Array(size * size * 2);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      points[(y * size + x) * 2] = at(x);
      points[(y * size + x) * 2 + 1] = at(y);
    }
  return tf.tensor2d(points, [size * size, 2]);
}
