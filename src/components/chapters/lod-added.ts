import { scaleBand, scaleLog } from "d3";
import type { ModelReport } from "../../lib/engine/protocol.js";
import { createChart, drawAxes, seriesColour } from "../../lib/figure/chart.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { thinNames } from "../../lib/figure/layer-axis.js";
import { logDomain } from "../../lib/figure/layer-chart.js";
import { trainedUpTo } from "../../lib/weights/trainedInfo.js";
import type { Manifest } from "../../lib/weights/manifest.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { siteRoot } from "../site.js";
import { lodOf } from "./lod-branches.js";
import { sizeName } from "./lod-levels.js";
import { greyLevels } from "./lod-panel.js";

interface Level {
  readonly resolution: number;
  /** Grey levels of 255, root mean square. */
  readonly added: number;
}

/** One of a picture's 256 levels: less than that can hardly be seen. */
const ONE_LEVEL = 1;

/**
 * What each resolution's picture adds to the one below it, as a chart; a click on a bar takes the store to the middle
 * of that transition. Resolutions that the model was not trained on, as its manifest tells, are drawn hollow.
 *
 *     display(addedFigure({ engine, store, id: "added", number: "4.4", title: "..." }));
 */
export function addedFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let model: ModelReport | null = null;
  let levels: readonly Level[] = [];
  let trained: number | null = null;
  const words = html("p", { class: "readout lod-wide", role: "status" }, "\u00a0");
  const origin = html("p", { class: "lod-origin" });
  const chart = createChart({
    label: "what each resolution adds to the picture of the one below",
    height: (width) => Math.max(220, Math.min(320, 0.45 * width)),
    margin: { top: 26, right: 12, bottom: 40, left: 52 },
    draw(plot) {
      if (levels.length === 0) return;
      const { root, width, height, margin, scale } = plot;
      const x = scaleBand(
        levels.map(({ resolution }) => String(resolution)),
        [margin.left, width - margin.right],
      ).padding(0.25);
      const y = scaleLog(logDomain([...levels.map(({ added }) => added), ONE_LEVEL]), [
        height - margin.bottom,
        margin.top,
      ]);
      const floor = y.domain()[0]!;
      drawAxes(plot, x, y, {
        xTitle: "resolution",
        yTitle: "rms difference, grey levels of 255",
        xTicks: levels.map(({ resolution }) => String(resolution)),
        yTicks: 5,
        yFormat: (v) => (/^(10*|0\.0*1)$/.test(String(v)) ? String(v) : ""),
      });
      thinNames(plot, x.step());
      root
        .append("line")
        .attr("class", "expected-line")
        .attr("x1", margin.left)
        .attr("x2", width - margin.right)
        .attr("y1", y(ONE_LEVEL))
        .attr("y2", y(ONE_LEVEL));
      root
        .append("g")
        .attr("class", "bars lod-added-bars")
        .selectAll("rect")
        .data(levels)
        .join("rect")
        .attr("x", ({ resolution }) => x(String(resolution))!)
        .attr("width", x.bandwidth())
        .attr("y", ({ added }) => y(Math.max(floor, added)))
        .attr("height", ({ added }) => y(floor) - y(Math.max(floor, added)))
        .attr("fill", seriesColour(0))
        .attr("fill-opacity", ({ resolution }) => (isTrained(resolution) ? 0.85 : 0.12))
        .attr("class", ({ resolution }) => (isTrained(resolution) ? null : "is-hollow"))
        .attr("data-resolution", ({ resolution }) => resolution)
        .on("click", (_, { resolution }) => go(resolution));
      root
        .append("g")
        .attr("class", "bar-values")
        .selectAll("text")
        .data(levels)
        .join("text")
        .attr("x", ({ resolution }) => x(String(resolution))! + x.bandwidth() / 2)
        .attr("y", ({ added }) => y(Math.max(floor, added)) - 5 * scale)
        .attr("text-anchor", "middle")
        .text(({ added }) => inShort(added));
    },
  });
  const buttons = html("div", { class: "toolbar" });

  const isTrained = (resolution: number) => trained === null || resolution <= trained;

  function go(resolution: number) {
    if (model) store.patch({ lod: lodOf(model, resolution, 0.5) });
  }

  function tell() {
    if (levels.length === 0) return;
    const parts = levels.map(({ resolution, added }) =>
      html(
        "span",
        { "data-cell": `added-${resolution}`, "data-value": added },
        `${resolution}: ${formatValue(added)}`,
      ),
    );
    words.replaceChildren(html("span", {}, "grey levels added at"), ...parts);
    chart.describe(
      `what each resolution adds to the picture of the one below, in grey levels: ${levels.map(({ resolution, added }) => `${resolution} ${formatValue(added)}`).join(", ")}`,
    );
    chart.redraw();
  }

  async function readManifest(report: ModelReport) {
    trained = null;
    origin.textContent = describeOrigin(report, null);
    if (report.origin !== "trained") return;
    let upTo: number | null = null;
    try {
      const response = await fetch(`${siteRoot()}weights/${report.id}/manifest.json`);
      upTo = trainedUpTo((await response.json()) as Manifest);
    } catch {
      // Without it the figure still shows what was measured.
    }
    if (model?.id !== report.id) return; // another model was chosen meanwhile
    trained = upTo;
    origin.textContent = describeOrigin(report, trained);
    chart.redraw();
  }

  return createFrame({
    ...options,
    body: html("div", { class: "lod-added" }, chart.element, words, buttons, origin),
    onModel(next) {
      model = next;
      levels = [];
      buttons.replaceChildren(
        html("span", {}, "look at the transition to"),
        ...Array.from({ length: Math.log2(next.resolution) - 2 }, (_, i) => {
          const side = 8 * 2 ** i;
          return html(
            "button",
            { type: "button", class: "chip", "aria-label": sizeName(side), onclick: () => go(side) },
            String(side),
          );
        }),
      );
      void readManifest(next);
    },
    passes: () => [
      {
        experiment: { ...store.value, lod: 0 },
        wants: [{ kind: "levels" }],
        show(view) {
          if (view.kind !== "levels") return;
          levels = view.levels.map(({ resolution, added }) => ({ resolution, added: greyLevels(added) }));
          tell();
        },
      },
    ],
  }).element;
}

/** Two places, which a narrow bar has room for; the line under the chart has more. */
const inShort = (value: number) => String(Number(value.toPrecision(2)));

/** What the manifest says of how far these weights were trained. */
export function describeOrigin(
  { origin, resolution, title }: Pick<ModelReport, "origin" | "resolution" | "title">,
  upTo: number | null,
): string {
  if (origin === "initialised")
    return `${title}: no resolution has been trained; all weights are random numbers.`;
  if (origin === "reader") return `${title}: your own model; its file does not say how it was trained.`;
  if (upTo === null) return `${title}: its manifest does not say up to which resolution it was trained.`;
  if (upTo >= resolution)
    return `${title}: trained on pictures of every resolution up to ${sizeName(resolution)}.`;
  return `${title}: trained on pictures of up to ${sizeName(upTo)}. The blocks above (hollow bars) have seen no pictures of their own size: they were started as copies that enlarge what lies below.`;
}
