import { line, type Selection } from "d3";
import type { LayerReport, ModelReport } from "../engine/protocol.js";
import { createChart, type Plot } from "./chart.js";

/** One resolution of a StyleGAN2 generator, as it is drawn: its layers under their own names. */
export interface DrawnBlock {
  readonly resolution: number;
  /** Null at the first resolution, where the learned constant stands. */
  readonly conv0: LayerReport | null;
  readonly conv1: LayerReport;
  readonly torgb: LayerReport;
}

/**
 * The blocks of a StyleGAN2 generator from its list of layers, lowest resolution first.
 * @throws {RangeError} for a network without a conv1 and a toRGB at each resolution
 */
export function drawnBlocks(layers: readonly LayerReport[]): DrawnBlock[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const sides = [...new Set(layers.map(({ resolution }) => resolution))].sort((a, b) => a - b);
  return sides.map((resolution) => {
    const [conv0, conv1, torgb] = ["conv0", "conv1", "torgb"].map((part) =>
      byName.get(`b${resolution}.${part}`),
    );
    if (!conv1 || !torgb)
      throw new RangeError(
        `a generator without b${resolution}.conv1 or b${resolution}.torgb cannot be drawn`,
      );
    return { resolution, conv0: conv0 ?? null, conv1, torgb };
  });
}

/** The network in words, for those who do not see it. */
export function describeGenerator({ layers, mapping, wLayers }: ModelReport): string {
  const blocks = drawnBlocks(layers);
  const [first, last] = [blocks[0]!, blocks[blocks.length - 1]!];
  const convolutions = layers.filter(({ role }) => role === "layer").length;
  return [
    mapping
      ? `z, ${mapping.z} numbers, goes through a mapping network of ${mapping.layers} layers and becomes w, ${mapping.w} numbers.`
      : "z goes through a mapping network and becomes w.",
    `${wLayers} copies of w go to the layers; in each an affine map A makes the layer's style of it.`,
    `A learned constant of ${sizeOf(first.conv1)} numbers goes through ${convolutions} convolutions, from ${first.conv1.name} to ${last.conv1.name}; noise is added in each.`,
    `The first convolution of each further resolution doubles the size, up to ${sizeOf(last.conv1)}.`,
    `At each of the ${blocks.length} resolutions a toRGB layer makes a picture, and these are enlarged and added up.`,
  ].join(" ");
}

const sizeOf = ({ resolution, channels }: LayerReport) => `${resolution} × ${resolution} × ${channels}`;

const TOP = 74;
const ROW = 62;
const BOX = 38;
/** Resolutions up to 1024, for which there is room before the layers are known. */
const USUAL_ROWS = 9;

/** Where things are, in CSS pixels of an ordinary screen. */
interface Frame {
  readonly root: Plot["root"];
  readonly scale: number;
  /** Left edges of the columns conv0, conv1, toRGB, and a box's width. */
  readonly columns: readonly [number, number, number];
  readonly box: number;
  /** Where the pictures are added up. */
  readonly sum: number;
  readonly bus: number;
  readonly narrow: boolean;
}

type Group = Selection<SVGGElement, unknown, null, undefined>;

/**
 * A StyleGAN2 generator from z to the picture, drawn from the list of layers that runs: a row for each resolution,
 * w on a line down the left side, the sum of pictures on the right.
 */
export function createGeneratorDrawing() {
  let model: ModelReport | null = null;
  const chart = createChart({
    label: "the generator",
    height: () => TOP + ROW * (model ? drawnBlocks(model.layers).length : USUAL_ROWS) + 34,
    margin: { top: 0, right: 0, bottom: 0, left: 0 },
    draw({ root, width, scale }) {
      if (!model) return;
      const blocks = drawnBlocks(model.layers);
      const narrow = width / scale < 520;
      const left = (narrow ? 44 : 76) * scale;
      const right = (narrow ? 30 : 70) * scale;
      const gap = (narrow ? 12 : 34) * scale;
      const box = Math.min(150 * scale, (width - left - right - 2 * gap) / 3);
      const columns = [left, left + box + gap, left + 2 * (box + gap)] as const;
      const frame: Frame = {
        root,
        scale,
        columns,
        box,
        sum: columns[2] + box + (narrow ? 16 : 36) * scale,
        bus: 9 * scale,
        narrow,
      };
      arrowHead(root);
      drawMapping(frame, model);
      drawBus(frame, blocks.length);
      blocks.forEach((block, i) => drawBlock(frame, block, i, blocks.length));
    },
  });
  return {
    element: chart.element,
    update(next: ModelReport) {
      model = next;
      chart.describe(describeGenerator(next));
      chart.redraw();
    },
  };
}

function arrowHead(root: Plot["root"]): void {
  root
    .append("marker")
    .attr("id", "generator-arrow")
    .attr("viewBox", "0 0 8 8")
    .attr("refX", 7)
    .attr("refY", 4)
    .attr("markerWidth", 6)
    .attr("markerHeight", 6)
    .attr("orient", "auto")
    .append("path")
    .attr("class", "generator-head")
    .attr("d", "M0,0L8,4L0,8Z");
}

/** A line through points, with an arrow at its end unless it only leads on. */
function wire(
  frame: Frame,
  kind: string,
  points: readonly (readonly [number, number])[],
  arrow = true,
): void {
  frame.root
    .append("path")
    .attr("class", `generator-wire is-${kind}`)
    .attr("d", line()(points as [number, number][]))
    .attr("marker-end", arrow ? "url(#generator-arrow)" : null);
}

function words(
  at: Group | Plot["root"],
  text: string,
  x: number,
  y: number,
  anchor = "middle",
  kind = "",
): void {
  at.append("text")
    .attr("class", `generator-text ${kind}`)
    .attr("x", x)
    .attr("y", y)
    .attr("text-anchor", anchor)
    .attr("dy", "0.35em")
    .text(text);
}

/** A box with a name and what it is. */
function boxOf(
  frame: Frame,
  kind: string,
  x: number,
  y: number,
  width: number,
  name: string,
  what: string,
): void {
  const height = BOX * frame.scale;
  const group = frame.root.append("g").attr("class", `generator-box is-${kind}`);
  group.append("rect").attr("x", x).attr("y", y).attr("width", width).attr("height", height).attr("rx", 4);
  words(group, name, x + width / 2, y + height * 0.34, "middle", "is-name");
  words(group, what, x + width / 2, y + height * 0.72);
}

/** A small sign on a box's upper edge: A where the style comes in, B where noise does. */
function sign(frame: Frame, kind: "style" | "noise", x: number, y: number): void {
  const group = frame.root.append("g").attr("class", `generator-sign is-${kind}`);
  group
    .append("circle")
    .attr("cx", x)
    .attr("cy", y)
    .attr("r", 7 * frame.scale);
  words(group, kind === "style" ? "A" : "B", x, y);
}

/** z, the mapping network, w. */
function drawMapping(frame: Frame, { mapping }: ModelReport): void {
  const { scale, columns, box, bus, narrow } = frame;
  const y = 4 * scale;
  const middle = y + (BOX * scale) / 2;
  const small = narrow ? box * 0.62 : 92 * scale;
  const numbers = (count: number) => (narrow ? String(count) : `${count} numbers`);
  const third = columns[2] + box - small;
  boxOf(frame, "latent", third, y, small, "z", mapping ? numbers(mapping.z) : "");
  boxOf(
    frame,
    "mapping",
    columns[1] - (narrow ? 14 * scale : 0),
    y,
    box,
    narrow ? "mapping" : "mapping network",
    mapping ? `${mapping.layers} layers` : "",
  );
  boxOf(frame, "latent", columns[0], y, small, "w", mapping ? numbers(mapping.w) : "");
  wire(frame, "style", [
    [third, middle],
    [columns[1] - (narrow ? 14 * scale : 0) + box + 2, middle],
  ]);
  wire(frame, "style", [
    [columns[1] - (narrow ? 14 * scale : 0), middle],
    [columns[0] + small + 2, middle],
  ]);
  wire(
    frame,
    "style",
    [
      [columns[0], middle],
      [bus, middle],
      [bus, (TOP - 12) * scale],
    ],
    false,
  );
}

/** w on its way down to the last row. */
function drawBus(frame: Frame, rows: number): void {
  const { bus, scale } = frame;
  const end = (TOP + ROW * (rows - 1) - 12) * scale;
  wire(
    frame,
    "style",
    [
      [bus, (TOP - 12) * scale],
      [bus, end],
    ],
    false,
  );
}

function drawBlock(frame: Frame, block: DrawnBlock, row: number, rows: number): void {
  const { root, scale, columns, box, sum, bus, narrow } = frame;
  const { resolution, conv0, conv1, torgb } = block;
  const y = (TOP + ROW * row) * scale;
  const middle = y + (BOX * scale) / 2;
  const feeder = y - 12 * scale;
  const bottom = y + BOX * scale;
  // the row says the resolution
  const nameOf = ({ name }: LayerReport) => (narrow ? name.split(".")[1]! : name);
  const size = (layer: LayerReport) => (narrow ? `${layer.channels} ch.` : sizeOf(layer));
  const styleAt = (column: number) => columns[column]! + 14 * scale;

  words(
    root,
    narrow ? String(resolution) : `${resolution} × ${resolution}`,
    columns[0] - 5 * scale,
    middle,
    "end",
  );
  // w along the row, down into each layer's A
  wire(
    frame,
    "style",
    [
      [bus, feeder],
      [styleAt(2), feeder],
    ],
    false,
  );
  for (const column of conv0 ? [0, 1, 2] : [1, 2])
    wire(
      frame,
      "style",
      [
        [styleAt(column), feeder],
        [styleAt(column), y - 7 * scale],
      ],
      false,
    );

  if (conv0) boxOf(frame, "layer", columns[0], y, box, nameOf(conv0), size(conv0));
  else
    boxOf(
      frame,
      "constant",
      columns[0],
      y,
      box,
      "constant",
      narrow ? `${conv1.styleChannels} ch.` : `4 × 4 × ${conv1.styleChannels}`,
    );
  boxOf(frame, "layer", columns[1], y, box, nameOf(conv1), size(conv1));
  boxOf(frame, "rgb", columns[2], y, box, nameOf(torgb), narrow ? "RGB" : sizeOf(torgb));
  wire(frame, "features", [
    [columns[0] + box, middle],
    [columns[1], middle],
  ]);
  wire(frame, "features", [
    [columns[1] + box, middle],
    [columns[2], middle],
  ]);
  if (row + 1 < rows) {
    const between = bottom + 7 * scale;
    wire(frame, "features", [
      [columns[1] + box * 0.5, bottom],
      [columns[1] + box * 0.5, between],
      [columns[0] + box * 0.5, between],
      [columns[0] + box * 0.5, y + ROW * scale],
    ]);
    if (!narrow)
      words(root, "×2", columns[0] + box * 0.5 - 11 * scale, y + (ROW - 6) * scale, "middle", "is-small");
  }
  for (const column of conv0 ? [0, 1] : [1]) sign(frame, "noise", columns[column]! + box - 14 * scale, y);
  for (const column of conv0 ? [0, 1, 2] : [1, 2]) sign(frame, "style", styleAt(column), y);

  // the picture so far
  wire(frame, "rgb", [
    [columns[2] + box, middle],
    [sum - 8 * scale, middle],
  ]);
  const plus = root.append("g").attr("class", "generator-sum");
  plus
    .append("circle")
    .attr("cx", sum)
    .attr("cy", middle)
    .attr("r", 8 * scale);
  words(plus, "+", sum, middle);
  const next = row + 1 < rows ? middle + (ROW - 8) * scale : middle + 30 * scale;
  wire(frame, "rgb", [
    [sum, middle + 8 * scale],
    [sum, next],
  ]);
  if (row + 1 < rows)
    words(root, "×2", sum + (narrow ? -11 : 13) * scale, middle + (ROW / 2) * scale, "middle", "is-small");
  else
    words(
      root,
      narrow ? "picture" : `picture, ${resolution} × ${resolution} × 3`,
      sum + 8 * scale,
      middle + 40 * scale,
      "end",
    );
}

/** Whether a report can be drawn. */
export function isDrawable({ family, layers }: ModelReport): boolean {
  try {
    return family === "stylegan2" && drawnBlocks(layers).length > 0;
  } catch {
    return false;
  }
}
