import { contours, geoPath, geoTransform, pointer, range } from "d3";
import { createChart, type Plot } from "./chart.js";
import { sequentialScale, type ColourScale } from "./colour.js";
import { html } from "./dom.js";
import { formatValue } from "./format.js";
import { createLegend } from "./legend.js";
import { fromUv, pointAt, refinement, toUv, type PlanePoint, type WPlane } from "./w-plane.js";

const BANDS = 10;

export interface LengthMapData {
  readonly plane: WPlane;
  readonly seeds: readonly [number, number, number];
  readonly levels: number;
  /** One value a place of `refinement(levels)`, in its order, as far as they are known. */
  readonly values: readonly number[];
  /** The colour scale's ends; by default the values'. */
  readonly domain?: readonly [number, number];
}

/**
 * A contour map of a number over a plane of W, with a cross that the reader moves: drag, click, or arrow keys.
 *
 * The finest grid that is complete is drawn as contours, the places beyond it as dots.
 */
export function createLengthMap(options: {
  readonly label: string;
  readonly legend: string;
  readonly onMove: (u: number, v: number) => void;
}) {
  let data: LengthMapData | null = null;
  let at: readonly [u: number, v: number] = [0, 0];
  let toScreen: ((point: PlanePoint) => readonly [number, number]) | null = null;
  let toPlane: ((x: number, y: number) => PlanePoint) | null = null;
  let place: (() => void) | null = null;
  const legend = createLegend();
  const chart = createChart({
    label: options.label,
    height: (width) => Math.min(width, 560),
    margin: { top: 4, right: 4, bottom: 4, left: 4 },
    draw,
  });
  const element = html(
    "div",
    {
      class: "length-map",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "two-dimensional slider",
      "aria-label": options.label,
    },
    chart.element,
  );

  function scaleOf({ values, domain }: LengthMapData): ColourScale | null {
    const known = values.filter(Number.isFinite);
    if (!domain && known.length < 2) return null;
    const [low, high] = domain ?? [Math.min(...known), Math.max(...known)];
    return high > low ? sequentialScale(high, low) : null;
  }

  function draw({ root, width, height, margin, scale: type }: Plot) {
    if (!data) return;
    const { plane, seeds, levels, values } = data;
    const size = Math.min(width - margin.left - margin.right, height - margin.top - margin.bottom);
    const left = (width - size) / 2;
    const scale = scaleOf(data);
    const unit = size / (2 * plane.reach);
    const screen = ([x, y]: PlanePoint) =>
      [
        left + size / 2 + (x - plane.middle[0]) * unit,
        margin.top + size / 2 - (y - plane.middle[1]) * unit,
      ] as const;
    toScreen = screen;
    toPlane = (x, y) => [
      plane.middle[0] + (x - left - size / 2) / unit,
      plane.middle[1] - (y - margin.top - size / 2) / unit,
    ];
    root
      .append("rect")
      .attr("class", "length-map-ground")
      .attr("x", left)
      .attr("y", margin.top)
      .attr("width", size)
      .attr("height", size);
    if (scale) drawValues(root, scale, values, levels, left, margin.top, size, plane);
    const [a, b, c] = plane.corners.map(screen);
    const outline = root.append("g").attr("class", "length-map-seeds");
    outline.append("path").attr("d", `M${a!.join()}L${b!.join()}L${c!.join()}Z`);
    [a, b, c].forEach((point, i) => {
      outline
        .append("circle")
        .attr("cx", point![0])
        .attr("cy", point![1])
        .attr("r", 4 * type);
      const right = point![0] > left + 0.7 * size;
      outline
        .append("text")
        .attr("x", point![0] + (right ? -8 : 8) * type)
        .attr("y", point![1] - 8 * type)
        .attr("text-anchor", right ? "end" : "start")
        .text(`seed ${seeds[i]}`);
    });
    const cross = root.append("g").attr("class", "length-map-cross");
    cross.append("circle").attr("r", 9 * type);
    cross.append("path").attr("d", `M${-15 * type},0H${15 * type}M0,${-15 * type}V${15 * type}`);
    place = () => {
      const [x, y] = screen(fromUv(plane, ...at));
      cross.attr("transform", `translate(${x},${y})`);
    };
    place();
    root
      .append("rect")
      .attr("class", "pointer-area")
      .attr("x", left)
      .attr("y", margin.top)
      .attr("width", size)
      .attr("height", size)
      .on("pointerdown pointermove", (event: PointerEvent) => {
        if (event.type === "pointermove" && event.buttons === 0) return;
        move(toPlane!(...pointer(event)));
      });
  }

  function drawValues(
    root: Plot["root"],
    scale: ColourScale,
    values: readonly number[],
    levels: number,
    left: number,
    top: number,
    size: number,
    plane: WPlane,
  ) {
    const { places, complete } = refinement(levels);
    const level = complete.findLastIndex((count) => count <= values.length);
    if (level >= 0) {
      const side = 2 ** (level + 2) + 1;
      const stride = 2 ** (levels - 1 - level);
      const grid = new Float64Array(side * side);
      places.slice(0, complete[level]).forEach(({ column, row }, i) => {
        grid[(row / stride) * side + column / stride] = values[i]!;
      });
      const [low, high] = scale.domain;
      const thresholds = range(BANDS).map((band) => low + ((high - low) * band) / BANDS);
      // d3's contours count half a cell from the border of the grid
      const step = size / (side - 1);
      const path = geoPath(
        geoTransform({
          point(x, y) {
            this.stream.point(left + clamp((x - 0.5) * step, size), top + clamp((y - 0.5) * step, size));
          },
        }),
      );
      root
        .append("g")
        .attr("class", "length-map-bands")
        .selectAll("path")
        .data(contours().size([side, side]).thresholds(thresholds)([...grid]))
        .join("path")
        .attr("d", (shape) => path(shape))
        .attr("fill", ({ value }) => scale.colour(value + (0.5 * (high - low)) / BANDS));
    }
    const known = level >= 0 ? complete[level]! : 0;
    const finest = 2 ** (levels + 1) + 1;
    root
      .append("g")
      .attr("class", "length-map-dots")
      .selectAll("circle")
      .data(places.slice(known, values.length))
      .join("circle")
      .attr("cx", (one) => toScreen!(pointAt(plane, one, finest))[0])
      .attr("cy", (one) => toScreen!(pointAt(plane, one, finest))[1])
      .attr("r", Math.max(2, size / 90))
      .attr("fill", (_, i) => scale.colour(values[known + i]!));
  }

  function move(point: PlanePoint) {
    if (!data) return;
    const { middle, reach } = data.plane;
    const inside = point.map((value, i) => middle[i]! + clampAround(value - middle[i]!, reach)) as unknown;
    const [u, v] = toUv(data.plane, inside as PlanePoint);
    at = [round(u), round(v)];
    place?.();
    options.onMove(...at);
  }

  element.addEventListener("keydown", (event) => {
    const by = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] } as Record<
      string,
      [number, number]
    >)[event.key]; // prettier-ignore
    if (!by || !data) return;
    event.preventDefault();
    const stride = (data.plane.reach / 20) * (event.shiftKey ? 4 : 1);
    const [x, y] = fromUv(data.plane, ...at);
    move([x + by[0] * stride, y + by[1] * stride]);
  });

  return {
    element,
    legend: legend.element,
    setPointer(u: number, v: number) {
      at = [u, v];
      place?.();
    },
    update(next: LengthMapData) {
      data = next;
      const scale = scaleOf(next);
      if (scale) legend.update(scale, options.legend);
      const known = next.values.filter(Number.isFinite);
      const words =
        known.length < 2
          ? `${options.label}: no values yet`
          : `${options.label}: ${known.length} places of the plane through seeds ${next.seeds.join(", ")}, from ${formatValue(Math.min(...known))} to ${formatValue(Math.max(...known))}`;
      chart.describe(words);
      element.setAttribute("aria-label", `${words}; arrow keys move the cross`);
      chart.redraw();
    },
  };
}

const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
const clampAround = (value: number, most: number) => Math.min(most, Math.max(-most, value));
const round = (value: number) => Math.round(value * 1000) / 1000;
