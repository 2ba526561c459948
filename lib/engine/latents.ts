import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { Experiment } from "../experiment/experiment.js";
import { seedsAround } from "../experiment/seedLattice.js";
import { mixInterventions } from "../networks/interventions.js";
import type { Network } from "../networks/network.js";
import { mixStyles } from "../ops/mixStyles.js";
import { truncate } from "../ops/truncate.js";
import { seedToZ } from "../random/seedToZ.js";

/** Seeds whose w+ are kept; one of them is some 36 kB. */
const KEPT_SEEDS = 64;

/** The w+ of an experiment, with the mapping network's results kept. Its network's mapping must be loaded. */
export class Latents {
  /** By seed and class. */
  readonly #kept = new Map<string, Tensor3D>();

  constructor(private readonly network: Network) {}

  /**
   * 1. w of the four seeds around the latent's point, all of the experiment's class, interpolated bilinearly.
   * 2. The rows of the mixing, and of interventions that swap styles, from their own seeds.
   * 3. Truncation of the first `cutoff` rows, whichever seed they come from.
   *
   * @returns [1, L, D], the caller's
   */
  wPlus({ latent, classIndex, psi, cutoff, mixing, interventions }: Experiment): Tensor3D {
    const ofSeed = (seed: number) => this.#ofSeed(seed, classIndex);
    return tf.tidy(() => {
      const corners = seedsAround(latent);
      let ws = corners
        .map(({ seed, weight }) => (corners.length === 1 ? ofSeed(seed) : tf.mul(ofSeed(seed), weight)))
        .reduce((sum, part) => tf.add(sum, part)) as Tensor3D;
      if (mixing) {
        const layers = Array.from({ length: mixing.to - mixing.from }, (_, i) => mixing.from + i);
        ws = mixStyles(ws, ofSeed(mixing.seed), { layers });
      }
      ws = mixInterventions(ws, interventions, ofSeed);
      return truncate(ws, this.network.wAverage, { psi, cutoff });
    });
  }

  dispose(): void {
    tf.dispose([...this.#kept.values()]);
    this.#kept.clear();
  }

  #ofSeed(seed: number, classIndex: number): Tensor3D {
    const key = `${seed}:${classIndex}`;
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const ws = tf.keep(
      tf.tidy(() => {
        const z = tf.tensor2d(seedToZ(seed, this.network.zDim), [1, this.network.zDim]);
        return this.network.map(z, classLabel(this.network, classIndex));
      }),
    );
    if (this.#kept.size >= KEPT_SEEDS) {
      const [oldest] = this.#kept.keys();
      this.#kept.get(oldest!)!.dispose();
      this.#kept.delete(oldest!);
    }
    this.#kept.set(key, ws);
    return ws;
  }
}

/**
 * The label of a class, one-hot, [1, classes], or null for a network without classes; it is the caller's. (With floats
 * asked for, WebAssembly's `tf.oneHot` writes the bits of integers.)
 */
export function classLabel({ cDim }: Pick<Network, "cDim">, classIndex: number): Tensor2D | null {
  if (cDim === 0) return null;
  const label = new Float32Array(cDim);
  label[classIndex] = 1;
  return tf.tensor2d(label, [1, cDim]);
}
