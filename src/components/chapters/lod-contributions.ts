import { max, min, scaleBand, scaleLinear } from "d3";
import type { ModelReport } from "../../lib/engine/protocol.js";
import { createChart, createKey, drawAxes, seriesColour } from "../../lib/figure/chart.js";
import { html } from "../../lib/figure/dom.js";
import { formatValue } from "../../lib/figure/format.js";
import { thinNames } from "../../lib/figure/layer-axis.js";
import { sharesOf, type PictureMoments, type Share } from "../../lib/measure/contributionShares.js";
import { createFrame, type FigureOptions } from "../figure-frame.js";
import { latentControls } from "../latent-controls.js";
import { allOf, countSetting } from "../own-setting.js";
import { passKey } from "../runner.js";
import { sizeName } from "./lod-levels.js";

const COUNTS = [1, 4, 16, 64] as const;

const MEASURES = [
  { key: "ofStd", label: "share of the standard deviations (the paper’s)", link: "skip-std" },
  { key: "ofVariance", label: "share of the picture’s variance", link: "skip-variance" },
] as const;

/** Shares below zero by less than this are drawn as zero. */
const LEAST = 0.005;

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/**
 * Each resolution's share of the pictures of a skip generator, over several seeds.
 *
 *     display(contributionsFigure({ engine, store, codec, id: "contributions", number: "4.10", title: "..." }));
 */
export function contributionsFigure(options: FigureOptions): HTMLElement {
  const { store } = options;
  let moments: PictureMoments[] = [];
  let shares: readonly Share[] = [];
  const key = createKey();
  const latents = latentControls(store, ["psi"]);
  const words = html("p", { class: "readout lod-wide", role: "status" }, "\u00a0");
  const body = html("tbody", {});
  const counts = countSetting({
    key: "seeds",
    label: "seeds",
    counts: COUNTS,
    base: 4,
    then: () => {
      tell();
      frame.request();
    },
  });
  const chart = createChart({
    label: "each resolution's share of the picture",
    height: (width) => Math.max(220, Math.min(340, 0.45 * width)),
    margin: { top: 24, right: 12, bottom: 40, left: 46 },
    draw(plot) {
      if (shares.length === 0) return;
      const { root, width, height, margin } = plot;
      const x = scaleBand(
        shares.map(({ resolution }) => String(resolution)),
        [margin.left, width - margin.right],
      ).padding(0.2);
      const inner = scaleBand<string>(
        MEASURES.map((measure) => measure.key),
        [0, x.bandwidth()],
      ).padding(0.1);
      const values = shares.flatMap((share) => [share.ofStd, share.ofVariance]);
      const y = scaleLinear(
        [(min(values) ?? 0) < -LEAST ? min(values)! : 0, Math.max(0.1, max(values) ?? 0)],
        [height - margin.bottom, margin.top],
      ).nice();
      drawAxes(plot, x, y, {
        xTitle: "resolution",
        yTitle: "share",
        xTicks: shares.map(({ resolution }) => String(resolution)),
        yTicks: 5,
        yFormat: (v) => `${Math.round(100 * Number(v))} %`,
      });
      thinNames(plot, x.step());
      MEASURES.forEach((measure, i) =>
        root
          .append("g")
          .attr("class", "bars")
          .selectAll("rect")
          .data(shares)
          .join("rect")
          .attr("data-link", measure.link)
          .attr("x", ({ resolution }) => x(String(resolution))! + inner(measure.key)!)
          .attr("width", inner.bandwidth())
          .attr("y", (share) => y(Math.max(0, share[measure.key])))
          .attr("height", (share) => Math.abs(y(share[measure.key]) - y(0)))
          .attr("fill", seriesColour(i)),
      );
      root
        .append("line")
        .attr("class", "zero-line")
        .attr("x1", margin.left)
        .attr("x2", width - margin.right)
        .attr("y1", y(0))
        .attr("y2", y(0));
    },
  });

  function tell() {
    const seen = moments.slice(0, counts.value()).filter((entry) => entry !== undefined);
    if (seen.length === 0) {
      words.textContent = "\u00a0";
      return;
    }
    shares = sharesOf(seen);
    const residual = Math.max(...seen.map((entry) => entry.residual));
    words.replaceChildren(
      html(
        "span",
        { "data-cell": "seeds", "data-value": seen.length },
        `${seen.length} of ${counts.value()} seeds`,
      ),
      html(
        "span",
        { "data-cell": "residual", "data-value": residual },
        `the parts add up to the picture: largest difference ${formatValue(residual)}`,
      ),
    );
    body.replaceChildren(
      ...shares.map((share) =>
        html(
          "tr",
          { "data-resolution": share.resolution },
          html("th", { scope: "row" }, sizeName(share.resolution)),
          html("td", { "data-cell": "std", "data-value": share.std }, formatValue(share.std)),
          ...MEASURES.map((measure) =>
            html(
              "td",
              { "data-cell": measure.key, "data-value": share[measure.key] },
              percent(share[measure.key]),
            ),
          ),
        ),
      ),
    );
    chart.describe(
      `each resolution's share of the picture over ${seen.length} seeds: ${shares.map(({ resolution, ofStd, ofVariance }) => `${resolution}: ${percent(ofStd)} of the standard deviations, ${percent(ofVariance)} of the variance`).join("; ")}`,
    );
    chart.redraw();
  }

  const frame = createFrame({
    ...options,
    body: html(
      "div",
      { class: "lod-contributions" },
      html("div", { class: "toolbar" }, counts.element),
      latents.element,
      key.element,
      chart.element,
      words,
      html(
        "details",
        {},
        html("summary", {}, "the numbers"),
        html(
          "div",
          { class: "runs-scroll", tabindex: 0, role: "region", "aria-label": "shares of each resolution" },
          html(
            "table",
            { class: "runs-table" },
            html(
              "thead",
              {},
              html(
                "tr",
                {},
                ...["resolution", "standard deviation", ...MEASURES.map(({ label }) => label)].map((name) =>
                  html("th", { scope: "col" }, name),
                ),
              ),
            ),
            body,
          ),
        ),
      ),
    ),
    settings: { ...allOf(counts), reset: () => (counts.reset(), tell()) },
    onModel(model: ModelReport) {
      latents.setModel(model);
      moments = [];
    },
    passes: () => {
      const { value } = store;
      const settings = passKey(value);
      return Array.from({ length: counts.value() }, (_, i) => ({
        // seeds in a row of the seed plane, from the store's own on
        experiment: { ...value, latent: { x: value.latent.x + i, y: value.latent.y } },
        wants: [{ kind: "contributions" as const }],
        show(view) {
          if (view.kind !== "contributions" || passKey(store.value) !== settings) return;
          moments[i] = view.moments;
          tell();
        },
      }));
    },
  });
  key.update(MEASURES.map(({ label }) => label));
  store.subscribe((now, before) => {
    if (passKey(now) !== passKey(before)) moments = [];
  });
  return frame.element;
}
