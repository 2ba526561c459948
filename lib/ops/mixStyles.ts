import * as tf from "@tensorflow/tfjs-core";
import type { Tensor3D } from "@tensorflow/tfjs-core";
import { expectShape } from "./check.js";

/** From which layer on (`cutoff`), or in which layers (`layers`), the second styles are taken. */
export type Mixing = { readonly cutoff: number } | { readonly layers: readonly number[] };

/**
 * Style mixing: some layers take their style vector from another latent.
 *
 * @param ws1 style vectors of the first source, [N, L, D]
 * @param ws2 style vectors of the second source, [N, L, D] or [1, L, D]
 * @param mixing `cutoff`: layers 0 to cutoff - 1 keep ws1, the others take ws2; `layers`: these take ws2
 * @returns style vectors, [N, L, D]
 * @throws Error when a layer does not exist, or the shapes differ
 *
 * Source: Karras et al. 2019, section 3.1.
 */
export function mixStyles(ws1: Tensor3D, ws2: Tensor3D, mixing: Mixing): Tensor3D {
  const [batch, layers, size] = ws1.shape;
  expectShape("ws2", ws2, [ws2.shape[0] === 1 ? 1 : batch, layers, size]);
  const fromSecond = "cutoff" in mixing ? layersFrom(mixing.cutoff, layers) : mixing.layers;
  for (const layer of fromSecond) {
    if (!Number.isInteger(layer) || layer < 0 || layer >= layers) {
      throw new Error(`layer ${layer} does not exist: the network has layers 0 to ${layers - 1}`);
    }
  }
  return tf.tidy(() => {
    const second = tf.broadcastTo(ws2, ws1.shape);
    const rows = Array.from({ length: layers }, (_, layer) =>
      tf.slice(fromSecond.includes(layer) ? second : ws1, [0, layer, 0], [batch, 1, size]),
    );
    return tf.concat(rows, 1) as Tensor3D;
  });
}

function layersFrom(cutoff: number, layers: number): number[] {
  if (!Number.isInteger(cutoff) || cutoff < 0 || cutoff > layers) {
    throw new Error(`the mixing cutoff must be a whole number from 0 to ${layers}, not ${cutoff}`);
  }
  return Array.from({ length: layers - cutoff }, (_, i) => cutoff + i);
}
