import * as tf from "@tensorflow/tfjs-core";
import { besselI0, besselJ1 } from "./bessel.js";
import type { Filter } from "./setupFilter.js";

export interface LowpassDesign {
  /** Number of taps; 1 means no filter. */
  readonly taps: number;
  /** Cutoff frequency, in the unit of `samplingRate`. */
  readonly cutoff: number;
  /** Full width of the transition band, in the same unit. */
  readonly width: number;
  readonly samplingRate: number;
  /** Radially symmetric (StyleGAN3-R) instead of separable. */
  readonly radial?: boolean;
}

/**
 * Designs StyleGAN3's low-pass filters.
 *
 * 1. Finds the Kaiser window whose transition band has the given width.
 * 2. Multiplies the ideal low-pass filter with it: sinc in one dimension; jinc, the Fourier transform of a disc, in
 *    two, with the window along either axis.
 * 3. Divides by the sum of the taps.
 *
 * @returns the filter, [taps], or [taps, taps] when radial; null for one tap
 * @throws Error when the numbers make no filter
 *
 * Source: Karras et al. 2021, section 3.2 (configurations E and R) and appendix C, equations 4 to 12; Kaiser 1974.
 */
export function designLowpassFilter(design: LowpassDesign): Filter | null {
  const { radial = false } = design;
  const taps = lowpassTaps(design);
  if (taps === null) return null;
  return radial ? tf.tensor2d(taps as number[][]) : tf.tensor1d(taps as number[]);
}

/** The taps of {@link designLowpassFilter} in double precision. */
export function lowpassTaps(design: LowpassDesign): number[] | number[][] | null {
  const { taps, cutoff, width, samplingRate, radial = false } = design;
  if (!Number.isInteger(taps) || taps < 1) throw new Error(`a filter has at least 1 tap, not ${taps}`);
  for (const [name, value] of Object.entries({ cutoff, width, samplingRate })) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new Error(`${name} must be a positive number, not ${value}`);
  }
  if (taps === 1) return null;
  const window = kaiserWindow(taps, kaiserBeta(kaiserAttenuation(taps, width / (samplingRate / 2))));
  const at = Array.from({ length: taps }, (_, i) => (i - (taps - 1) / 2) / samplingRate); // seconds
  if (!radial) return unitSum(at.map((t, i) => sinc(2 * cutoff * t) * window[i]!));
  const rows = at.map((y, j) => at.map((x, i) => jinc(Math.hypot(x, y), cutoff) * window[i]! * window[j]!));
  const flat = unitSum(rows.flat());
  return rows.map((row, j) => row.map((_, i) => flat[j * taps + i]!));
}

function unitSum(values: readonly number[]): number[] {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

/** sin(pi x) / (pi x) */
function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Impulse response at radius r of the filter that passes the disc of frequencies up to `cutoff`; its limit at 0. */
function jinc(r: number, cutoff: number): number {
  return r === 0 ? cutoff : besselJ1(2 * Math.PI * cutoff * r) / (Math.PI * r);
}

/** Attenuation in dB of a Kaiser-windowed filter of that many taps; the width is relative to half the sampling rate. */
export function kaiserAttenuation(taps: number, width: number): number {
  return 2.285 * (taps - 1) * Math.PI * width + 7.95;
}

/** Kaiser's empirical formula for the window's shape, from the attenuation in dB. */
export function kaiserBeta(attenuation: number): number {
  if (attenuation > 50) return 0.1102 * (attenuation - 8.7);
  if (attenuation > 21) return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21);
  return 0;
}

function kaiserWindow(taps: number, beta: number): number[] {
  return Array.from({ length: taps }, (_, i) => {
    const position = (2 * i) / (taps - 1) - 1; // from -1 to 1
    return besselI0(beta * Math.sqrt(1 - position ** 2)) / besselI0(beta);
  });
}
