import * as tf from "@tensorflow/tfjs-core";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Experiment } from "../experiment/experiment.js";

/** The name under which the finished picture is kept. */
export const RESULT = "(result)";

/** The name under which a layer's output is kept as it was before interventions changed it. */
export function ownName(tap: string): string {
  return `${tap}${OWN}`;
}

/** The tap of a kept map's name. */
export function tapOf(name: string): string {
  return name.endsWith(OWN) ? name.slice(0, -OWN.length) : name;
}

const OWN = " (own)";

/** Feature maps of a pass, kept for what the reader does next. Holds clones, which share the memory of equals. */
export class KeptPass {
  readonly taps = new Map<string, Tensor4D>();
  /** Taps that somebody looks at: these go last when memory is short. */
  readonly wanted = new Set<string>();

  constructor(readonly experiment: Experiment) {}

  keep(name: string, tensor: Tensor4D): void {
    this.drop(name);
    this.taps.set(name, tf.keep(tensor.clone()));
  }

  drop(name: string): void {
    this.taps.get(name)?.dispose();
    this.taps.delete(name);
  }

  dispose(): void {
    for (const tensor of this.taps.values()) tensor.dispose();
    this.taps.clear();
  }
}

/**
 * Drops feature maps until the rest fits a budget.
 *
 * 1. The passes before the latest go first, the oldest of them first.
 * 2. Then maps nobody looks at, the largest first: small ones are the results of as much work, in less memory. Of
 *    equals the later ones first: more passes can go on from an earlier one.
 * 3. Then maps somebody looks at, the largest first.
 *
 * @param passes oldest first; emptied ones are taken out
 * @param budget bytes
 */
export function fitBudget(passes: KeptPass[], budget: number): void {
  while (passes.length > 1 && bytesOf(passes) > budget) passes.shift()!.dispose();
  const [latest] = passes;
  if (!latest) return;
  const bySize = [...latest.taps]
    .reverse()
    .sort(([, a], [, b]) => b.size - a.size)
    .map(([name]) => name);
  const order = [
    ...bySize.filter((name) => !latest.wanted.has(name)),
    ...bySize.filter((name) => latest.wanted.has(name)),
  ];
  for (const name of order) {
    if (bytesOf(passes) <= budget) return;
    latest.drop(name);
  }
}

/** Bytes of the kept maps; clones of one map count once. */
export function bytesOf(passes: readonly KeptPass[]): number {
  const seen = new Set<object>();
  let bytes = 0;
  for (const { taps } of passes)
    for (const { dataId, size } of taps.values()) {
      if (seen.has(dataId)) continue;
      seen.add(dataId);
      bytes += size * 4;
    }
  return bytes;
}
