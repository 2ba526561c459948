import { pointer, scaleLinear, scaleLog, type ScaleLinear } from "d3";
import { createChart, seriesColour, type Plot } from "../../lib/figure/chart.js";
import { growthStages } from "../../lib/training/growthWork.js";
import { lodAt, valueAt } from "../../lib/training/lodSchedule.js";
import { linkPart } from "../link.js";
import type { GrowthRun } from "./lod-presets.js";

/** One quantity of the schedule as a lane: steps over the images seen. */
interface Lane {
  readonly title: string;
  readonly link: string;
  readonly height: number;
  readonly value: (resolution: number) => number;
  readonly text: (value: number) => string;
}

const LANES = (run: GrowthRun): readonly Lane[] => [
  { title: "resolution", link: "sched-resolution", height: 74, value: (side) => side, text: String },
  {
    title: "batch",
    link: "sched-batch",
    height: 46,
    value: (side) => valueAt(run.minibatch, side),
    text: String,
  },
  {
    title: "learning rate",
    link: "sched-rate",
    height: 46,
    value: (side) => valueAt(run.learningRate, side),
    text: (value) => String(Number(value.toPrecision(3))),
  },
];

const LOD_HEIGHT = 130;
const GAP = 38;
const TOP = 26;
const BOTTOM = 34;

/**
 * The schedule of a growing run over the images seen: the level of detail as a line, then resolution, batch and
 * learning rate as steps, all on one axis. Stages that fade in are shaded. Dragging over it moves the cursor.
 */
export function createTimeline(options: { readonly onScrub: (images: number) => void }) {
  let run: GrowthRun | null = null;
  let images = 0;
  let place: ScaleLinear<number, number> | null = null;
  let cursor: ((images: number) => void) | null = null;
  const chart = createChart({
    label: "schedule of progressive growing",
    height: () => TOP + LOD_HEIGHT + 3 * GAP + 74 + 46 + 46 + BOTTOM,
    margin: { top: TOP, right: 22, bottom: BOTTOM, left: 46 },
    draw(plot) {
      if (run) draw(plot, run);
    },
  });

  function draw({ root, width, height, margin, scale }: Plot, now: GrowthRun) {
    const x = scaleLinear([0, now.totalImages], [margin.left, width - margin.right]);
    place = x;
    const stages = growthStages(now, now.totalImages);
    const bottom = height - margin.bottom;

    root
      .append("g")
      .attr("class", "lod-fades")
      .selectAll("rect")
      .data(stages.filter(({ kind }) => kind === "transition"))
      .join("rect")
      .attr("data-link", "sched-fade")
      .attr("x", ({ from }) => x(from))
      .attr("width", ({ from, to }) => x(to) - x(from))
      .attr("y", margin.top)
      .attr("height", bottom - margin.top);

    let top = margin.top;
    const title = (text: string, y: number) =>
      root
        .append("text")
        .attr("class", "axis-title")
        .attr("x", 2)
        .attr("y", y - 13 * scale)
        .text(text);

    // level of detail: straight between the ends of the stages
    const most = Math.log2(now.resolution / now.initialResolution);
    const lods = scaleLinear([0, Math.max(1, most)], [top + LOD_HEIGHT * scale, top]);
    title("level of detail", top);
    for (let lod = 0; lod <= most; lod++) {
      if (most > 6 && lod % 2 === 1) continue;
      root
        .append("text")
        .attr("class", "lod-tick")
        .attr("x", margin.left - 8)
        .attr("y", lods(lod) + 4 * scale)
        .attr("text-anchor", "end")
        .text(lod);
      root
        .append("line")
        .attr("class", "grid-line lod-grid")
        .attr("x1", margin.left)
        .attr("x2", width - margin.right)
        .attr("y1", lods(lod))
        .attr("y2", lods(lod));
    }
    const points = stages.flatMap(({ from, to, kind }) => {
      const start = lodAt(from, now).lod;
      // with nothing to fade, lod jumps where a stage ends
      const end = kind === "transition" ? lodAt(to, now).lod : start;
      return [`${x(from)},${lods(start)}`, `${x(to)},${lods(end)}`];
    });
    const line = root
      .append("path")
      .attr("class", "series")
      .attr("stroke", seriesColour(0))
      .attr("d", `M${points.join("L")}`);
    linkPart(line.node()!, "sched-lod");
    top += (LOD_HEIGHT + GAP) * scale;

    LANES(now).forEach((lane, i) => {
      const values = stages.map(({ resolution }) => lane.value(resolution));
      const [low, high] = [Math.min(...values), Math.max(...values)];
      const laneHeight = lane.height * scale;
      const y = scaleLog([low, high === low ? low * 2 : high], [top + laneHeight, top]);
      title(lane.title, top);
      const steps = stages.map(({ from, to }, j) => `${x(from)},${y(values[j]!)}L${x(to)},${y(values[j]!)}`);
      const path = root
        .append("path")
        .attr("class", "series")
        .attr("stroke", seriesColour(i + 1))
        .attr("d", `M${steps.join("L")}`);
      linkPart(path.node()!, lane.link);
      for (const value of new Set([low, high]))
        root
          .append("text")
          .attr("class", "lod-tick")
          .attr("x", margin.left - 8)
          .attr("y", y(value) + 4 * scale)
          .attr("text-anchor", "end")
          .text(lane.text(value));
      top += laneHeight + GAP * scale;
    });

    const ticks = x.ticks(Math.max(3, width / (110 * scale)));
    const axis = root.append("g").attr("class", "lod-axis");
    for (const value of ticks) {
      axis
        .append("line")
        .attr("x1", x(value))
        .attr("x2", x(value))
        .attr("y1", bottom)
        .attr("y2", bottom + 4);
      axis
        .append("text")
        .attr("x", x(value))
        .attr("y", bottom + 16 * scale)
        .attr("text-anchor", "middle")
        .text(value === 0 ? "0" : `${value / 1e6} M`);
    }
    axis
      .append("line")
      .attr("x1", margin.left)
      .attr("x2", width - margin.right)
      .attr("y1", bottom)
      .attr("y2", bottom);
    root
      .append("text")
      .attr("class", "axis-title")
      .attr("text-anchor", "end")
      .attr("x", width - margin.right)
      .attr("y", height - 3 * scale)
      .text("images seen");

    const hand = root.append("g").attr("class", "lod-cursor");
    hand
      .append("line")
      .attr("y1", margin.top - 4)
      .attr("y2", bottom);
    hand.append("circle").attr("r", 4.5 * scale);
    cursor = (n) => {
      hand.select("line").attr("x1", x(n)).attr("x2", x(n));
      hand
        .select("circle")
        .attr("cx", x(n))
        .attr("cy", lods(lodAt(n, now).lod));
    };
    cursor(images);

    const scrub = (event: PointerEvent) => {
      const [px] = pointer(event, chart.svg);
      options.onScrub(Math.min(now.totalImages, Math.max(0, place!.invert(px))));
    };
    root
      .append("rect")
      .attr("class", "pointer-area lod-scrub")
      .attr("x", margin.left - 6)
      .attr("width", Math.max(0, width - margin.left - margin.right + 12))
      .attr("y", 0)
      .attr("height", height)
      .on("pointerdown", (event: PointerEvent) => {
        (event.currentTarget as Element).setPointerCapture(event.pointerId);
        scrub(event);
      })
      .on("pointermove", (event: PointerEvent) => {
        if (event.buttons & 1) scrub(event);
      });
  }

  return {
    element: chart.element,
    /** Draws another run. */
    setRun(next: GrowthRun) {
      run = next;
      const stages = growthStages(next, next.totalImages);
      chart.describe(
        `schedule of progressive growing from ${next.initialResolution} to ${next.resolution} pixels in ${stages.length} stages: the level of detail falls from ${Math.log2(next.resolution / next.initialResolution)} to ${Number(lodAt(next.totalImages, next).lod.toFixed(2))}, straight down while a resolution is faded in and level in between`,
      );
      chart.redraw();
    },
    setImages(next: number) {
      images = next;
      cursor?.(next);
    },
  };
}
