import type { LayerReport } from "../engine/protocol.js";

/** One block of the network diagram, in abstract units: one unit is the height of the diagram. */
export interface Block {
  readonly layer: LayerReport;
  /** Left edge and width, 0 .. 1 over the whole diagram. */
  readonly left: number;
  readonly width: number;
  /** Height, 0 .. 1, in proportion to log2 of the resolution. */
  readonly height: number;
}

/** The layers that stand under one resolution label. */
export interface Group {
  readonly resolution: number;
  readonly left: number;
  readonly width: number;
}

/**
 * Places a model's layers from left to right in the order in which they run. A block's height grows with
 * log2(resolution), its width with log2(channels); inner taps have no block of their own. RGB outputs are left
 * out here, they belong to the branch below (`rgbUnder`).
 * @throws {RangeError} when there is no layer to draw
 */
export function layoutDiagram(layers: readonly LayerReport[]): {
  readonly blocks: Block[];
  readonly groups: Group[];
} {
  const drawn = layers.filter((layer) => layer.role === "layer");
  if (drawn.length === 0) throw new RangeError('a diagram needs at least one layer of role "layer"');
  const weights = drawn.map((layer) => 2 + Math.log2(Math.max(2, layer.channels)));
  const groupGap = 2.5;
  const groupCount = new Set(drawn.map((layer) => layer.resolution)).size;
  const total = weights.reduce((sum, w) => sum + w, 0) + groupGap * (groupCount - 1);
  const top = Math.log2(Math.max(...drawn.map((layer) => layer.resolution)));
  const blocks: Block[] = [];
  const groups: { resolution: number; left: number; width: number }[] = [];
  let at = 0;
  drawn.forEach((layer, i) => {
    const last = groups[groups.length - 1];
    if (last && last.resolution !== layer.resolution) at += groupGap / total;
    const width = weights[i]! / total;
    if (last?.resolution === layer.resolution) last.width = at + width - last.left;
    else groups.push({ resolution: layer.resolution, left: at, width });
    blocks.push({ layer, left: at, width, height: Math.log2(layer.resolution) / top });
    at += width;
  });
  return { blocks, groups };
}

/** The RGB output that a group's resolution has, if any. */
export function rgbUnder(layers: readonly LayerReport[], resolution: number): LayerReport | undefined {
  return layers.find((layer) => layer.role === "rgb" && layer.resolution === resolution);
}

/** The inner taps of a layer: those named `<layer>.<step>`. */
export function innerTaps(layers: readonly LayerReport[], name: string): LayerReport[] {
  return layers.filter((layer) => layer.role === "inner" && layer.name.startsWith(`${name}.`));
}

/** The layer that a tap belongs to: itself, or what an inner tap is a step of. */
export function layerOf(layers: readonly LayerReport[], tap: string): LayerReport | undefined {
  const own = layers.find((layer) => layer.name === tap);
  if (own && own.role !== "inner") return own;
  return layers.find((layer) => layer.role !== "inner" && tap.startsWith(`${layer.name}.`)) ?? own;
}
