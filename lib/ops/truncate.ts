import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";

export interface TruncateOptions {
  /** 0: the average picture; 1: nothing changes; above 1: away from the average; below 0: its opposite. */
  readonly psi?: number;
  /** Layers below it are truncated; default: all. */
  readonly cutoff?: number | null;
  /** false: leave ws alone for psi of at least 1, as StyleGAN1's implementations do. */
  readonly extrapolate?: boolean;
}

/**
 * The truncation trick: w' = wAvg + psi * (w - wAvg) in the first `cutoff` layers.
 *
 * @param ws style vectors, [N, L, D]
 * @param wAvg the average style vector, [D], or one per layer, [L, D]
 * @returns style vectors, [N, L, D]
 * @throws Error when psi is not finite, the cutoff is not within 0 to L, or the shapes do not fit
 *
 * Source: Karras et al. 2019, appendix B.
 */
export function truncate(ws: Tensor3D, wAvg: Tensor1D | Tensor2D, options: TruncateOptions = {}): Tensor3D {
  const { psi = 1, extrapolate = true } = options;
  const [, layers, size] = ws.shape;
  const cutoff = options.cutoff ?? layers;
  if (!Number.isFinite(psi)) throw new Error(`psi must be a finite number, not ${psi}`);
  if (!Number.isInteger(cutoff) || cutoff < 0 || cutoff > layers) {
    throw new Error(`the truncation cutoff must be a whole number from 0 to ${layers}, not ${cutoff}`);
  }
  expectShape("wAvg", wAvg, wAvg.rank === 1 ? [size] : [layers, size]);
  if (psi === 1 || cutoff === 0 || (!extrapolate && psi > 1)) return tf.clone(ws);
  return tf.tidy(() => {
    const strength = Array.from({ length: layers }, (_, layer) => (layer < cutoff ? psi : 1));
    const perLayer = tf.tensor3d(strength, [1, layers, 1]);
    return tf.add(wAvg, tf.mul(perLayer, tf.sub(ws, wAvg))) as Tensor3D;
  });
}
