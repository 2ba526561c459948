import { html } from "../lib/figure/dom.js";
import { comparePictures } from "../lib/figure/difference.js";
import { formatValue } from "../lib/figure/format.js";
import { createLegend } from "../lib/figure/legend.js";
import { sequentialScale } from "../lib/figure/colour.js";
import { paint } from "../lib/figure/paint.js";
import { createPicture, type PictureView } from "../lib/figure/picture.js";
import { createFrame, type FigureOptions } from "./figure-frame.js";
import { latentControls, type LatentControl } from "./latent-controls.js";
import { passKey } from "./runner.js";
import type { Variant } from "./layer-std-figure.js";

/**
 * Two variants of the experiment side by side, and where their pictures differ.
 *
 *     display(compareFigure({
 *       engine, store, id: "with-without", title: "With and without demodulation",
 *       left: { label: "as trained", change: (e) => e },
 *       right: { label: "demodulation off", change: (e) => ({ ...e, interventions: [off] }) },
 *       controls: ["seed", "psi"],
 *     }));
 */
export function compareFigure(
  options: FigureOptions & {
    readonly left: Variant;
    readonly right: Variant;
    /** More pictures to look at, such as the source of a mixed-in style; they are not compared. */
    readonly others?: readonly Variant[];
    readonly controls?: readonly LatentControl[];
    readonly extra?: readonly Node[];
  },
): HTMLElement {
  const { store, left, right, others = [] } = options;
  const controls = latentControls(store, options.controls ?? []);
  const variants = [left, right, ...others];
  const pictures = variants.map(({ label }) => createPicture(label));
  const shown: ({ view: PictureView; of: string } | null)[] = [null, null];
  const canvas = html("canvas", {
    class: "picture-canvas",
    width: 1,
    height: 1,
    role: "img",
    "aria-label": "difference",
  });
  const difference = html("div", { class: "picture" }, canvas);
  const legend = createLegend();
  const numbers = html("p", { class: "readout" }, "\u00a0");
  const panel = (label: string, ...nodes: Node[]) =>
    html("div", { class: "compare-panel" }, html("h4", {}, label), ...nodes);

  function drawDifference() {
    // Only pictures of one and the same setting are compared, never an old one with a new one.
    const [a, b] = [left, right].map(({ change }, i) =>
      shown[i]?.of === passKey(change(store.value)) ? shown[i]!.view : null,
    );
    const comparable = a && b && a.width === b.width && a.height === b.height;
    difference.classList.toggle("is-stale", !comparable);
    if (!comparable) return;
    const { distance, mean, most, psnr } = comparePictures(a.pixels, b.pixels);
    const scale = sequentialScale(Math.max(1, most));
    const image = new ImageData(a.width, a.height);
    paint(distance, scale, image.data);
    canvas.width = a.width;
    canvas.height = a.height;
    canvas.getContext("2d")!.putImageData(image, 0, 0);
    legend.update(scale, "difference, of 255");
    const noise = Number.isFinite(psnr)
      ? `PSNR ${psnr.toFixed(1)} dB (the higher, the more alike)`
      : "the pictures are identical";
    numbers.textContent = `mean difference ${formatValue(mean)} of 255, ${noise}`;
    canvas.setAttribute("aria-label", `difference of the two pictures: mean ${formatValue(mean)} of 255`);
  }

  return createFrame({
    ...options,
    body: html(
      "div",
      { class: "compare" },
      html(
        "div",
        { class: "compare-panels" },
        panel(left.label, pictures[0]!.element),
        ...others.map(({ label }, i) => panel(label, pictures[i + 2]!.element)),
        panel(right.label, pictures[1]!.element),
        panel(`difference from \u201c${left.label}\u201d`, difference, legend.element, numbers),
      ),
      controls.element,
      ...(options.extra ?? []),
    ),
    canvas: () => pictures[1]!.canvas,
    onModel: (model) => controls.setModel(model),
    passes: () =>
      variants.map(({ label, change }, i) => {
        const experiment = change(store.value);
        return {
          experiment,
          wants: [{ kind: "picture", progressive: true }],
          show(view) {
            if (view.kind !== "picture") return;
            pictures[i]!.draw(view, label);
            if (i > 1) return;
            shown[i] = { view, of: passKey(experiment) };
            drawDifference();
          },
        };
      }),
  }).element;
}
